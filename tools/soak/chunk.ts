/** A process of its own: soaks some seeds and sends what they came to. */
import { campaign } from './campaign.ts';
import type { Site } from './sites.ts';

const [from, seeds, ...on] = process.argv.slice(2);
const result = await campaign({ from: Number(from), seeds: Number(seeds), on: on as Site[] });
process.send!(result, () => process.exit());

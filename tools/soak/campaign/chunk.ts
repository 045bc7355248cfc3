/** A process of its own: soaks some seeds, sends a message after each, then the result. */

import type { Site } from '../faults/sites.ts';
import { type CampaignResult, campaign } from './campaign.ts';

export type ChunkMessage = { readonly ran: number } | { readonly result: CampaignResult };

// The parent may have been killed.
process.once('disconnect', () => process.exit(1));

const [from, seeds, ...on] = process.argv.slice(2);
const result = await campaign({
  from: Number(from),
  seeds: Number(seeds),
  on: on as Site[],
  ran: ({ seeds: ran }) => send({ ran }),
});
send({ result }, () => process.exit());

function send(message: ChunkMessage, sent: () => void = () => {}): void {
  process.send!(message, sent);
}

/**
 * One of several processes that write into one entry: `node file-writer.fixture.ts FOLDER NAME ROUNDS`. Says how often it
 * did not find again what it had just written, and leaves one record of its own behind.
 */

import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { Memory } from '../../src/ledgers/ledger.ts';

const [folder = '', name = '', rounds = ''] = process.argv.slice(2);
const ledger = fileLedger({ folder });
const key = { functionArn: 'f', eventSourceArn: 's', shardId: 'a' };
const attempted = (times: number): Memory => ({
  state: 'open',
  attempts: { started: times, failed: times, timedOut: 0, crashed: 0 },
});
const own = Array.from({ length: 20 }, (_, at) => `${name} ${at}`);
let lost = 0;
for (let round = 1; round <= Number(rounds); round++) {
  ledger.remember(key, new Map([...own, 'shared'].map((number) => [number, attempted(round)])));
  const known = ledger.recall(key, [...own, 'shared']) as ReadonlyMap<string, Memory>;
  lost += own.filter((number) => known.get(number)?.attempts.failed !== round).length;
  // Now and then an entry may become empty, and its log be removed beneath the others.
  if (round % 3 === 0) ledger.remember(key, new Map([...own, 'shared'].map((number) => [number, undefined])));
}
ledger.remember(key, new Map([[name, attempted(1)]]));
console.log(lost);

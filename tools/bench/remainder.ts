import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileLedger, type Ledger, type LedgerKey, type Memory, memoryLedger } from 'undam';
import { dynamodbLedger } from 'undam/dynamodb';
import { encodeEntry } from '../../packages/undam/src/ledgers/dynamodb-entry.ts';
import { kinesisNumbers, seeded } from '../../packages/undam/src/ledgers/dynamodb-kinesis-numbers.fixture.ts';
import { startTableServer } from '../../packages/undam/src/ledgers/dynamodb-server.fixture.ts';
import { encodeChanges } from '../../packages/undam/src/ledgers/log-lines.ts';
import type { BenchCase, Row } from './bench-case.ts';
import { interleave, type Sample } from './rounds.ts';

const sizes = [100, 10_000];
const done: Memory = { state: 'done', attempts: { started: 0, failed: 0, timedOut: 0, crashed: 0 } };
const open: Memory = { state: 'open', attempts: { started: 1, failed: 1, timedOut: 0, crashed: 0 } };

/** What a ledger keeps behind an unresolved record, and what it adds to an invocation. */
export const remainder: BenchCase = {
  name: 'remainder',
  about: 'bytes of a remainder with scattered done records, and milliseconds that each ledger adds to an invocation',
  rounds: 30,
  run: async (rounds, progress) => {
    const folder = await mkdtemp(join(tmpdir(), 'undam-remainder-'));
    const server = await startTableServer();
    try {
      const table = { tableName: await server.createTable(), client: server.client };
      const ledgers: Record<string, Ledger> = {
        memory: memoryLedger(),
        file: fileLedger({ folder: join(folder, 'file') }),
        'DynamoDB (emulator)': dynamodbLedger(table),
        'DynamoDB (emulator), claims': dynamodbLedger({ ...table, claims: true }),
      };
      const rows: Row[] = sizes.flatMap(bytesOf);
      for (const size of sizes) {
        progress(`remainder: batches of ${size.toLocaleString('en')}, ${rounds} rounds`);
        rows.push(...(await latencies('all done', size, ledgers, rounds, () => undefined)));
        rows.push(...(await latencies('first failed', size, ledgers, rounds, remainderOf)));
      }
      return rows;
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function numbersOf(size: number): string[] {
  return kinesisNumbers(size, seeded(size), 65_536);
}

/** The first record failed, two thirds of those behind it are done. */
function remainderOf(numbers: readonly string[]): Map<string, Memory> {
  const random = seeded(7);
  const kept = numbers.slice(1).filter(() => random() < 2 / 3);
  return new Map([[numbers[0]!, open], ...kept.map((number): [string, Memory] => [number, done])]);
}

function bytesOf(size: number): Row[] {
  const memories = remainderOf(numbersOf(size));
  const hours = new Map([...memories.keys()].map((number) => [number, 480_000]));
  const row = (contender: string, bytes: number): Row => ({
    case: `remainder ${size.toLocaleString('en')}`,
    contender,
    value: bytes,
    unit: 'B',
    note: `${memories.size.toLocaleString('en')} records kept`,
  });
  return [
    row('as JSON', Buffer.byteLength(JSON.stringify([...memories]))),
    row('file', Buffer.byteLength(encodeChanges(memories, 1_700_000_000_000))),
    row('DynamoDB', encodeEntry({ memories, hours }).length),
  ];
}

async function latencies(
  what: string,
  size: number,
  ledgers: Readonly<Record<string, Ledger>>,
  rounds: number,
  changesOf: (numbers: readonly string[]) => Map<string, Memory> | undefined,
): Promise<Row[]> {
  const numbers = numbersOf(size);
  const changes = changesOf(numbers);
  const samples = Object.fromEntries(
    Object.entries(ledgers).map(([name, ledger], n) => [name, sampleOf(ledger, numbers, changes, n)]),
  );
  const totals = await interleave(samples, rounds, 5);
  return Object.entries(totals).map(([contender, ms]) => ({
    case: `${what}, ${size.toLocaleString('en')}`,
    contender,
    value: ms / rounds,
    unit: 'ms',
  }));
}

/** One invocation as the engine calls its ledger; what was kept is forgotten again outside the measured time. */
function sampleOf(
  ledger: Ledger,
  numbers: readonly string[],
  changes: ReadonlyMap<string, Memory> | undefined,
  shard: number,
): Sample {
  return async () => {
    const key: LedgerKey = { functionArn: 'bench', eventSourceArn: 'bench', shardId: `shardId-${shard}` };
    const startedAt = performance.now();
    await ledger.recall(key, numbers);
    const marks = ledger.mark?.(key);
    if (changes !== undefined || ledger.claims) await ledger.remember(key, changes ?? new Map());
    marks?.close();
    const ms = performance.now() - startedAt;
    if (changes !== undefined) await forget(ledger, { ...key }, numbers);
    return ms;
  };
}

async function forget(ledger: Ledger, key: LedgerKey, numbers: readonly string[]): Promise<void> {
  await ledger.recall(key, numbers);
  await ledger.remember(key, new Map(numbers.map((number) => [number, undefined])));
}

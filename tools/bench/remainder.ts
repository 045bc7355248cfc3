import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Random, seededRandom } from '@undam/simulator/parts';
import { fileLedger, type Ledger, type LedgerKey, type Memory, memoryLedger } from 'undam';
import { dynamodbLedger } from 'undam/dynamodb';
import { startTableServer } from '../crash-matrix/table-server.ts';
import type { BenchCase, Row } from './bench-case.ts';
import { interleave, median, type Sample } from './rounds.ts';

const sizes = [100, 10_000];
const done: Memory = { state: 'done', attempts: { started: 0, failed: 0, timedOut: 0, crashed: 0 } };
const open: Memory = { state: 'open', attempts: { started: 1, failed: 1, timedOut: 0, crashed: 0 } };

/** The ledgers, with the size of a shard's remainder in each. */
interface Ledgers {
  readonly byName: Readonly<Record<string, Ledger>>;
  fileBytes(): Promise<number>;
  itemBytes(key: LedgerKey): Promise<number>;
}

/** The size of the memories behind an unresolved record, and the time that a ledger adds to an invocation. */
export const remainder: BenchCase = {
  name: 'remainder',
  about: 'bytes of a remainder with scattered done records, and milliseconds that each ledger adds to an invocation',
  rounds: 30,
  run: async (rounds, progress) => {
    const folder = await mkdtemp(join(tmpdir(), 'undam-remainder-'));
    const { endpoint, tableName, stop } = await startTableServer();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
    try {
      const byName = {
        memory: memoryLedger(),
        file: fileLedger({ folder }),
        'DynamoDB (emulator)': dynamodbLedger({ tableName, client }),
        'DynamoDB (emulator), claims': dynamodbLedger({ tableName, client, claims: true }),
      };
      const ledgers = { byName, fileBytes: () => bytesIn(folder), itemBytes: itemBytesOf(client, tableName) };
      const rows: Row[] = [];
      for (const size of sizes) {
        progress(`remainder: batches of ${size.toLocaleString('en')}, ${rounds} rounds`);
        rows.push(...(await sizesOf(size, ledgers)));
        rows.push(...(await latencies('all done', size, ledgers, rounds, () => undefined)));
        rows.push(...(await latencies('first failed', size, ledgers, rounds, remainderOf)));
      }
      return rows;
    } finally {
      client.destroy();
      await stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Digits like Kinesis's: most are constant, a counter rises by uneven steps. */
function numbersOf(size: number): string[] {
  const random: Random = seededRandom(size);
  let counter = 0x67648a17n;
  return Array.from({ length: size }, () => {
    counter += 1n + BigInt(Math.floor(random() * 65_536));
    return String(BigInt(`0x205bf4e5c26${counter.toString(16).padStart(16, '0')}0005c181eee000000062`));
  });
}

/** The first record failed; two thirds of the records behind it are done. */
function remainderOf(numbers: readonly string[]): Map<string, Memory> {
  const random = seededRandom('remainder');
  const kept = numbers.slice(1).filter(() => random() < 2 / 3);
  return new Map([[numbers[0]!, open], ...kept.map((number): [string, Memory] => [number, done])]);
}

async function sizesOf(size: number, { byName, fileBytes, itemBytes }: Ledgers): Promise<Row[]> {
  const numbers = numbersOf(size);
  const memories = remainderOf(numbers);
  const key = keyOf(`of ${size}`);
  const bytes: Record<string, number> = { 'as JSON': Buffer.byteLength(JSON.stringify([...memories])) };
  for (const name of ['file', 'DynamoDB (emulator)']) {
    const ledger = byName[name]!;
    const before = await fileBytes();
    await ledger.recall(key, numbers);
    await ledger.remember(key, memories);
    bytes[name] = name === 'file' ? (await fileBytes()) - before : await itemBytes(key);
    await forget(ledger, { ...key }, numbers);
  }
  return Object.entries(bytes).map(([contender, value]) => ({
    case: `remainder ${size.toLocaleString('en')}`,
    contender,
    value,
    unit: 'B',
    note: `${memories.size.toLocaleString('en')} records kept`,
  }));
}

function keyOf(shardId: string): LedgerKey {
  return { functionArn: 'bench', eventSourceArn: 'bench', shardId };
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const logs = files.filter(({ name }) => name.endsWith('.log'));
  const all = await Promise.all(logs.map(async ({ name, parentPath }) => (await stat(join(parentPath, name))).size));
  return all.reduce((sum, bytes) => sum + bytes, 0);
}

/** Names and values of an item, in DynamoDB's way of counting. */
function itemBytesOf(client: DynamoDBClient, TableName: string): Ledgers['itemBytes'] {
  return async ({ functionArn, eventSourceArn, shardId }) => {
    const pk = JSON.stringify([functionArn, eventSourceArn, shardId]);
    const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }));
    return Object.entries(Item).reduce((sum, [name, { S, N, B }]) => {
      return sum + Buffer.byteLength(name) + (B?.length ?? Buffer.byteLength(S ?? N ?? ''));
    }, 0);
  };
}

async function latencies(
  what: string,
  size: number,
  { byName }: Ledgers,
  rounds: number,
  changesOf: (numbers: readonly string[]) => Map<string, Memory> | undefined,
): Promise<Row[]> {
  const numbers = numbersOf(size);
  const changes = changesOf(numbers);
  const samples = Object.fromEntries(
    Object.entries(byName).map(([name, ledger], n) => [name, sampleOf(ledger, numbers, changes, n)]),
  );
  const times = await interleave(samples, rounds, 5);
  return Object.entries(times).map(([contender, own]) => ({
    case: `${what}, ${size.toLocaleString('en')}`,
    contender,
    value: median(own),
    unit: 'ms',
  }));
}

/** One invocation as the engine calls its ledger; the memories are removed again outside the measured time. */
function sampleOf(
  ledger: Ledger,
  numbers: readonly string[],
  changes: ReadonlyMap<string, Memory> | undefined,
  shard: number,
): Sample {
  return async () => {
    const key = keyOf(`shardId-${shard}`);
    const startedAt = performance.now();
    await ledger.recall(key, numbers);
    const marks = ledger.mark?.(key);
    const passed = changes === undefined ? numbers : [];
    if (changes !== undefined || ledger.claims) await ledger.remember(key, changes ?? new Map(), passed);
    if (changes === undefined) marks?.answered(numbers, []);
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

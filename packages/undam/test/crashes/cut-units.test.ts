import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { PermanentError } from '../../src/base/errors.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { Ledger } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { Machine } from '../kit/mortal-files.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

const root = mkdtempSync(join(tmpdir(), 'undam-cut-units-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
let folder: string;
let machine: Machine;
beforeEach(() => {
  folder = join(root, String(folders++));
  machine = new Machine();
});

/** The user records of one KPL aggregate, as a consumer of enhanced fan-out gets them. */
const unit = (number: string, ...texts: string[]): KinesisStreamRecord[] =>
  texts.map((data) => kinesisRecord(number, { key: 'outer', data, stream: 's/consumer/mine:1' }));

type Two = [KinesisStreamRecord, KinesisStreamRecord];

/** A process of a function whose handler fails on records of some texts, and else does as told. */
function boot(ledger: Ledger, failing: ReadonlySet<string> = new Set(), act = () => {}) {
  const starts: string[] = [];
  const events: UndamEvent[] = [];
  const sink = new StoringSink();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(
      streamGuard({
        quarantine: { sink, attempts: 3, retry: 'redelivery' },
        ledger,
        observe: (event) => void events.push(event),
      }),
    )
    .handler(
      eachRecord(async ({ kinesis }: KinesisStreamRecord) => {
        const text = Buffer.from(kinesis.data, 'base64').toString();
        starts.push(text);
        if (failing.has(text)) throw new Error('planned');
        act();
      }),
    ) as unknown as (event: unknown, context: unknown) => Promise<BatchResponse>;
  return {
    sink,
    async deliver(...Records: KinesisStreamRecord[]) {
      const context = { invokedFunctionArn: 'f', getRemainingTimeInMillis: () => 10_000 };
      starts.length = events.length = 0;
      const { batchItemFailures } = await chain({ Records }, context);
      const told = events.map(({ type }) => type).filter((type) => type !== 'invocation-ended');
      return { started: [...starts], told, reported: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
    },
  };
}

describe('an answer that was lost with its process', () => {
  /** Deliveries of one batch to processes that die behind their answers, until one answers nothing that runs. */
  async function deaths(batch: readonly KinesisStreamRecord[], most: number) {
    const delivered = [];
    for (let n = 0; n < most; n++) {
      const process = machine.boot();
      const { sink, deliver } = boot(fileLedger({ folder, files: process.thread() }));
      delivered.push({ ...(await deliver(...batch)), quarantined: sink.stored.map(({ reason }) => reason) });
      process.die();
    }
    return delivered;
  }

  const recalled = { started: [], told: ['died-after-answer'], reported: [], quarantined: [] };

  test('has passed a unit behind other records: nothing starts again', async () => {
    const [, ...later] = await deaths([...unit('1', 'a'), ...unit('2', 'b', 'c', 'd')], 3);
    expect(later).toEqual([recalled, recalled]);
  });

  test('has passed nothing but a unit of unequal members: nothing starts again', async () => {
    const [, ...later] = await deaths(unit('2', 'b', 'c', 'd'), 3);
    expect(later).toEqual([recalled, recalled]);
  });

  test('has passed what stands before a record that it reports: nothing of that starts again', async () => {
    const batch = [...unit('1', 'a'), ...unit('2', 'b')];
    const [first, second] = [machine.boot(), machine.boot()];
    await boot(fileLedger({ folder, files: first.thread() }), new Set(['b'])).deliver(...batch);
    first.die();
    const { deliver } = boot(fileLedger({ folder, files: second.thread() }));
    expect(await deliver(...batch)).toMatchObject({ started: ['b'], told: ['died-after-answer'], reported: [] });
  });

  test('has passed a half of a unit, of which something else is known: nothing starts again', async () => {
    const first = machine.boot();
    const ledger = fileLedger({ folder, files: first.thread() });
    await boot(ledger, new Set(['d'])).deliver(...unit('2', 'd', 'b', 'c', 'e'));
    first.die();
    const [, ...later] = await deaths(unit('2', 'c', 'e'), 3);
    expect(later).toMatchObject([{ started: [] }, { started: [] }]);
  });

  test('with its neighbour, which was running, is charged to nobody', async () => {
    const process = machine.boot();
    const ledger = fileLedger({ folder, files: process.thread() });
    const marks = ledger.mark({ functionArn: 'f', eventSourceArn: 'another', shardId: undefined });
    await boot(ledger).deliver(...unit('2', 'b'));
    process.die();
    expect(marks.everyStart).toBe(false);
    const { deliver } = boot(fileLedger({ folder, files: machine.boot().thread() }));
    expect(await deliver(...unit('2', 'b'))).toEqual({ started: ['b'], told: [], reported: [] });
  });

  test.each([[['b']], [['b', 'b']], [['b', 'b', 'b']]])(
    'has passed %j, which equal ones could follow: they run again, and die for it in the end',
    async (texts) => {
      const delivered = await deaths(unit('2', ...texts), 40);
      expect(delivered.flatMap(({ quarantined }) => quarantined)).toContain('crashed');
      expect(delivered.at(-1)!.started).toEqual([]);
    },
  );
});

describe('an equal member that comes in the next batch runs', () => {
  test('whatever an answer of a process that has died since had passed', async () => {
    const process = machine.boot();
    const first = boot(fileLedger({ folder, files: process.thread() }));
    await first.deliver(...unit('1', 'a'), ...unit('2', 'beat'));
    process.die();
    const second = boot(fileLedger({ folder, files: machine.boot().thread() }));
    expect(await second.deliver(...unit('2', 'beat'), ...unit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('whatever an answer had passed of a half that bisect has made of its unit', async () => {
    const [first, second, third] = [machine.boot(), machine.boot(), machine.boot()];
    const failing = new Set(['z']);
    await boot(fileLedger({ folder, files: first.thread() }), failing).deliver(...unit('3', 'z'));
    await boot(fileLedger({ folder, files: second.thread() })).deliver(...unit('1', 'a'), ...unit('2', 'beat'));
    second.die();
    const { deliver } = boot(fileLedger({ folder, files: third.thread() }));
    expect(await deliver(...unit('2', 'beat'), ...unit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('at its first attempt, whatever a lone answer of a process that has died since had passed', async () => {
    const process = machine.boot();
    await boot(fileLedger({ folder, files: process.thread() })).deliver(...unit('2', 'beat'));
    process.die();
    const { deliver } = boot(fileLedger({ folder, files: machine.boot().thread() }));
    const next = [...unit('2', 'beat'), ...unit('3', 'z')];
    expect(await deliver(...next)).toEqual({ started: ['beat', 'z'], told: [], reported: [] });
  });

  test('behind a batch that the mapping has discarded', async () => {
    const { deliver } = boot(memoryLedger(), new Set(['poison']));
    await deliver(...unit('1', 'poison'), ...unit('2', 'beat'));
    expect(await deliver(...unit('2', 'beat'), ...unit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('where another environment has resolved what this one holds for unresolved', async () => {
    const failing = new Set(['a']);
    const [one, other] = [boot(memoryLedger(), failing), boot(memoryLedger())];
    const batch = [...unit('1', 'a'), ...unit('2', 'beat')];
    await one.deliver(...batch);
    await other.deliver(...batch);
    expect(await one.deliver(...unit('2', 'beat'), ...unit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('where bisect has cut the unit between them, and another environment has passed the half before', async () => {
    const failing = new Set(['a']);
    const [one, other] = [boot(memoryLedger(), failing), boot(memoryLedger())];
    const alone = (number: string, text: string) =>
      kinesisRecord(number, { key: text, data: text, stream: 's/consumer/mine:1' });
    const [a, [beat, again], z] = [alone('1', 'a'), unit('2', 'beat', 'beat') as Two, alone('3', 'z')];
    await one.deliver(a, beat, again, z);
    await one.deliver(a, beat);
    expect(await other.deliver(a, beat)).toMatchObject({ reported: [] });
    expect(await one.deliver(again, z)).toMatchObject({ started: ['beat'], reported: [] });
  });

  test('and is tried again where it fails, though an equal one was done', async () => {
    const failing = new Set(['a']);
    const { deliver } = boot(memoryLedger(), failing);
    await deliver(...unit('1', 'a'), ...unit('2', 'beat'));
    failing.add('beat');
    const next = [...unit('2', 'beat'), ...unit('3', 'z')];
    expect(await deliver(...next)).toMatchObject({ started: ['beat'], reported: ['2', '3'] });
    failing.delete('beat');
    expect(await deliver(...next)).toMatchObject({ started: ['beat', 'z'], reported: [] });
  });
});

test('an equal member runs, though an answer that was lost had passed one in quarantine', async () => {
  const process = machine.boot();
  let calls = 0;
  const first = boot(fileLedger({ folder, files: process.thread() }), undefined, () => {
    if (calls++ === 0) throw new PermanentError('planned');
  });
  await first.deliver(...unit('2', 'beat', 'beat'));
  process.die();
  expect(first.sink.stored).toHaveLength(1);
  const { deliver } = boot(fileLedger({ folder, files: machine.boot().thread() }));
  expect(await deliver(...unit('2', 'beat', 'beat'))).toEqual({
    started: ['beat', 'beat'],
    told: ['crash-found'],
    reported: [],
  });
});

test('an equal member that never settles is charged, though the one before it runs again', async () => {
  let calls = 0;
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(
      lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, ledger: memoryLedger(), observe: () => {} }),
    )
    .handler(eachRecord(() => (calls++ % 2 === 0 ? undefined : new Promise<void>(() => {}))));
  for (let delivery = 0; delivery < 3; delivery++)
    await lambda.invoke(chain as never, { Records: unit('2', 'beat', 'beat') });
  expect(sink.stored).toMatchObject([{ reason: 'timed-out' }]);
});

describe('what is done is not started again', () => {
  test('where a member of its unit is tried again', async () => {
    const { deliver } = boot(memoryLedger(), new Set(['c']));
    await deliver(...unit('2', 'b', 'c', 'd'));
    expect(await deliver(...unit('2', 'b', 'c', 'd'))).toMatchObject({ started: ['c'], reported: ['2'] });
  });
});

import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { PermanentError } from '../../src/base/errors.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { Ledger } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { useMortalDisk } from '../kit/mortal-disk.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { fanOutStream, kinesisRecord, kplUnit, textOf } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

const disk = useMortalDisk('cut-units');

type Two = [KinesisStreamRecord, KinesisStreamRecord];

/** A process of a function whose handler fails on records of some texts and calls `act` for the others. */
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
      eachRecord(async (record: KinesisStreamRecord) => {
        const text = textOf(record);
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
  /** Delivers one batch to so many processes, each of which dies behind its answer. */
  async function deaths(batch: readonly KinesisStreamRecord[], most: number) {
    const delivered = [];
    for (let n = 0; n < most; n++) {
      const process = disk.boot();
      const { sink, deliver } = boot(process.ledger);
      delivered.push({ ...(await deliver(...batch)), quarantined: sink.stored.map(({ reason }) => reason) });
      process.die();
    }
    return delivered;
  }

  const recalled = { started: [], told: ['died-after-answer'], reported: [], quarantined: [] };

  test('has passed a unit behind other records: nothing starts again', async () => {
    const [, ...later] = await deaths([...kplUnit('1', 'a'), ...kplUnit('2', 'b', 'c', 'd')], 3);
    expect(later).toEqual([recalled, recalled]);
  });

  test('has passed nothing but a unit of unequal members: nothing starts again', async () => {
    const [, ...later] = await deaths(kplUnit('2', 'b', 'c', 'd'), 3);
    expect(later).toEqual([recalled, recalled]);
  });

  test('has passed the records before a reported one: none of those starts again', async () => {
    const batch = [...kplUnit('1', 'a'), ...kplUnit('2', 'b')];
    const [first, second] = [disk.boot(), disk.boot()];
    await boot(first.ledger, new Set(['b'])).deliver(...batch);
    first.die();
    const { deliver } = boot(second.ledger);
    expect(await deliver(...batch)).toMatchObject({ started: ['b'], told: ['died-after-answer'], reported: [] });
  });

  test('has passed half of a unit whose other members are known: nothing starts again', async () => {
    const first = disk.boot();
    await boot(first.ledger, new Set(['d'])).deliver(...kplUnit('2', 'd', 'b', 'c', 'e'));
    first.die();
    const [, ...later] = await deaths(kplUnit('2', 'c', 'e'), 3);
    expect(later).toMatchObject([{ started: [] }, { started: [] }]);
  });

  test('beside an invocation that was running is charged to no record', async () => {
    const process = disk.boot();
    const { ledger } = process;
    const marks = ledger.mark({ functionArn: 'f', eventSourceArn: 'another', shardId: undefined });
    await boot(ledger).deliver(...kplUnit('2', 'b'));
    process.die();
    expect(marks.everyStart).toBe(false);
    const { deliver } = boot(disk.boot().ledger);
    expect(await deliver(...kplUnit('2', 'b'))).toEqual({ started: ['b'], told: [], reported: [] });
  });

  test.each([[['b']], [['b', 'b']], [['b', 'b', 'b']]])(
    'has passed %j, which equal members could follow: they run again, and are quarantined in the end',
    async (texts) => {
      const delivered = await deaths(kplUnit('2', ...texts), 40);
      expect(delivered.flatMap(({ quarantined }) => quarantined)).toContain('crashed');
      expect(delivered.at(-1)!.started).toEqual([]);
    },
  );
});

describe('an equal member in the next batch runs', () => {
  test('after an answer of a process that has died since', async () => {
    const process = disk.boot();
    const first = boot(process.ledger);
    await first.deliver(...kplUnit('1', 'a'), ...kplUnit('2', 'beat'));
    process.die();
    const second = boot(disk.boot().ledger);
    expect(await second.deliver(...kplUnit('2', 'beat'), ...kplUnit('3', 'z'))).toMatchObject({
      started: ['beat', 'z'],
    });
  });

  test('after an answer that had passed one half of a bisected batch', async () => {
    const [first, second, third] = [disk.boot(), disk.boot(), disk.boot()];
    const failing = new Set(['z']);
    await boot(first.ledger, failing).deliver(...kplUnit('3', 'z'));
    await boot(second.ledger).deliver(...kplUnit('1', 'a'), ...kplUnit('2', 'beat'));
    second.die();
    const { deliver } = boot(third.ledger);
    expect(await deliver(...kplUnit('2', 'beat'), ...kplUnit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('uncharged after an answer that passed a lone record, and whose process has died since', async () => {
    const process = disk.boot();
    await boot(process.ledger).deliver(...kplUnit('2', 'beat'));
    process.die();
    const { deliver } = boot(disk.boot().ledger);
    const next = [...kplUnit('2', 'beat'), ...kplUnit('3', 'z')];
    expect(await deliver(...next)).toEqual({ started: ['beat', 'z'], told: [], reported: [] });
  });

  test('after a batch that the mapping has discarded', async () => {
    const { deliver } = boot(memoryLedger(), new Set(['poison']));
    await deliver(...kplUnit('1', 'poison'), ...kplUnit('2', 'beat'));
    expect(await deliver(...kplUnit('2', 'beat'), ...kplUnit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('after another environment has resolved records that this one takes for unresolved', async () => {
    const failing = new Set(['a']);
    const [one, other] = [boot(memoryLedger(), failing), boot(memoryLedger())];
    const batch = [...kplUnit('1', 'a'), ...kplUnit('2', 'beat')];
    await one.deliver(...batch);
    await other.deliver(...batch);
    expect(await one.deliver(...kplUnit('2', 'beat'), ...kplUnit('3', 'z'))).toMatchObject({ started: ['beat', 'z'] });
  });

  test('after bisect has cut the unit before it, and another environment has passed the first half', async () => {
    const failing = new Set(['a']);
    const [one, other] = [boot(memoryLedger(), failing), boot(memoryLedger())];
    const alone = (number: string, text: string) =>
      kinesisRecord(number, { key: text, data: text, stream: fanOutStream });
    const [a, [beat, again], z] = [alone('1', 'a'), kplUnit('2', 'beat', 'beat') as Two, alone('3', 'z')];
    await one.deliver(a, beat, again, z);
    await one.deliver(a, beat);
    expect(await other.deliver(a, beat)).toMatchObject({ reported: [] });
    expect(await one.deliver(again, z)).toMatchObject({ started: ['beat'], reported: [] });
  });

  test('again after it has failed, though an equal one was done', async () => {
    const failing = new Set(['a']);
    const { deliver } = boot(memoryLedger(), failing);
    await deliver(...kplUnit('1', 'a'), ...kplUnit('2', 'beat'));
    failing.add('beat');
    const next = [...kplUnit('2', 'beat'), ...kplUnit('3', 'z')];
    expect(await deliver(...next)).toMatchObject({ started: ['beat'], reported: ['2', '3'] });
    failing.delete('beat');
    expect(await deliver(...next)).toMatchObject({ started: ['beat', 'z'], reported: [] });
  });
});

test('an equal member runs, though a lost answer had passed a quarantined one', async () => {
  const process = disk.boot();
  let calls = 0;
  const first = boot(process.ledger, undefined, () => {
    if (calls++ === 0) throw new PermanentError('planned');
  });
  await first.deliver(...kplUnit('2', 'beat', 'beat'));
  process.die();
  expect(first.sink.stored).toHaveLength(1);
  const { deliver } = boot(disk.boot().ledger);
  expect(await deliver(...kplUnit('2', 'beat', 'beat'))).toEqual({
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
    await lambda.invoke(chain as never, { Records: kplUnit('2', 'beat', 'beat') });
  expect(sink.stored).toMatchObject([{ reason: 'timed-out' }]);
});

describe('a done member is not started again', () => {
  test('while another member of its unit is tried again', async () => {
    const { deliver } = boot(memoryLedger(), new Set(['c']));
    await deliver(...kplUnit('2', 'b', 'c', 'd'));
    expect(await deliver(...kplUnit('2', 'b', 'c', 'd'))).toMatchObject({ started: ['c'], reported: ['2'] });
  });
});

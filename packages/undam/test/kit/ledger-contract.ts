import { describe, expect, test } from '@jest/globals';
import type { Ledger, LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { type Changes, changed, memory } from './memories.ts';

const key: LedgerKey = {
  functionArn: 'arn:aws:lambda:eu-west-1:1:function:f',
  eventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/s',
  shardId: 'shardId-000000000000',
};
const verdict = { reason: 'permanent', stage: 'handler', error: { name: 'E', message: 'm' } } as const;
const [open1, open2, done, quarantined] = [
  fixed(memory('open', 1)),
  fixed(memory('open', 2)),
  fixed(memory('done')),
  fixed(memory('quarantined', 3)),
] as const;
const forgotten = undefined;

/** A memory that no ledger can change. */
function fixed({ attempts, ...rest }: Memory): Memory {
  return Object.freeze({ ...rest, attempts: Object.freeze(attempts) });
}

/** A memory with a count of each kind. */
function counted(
  started: number,
  failed: number,
  timedOut: number,
  crashed: number,
  more: Partial<Memory> = {},
): Memory {
  return { state: 'open', attempts: { started, failed, timedOut, crashed }, ...more };
}

/** What a new ledger is told, call by call, and what it answers then. */
const cases: readonly (readonly [
  title: string,
  told: readonly Changes[],
  asked: readonly string[],
  known: Readonly<Record<string, Memory>>,
])[] = [
  ['an empty one knows nothing', [], ['1', '2'], {}],
  ['answers for no record that was not asked for', [{ 1: open1, 2: done }], ['2'], { 2: done }],
  [
    'keeps a verdict while the quarantine is pending',
    [{ 1: memory('pending', 3, { verdict }) }],
    ['1'],
    { 1: memory('pending', 3, { verdict }) },
  ],
  [
    'attempts become the maximum of both, each count for itself, and the first failure the earlier',
    [
      { 1: counted(4, 2, 1, 0, { firstFailedAt: 20 }) },
      { 1: counted(3, 1, 2, 1, { firstFailedAt: 10 }) },
      { 1: memory('open') },
    ],
    ['1'],
    { 1: counted(4, 2, 2, 1, { firstFailedAt: 10 }) },
  ],
  [
    'a record that is not named is kept',
    [{ 1: open1, 2: done }, { 3: open2 }],
    ['1', '2', '3'],
    { 1: open1, 2: done, 3: open2 },
  ],
  [
    'a record whose quarantine is pending keeps its entry alive',
    [{ 1: memory('pending', 3), 2: done }, { 2: done }],
    ['1', '2'],
    { 1: memory('pending', 3), 2: done },
  ],
  [
    'a lost answer is no news of a record that is known to be resolved',
    [{ 1: done }, { 1: memory('done', 0, { answered: 'lost' }) }, { 2: open1 }],
    ['1'],
    { 1: done },
  ],
];

/** What every ledger keeps to. @param open a new and empty one */
export function ledgerContract(name: string, open: () => Ledger | Promise<Ledger>): void {
  const remember = async (ledger: Ledger, changes: Changes, of: LedgerKey = key) =>
    ledger.remember(of, changed(changes));
  const recall = async (ledger: Ledger, numbers: readonly string[], of: LedgerKey = key) =>
    Object.fromEntries(await ledger.recall(of, numbers));

  describe(`${name}: the contract of a ledger`, () => {
    test.each(cases)('%s', async (_title, told, asked, known) => {
      const ledger = await open();
      for (const changes of told) await remember(ledger, changes);
      expect(await recall(ledger, asked)).toEqual(known);
    });

    test('recalls by exact sequence number', async () => {
      const ledger = await open();
      const long = '49590338271490256608559692538361571095921575989136588898';
      const known = memory('open', 2, { firstFailedAt: 5 });
      await remember(ledger, { [long]: known });
      expect(await recall(ledger, [long, long.slice(1), `0${long}`, `${long}0`])).toEqual({ [long]: known });
      const neighbour = `${long.slice(0, -1)}9`;
      expect(await recall(ledger, [neighbour, String(Number(long))])).toEqual({});
    });

    test.each([
      ['open', 'open', 'open'],
      ['open', 'done', 'done'],
      ['done', 'open', 'done'],
      ['done', 'pending', 'done'],
      ['pending', 'open', 'pending'],
      ['quarantined', 'open', 'quarantined'],
      ['quarantined', 'pending', 'quarantined'],
      ['pending', 'quarantined', 'quarantined'],
    ] as const)('two writers that know %s and %s make %s', async (first, second, merged) => {
      const ledger = await open();
      await remember(ledger, { 1: memory(first), 2: open1 });
      await remember(ledger, { 1: memory(second) });
      expect((await recall(ledger, ['1']))['1']).toMatchObject({ state: merged });
    });

    test('a record that one writer takes for open stays done by the other, until a delivery has found it', async () => {
      const ledger = await open();
      await remember(ledger, { 1: done, 2: open1 });
      await remember(ledger, { 1: open1, 2: forgotten });
      expect((await recall(ledger, ['1']))['1']).toMatchObject({ state: 'done' });
      await remember(ledger, { 1: forgotten });
      expect(await recall(ledger, ['1'])).toEqual({});
    });

    test('a forgotten record may be learned again', async () => {
      const ledger = await open();
      await remember(ledger, { 1: memory('done', 3), 2: open1 });
      await remember(ledger, { 1: forgotten, 9: forgotten });
      expect(await recall(ledger, ['1', '2', '9'])).toEqual({ 2: open1 });
      await remember(ledger, { 1: open1 });
      expect(await recall(ledger, ['1'])).toEqual({ 1: open1 });
    });

    test.each([
      ['forgotten', forgotten],
      ['done', done],
      ['quarantined', quarantined],
    ])(
      'once the last unresolved record is %s, those that come again in a part of their own are still known',
      async (_how, last) => {
        const ledger = await open();
        await remember(ledger, { 1: open1, 2: done, 3: quarantined });
        await remember(ledger, { 1: last });
        expect(await recall(ledger, ['2', '3'])).toEqual({ 2: done, 3: quarantined });
        await remember(ledger, { 1: forgotten, 2: forgotten, 3: forgotten });
        expect(await recall(ledger, ['1', '2', '3'])).toEqual({});
      },
    );

    test.each<readonly [string, Partial<LedgerKey>]>([
      ['function', { functionArn: `${key.functionArn}:alias` }],
      ['stream', { eventSourceArn: `${key.eventSourceArn}2` }],
      ['shard', { shardId: 'shardId-000000000001' }],
      ['absent shard', { shardId: undefined }],
    ])('another %s shares nothing', async (_what, changes) => {
      const ledger = await open();
      const other = { ...key, ...changes };
      await remember(ledger, { 1: open2 });
      expect(await recall(ledger, ['1'], other)).toEqual({});
      await remember(ledger, { 1: done }, other);
      expect(await recall(ledger, ['1'])).toEqual({ 1: open2 });
    });

    test('parts of a key cannot be taken for one another', async () => {
      const ledger = await open();
      await remember(ledger, { 1: open1 }, { functionArn: 'a', eventSourceArn: 'b:c', shardId: 'd' });
      expect(await recall(ledger, ['1'], { functionArn: 'a:b', eventSourceArn: 'c', shardId: 'd' })).toEqual({});
    });

    test('many writers at once lose nothing of one another', async () => {
      const ledger = await open();
      const writers = [...Array(20).keys()];
      await Promise.all(writers.map((n) => remember(ledger, { [n]: memory('open', n), shared: memory('open', n) })));
      const known = await recall(ledger, [...writers.map(String), 'shared']);
      expect(Object.keys(known)).toHaveLength(21);
      expect(known.shared!.attempts.failed).toBe(19);
    });

    test('a suspect is one until another writer has seen a later start of it, or it is resolved', async () => {
      const ledger = await open();
      const seen = (started: number, suspect?: Memory['suspect']) =>
        counted(started, 0, 0, 0, suspect === undefined ? {} : { suspect });
      const learn = async (learned: Memory) => {
        await remember(ledger, { 1: learned });
        return (await recall(ledger, ['1']))['1']?.suspect;
      };
      await remember(ledger, { 2: open1 });
      // A ledger with claims chooses by itself the suspects that run next.
      expect(await learn(seen(2, 'later'))).toBe(ledger.claims ? 'alone' : 'later');
      expect(await learn(seen(1))).toBe(ledger.claims ? 'alone' : 'later');
      expect(await learn(seen(2, 'alone'))).toBe('alone');
      expect(await learn(seen(3))).toBeUndefined();
      expect(await learn(seen(2, 'alone'))).toBeUndefined();
      // A ledger with claims knows from them which records ran, and makes no suspect of what it is told.
      expect(await learn(seen(4, 'alone'))).toBe(ledger.claims ? undefined : 'alone');
      expect(await learn({ ...seen(4), state: 'done' })).toBeUndefined();
      expect(await learn(seen(5, 'alone'))).toBeUndefined();
    });

    test('marks of a process that lives, closed or not, change nothing in an answer', async () => {
      const ledger = await open();
      await remember(ledger, { 1: open1 });
      for (let n = 0; n < 3; n++) {
        const marks = [...Array(64).keys()].flatMap(() => ledger.mark?.(key) ?? []);
        for (const each of marks) {
          each.started('1', open1.attempts, true);
          each.done(['2']);
          each.learned('3', memory('pending', 3), true);
        }
        expect(await recall(ledger, ['1', '2', '3'])).toEqual({ 1: open1 });
        for (const each of marks) each.close();
        // A handler that settles late finds its invocation's marks closed, and opens no others.
        for (const each of marks) each.done(['2']);
        for (const each of marks) each.close();
        expect(await recall(ledger, ['1', '2', '3'])).toEqual({ 1: open1 });
      }
    });

    test('the response of an invocation whose process lives changes nothing in an answer', async () => {
      const ledger = await open();
      const ours = { ...key };
      expect(await recall(ledger, ['1', '2'], ours)).toEqual({});
      const marks = ledger.mark?.(ours);
      marks?.answered(['1'], ['2']);
      await ledger.remember(ours, changed({ 2: open1 }), ['1']);
      expect(await recall(ledger, ['1', '2'])).toEqual({ 2: open1 });
      marks?.close();
      expect(await recall(ledger, ['1', '2'])).toEqual({ 2: open1 });
    });

    test('an answer is a copy in time: later changes do not reach it', async () => {
      const ledger = await open();
      await remember(ledger, { 1: open1 });
      const before = await ledger.recall(key, ['1', '2']);
      await remember(ledger, { 1: open2, 2: open1 });
      expect(Object.fromEntries(before)).toEqual({ 1: open1 });
    });
  });
}

import { describe, expect, test } from '@jest/globals';
import type { AttemptCounts } from '../../src/envelope/index.ts';
import type { Ledger, LedgerKey, Memory } from '../../src/ledgers/ledger.ts';

const key: LedgerKey = {
  functionArn: 'arn:aws:lambda:eu-west-1:1:function:f',
  eventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/s',
  shardId: 'shardId-000000000000',
};

/** A record that was charged so many rejections. */
export function memory(state: Memory['state'], failed = 0, more: Partial<Memory> = {}): Memory {
  const attempts: AttemptCounts = { started: failed, failed, timedOut: 0, crashed: 0 };
  return { state, attempts, ...more };
}

/** What every ledger keeps to. @param open a new and empty one */
export function ledgerContract(name: string, open: () => Ledger | Promise<Ledger>): void {
  const recall = async (ledger: Ledger, numbers: readonly string[], of: LedgerKey = key) =>
    Object.fromEntries(await ledger.recall(of, numbers));

  describe(`${name}: the contract of a ledger`, () => {
    test('an empty one knows nothing', async () => {
      expect(await recall(await open(), ['1', '2'])).toEqual({});
    });

    test('answers what it was told, by exact sequence number', async () => {
      const ledger = await open();
      const long = '49590338271490256608559692538361571095921575989136588898';
      await ledger.remember(key, new Map([[long, memory('open', 2, { firstFailedAt: 5 })]]));
      expect(await recall(ledger, [long, long.slice(1), `0${long}`, `${long}0`])).toEqual({
        [long]: memory('open', 2, { firstFailedAt: 5 }),
      });
      const neighbour = `${long.slice(0, -1)}9`;
      expect(await recall(ledger, [neighbour, String(Number(long))])).toEqual({});
    });

    test('answers for no record that was not asked for', async () => {
      const ledger = await open();
      await ledger.remember(
        key,
        new Map([
          ['1', memory('open', 1)],
          ['2', memory('done')],
        ]),
      );
      expect(await recall(ledger, ['2'])).toEqual({ 2: memory('done') });
    });

    test('keeps a verdict for as long as the quarantine is pending', async () => {
      const ledger = await open();
      const verdict = { reason: 'permanent', stage: 'handler', error: { name: 'E', message: 'm' } } as const;
      await ledger.remember(key, new Map([['1', memory('pending', 3, { verdict })]]));
      expect(await recall(ledger, ['1'])).toEqual({ 1: memory('pending', 3, { verdict }) });
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
      const other = ['2', memory('open', 1)] as const;
      await ledger.remember(key, new Map([['1', memory(first)], other]));
      await ledger.remember(key, new Map([['1', memory(second)]]));
      expect((await recall(ledger, ['1']))['1']).toMatchObject({ state: merged });
    });

    test('what one writer takes for open is kept as the other knows it, until a delivery has found it', async () => {
      const ledger = await open();
      await ledger.remember(
        key,
        new Map([
          ['1', memory('done')],
          ['2', memory('open', 1)],
        ]),
      );
      const toldTooLittle = new Map<string, Memory | undefined>([
        ['1', memory('open', 1)],
        ['2', undefined],
      ]);
      await ledger.remember(key, toldTooLittle);
      expect((await recall(ledger, ['1']))['1']).toMatchObject({ state: 'done' });
      await ledger.remember(key, new Map([['1', undefined]]));
      expect(await recall(ledger, ['1'])).toEqual({});
    });

    test('attempts become the maximum of both, each count for itself, and the first failure the earlier', async () => {
      const ledger = await open();
      const counted = (
        started: number,
        failed: number,
        timedOut: number,
        crashed: number,
        firstFailedAt: number,
      ): Memory => ({
        state: 'open',
        attempts: { started, failed, timedOut, crashed },
        firstFailedAt,
      });
      await ledger.remember(key, new Map([['1', counted(4, 2, 1, 0, 20)]]));
      await ledger.remember(key, new Map([['1', counted(3, 1, 2, 1, 10)]]));
      await ledger.remember(key, new Map([['1', memory('open')]]));
      expect(await recall(ledger, ['1'])).toEqual({ 1: counted(4, 2, 2, 1, 10) });
    });

    test('a record that is not named is kept', async () => {
      const ledger = await open();
      await ledger.remember(
        key,
        new Map([
          ['1', memory('open', 1)],
          ['2', memory('done')],
        ]),
      );
      await ledger.remember(key, new Map([['3', memory('open', 2)]]));
      expect(await recall(ledger, ['1', '2', '3'])).toEqual({
        1: memory('open', 1),
        2: memory('done'),
        3: memory('open', 2),
      });
    });

    test('a record that is to be forgotten is, and may be learned anew', async () => {
      const ledger = await open();
      await ledger.remember(
        key,
        new Map([
          ['1', memory('done', 3)],
          ['2', memory('open', 1)],
        ]),
      );
      await ledger.remember(
        key,
        new Map([
          ['1', undefined],
          ['9', undefined],
        ]),
      );
      expect(await recall(ledger, ['1', '2', '9'])).toEqual({ 2: memory('open', 1) });
      await ledger.remember(key, new Map([['1', memory('open', 1)]]));
      expect(await recall(ledger, ['1'])).toEqual({ 1: memory('open', 1) });
    });

    test.each([
      ['forgotten', undefined],
      ['done', memory('done')],
      ['quarantined', memory('quarantined', 3)],
    ])(
      'once the last unresolved record is %s, those that come again in a part of their own are still known',
      async (_how, last) => {
        const ledger = await open();
        await ledger.remember(
          key,
          new Map([
            ['1', memory('open', 1)],
            ['2', memory('done')],
            ['3', memory('quarantined', 3)],
          ]),
        );
        await ledger.remember(key, new Map([['1', last]]));
        const left = { 2: memory('done'), 3: memory('quarantined', 3) };
        expect(await recall(ledger, ['2', '3'])).toEqual(left);
        await ledger.remember(key, new Map(['1', '2', '3'].map((number) => [number, undefined])));
        expect(await recall(ledger, ['1', '2', '3'])).toEqual({});
      },
    );

    test('a record whose quarantine is pending keeps its entry alive', async () => {
      const ledger = await open();
      await ledger.remember(
        key,
        new Map([
          ['1', memory('pending', 3)],
          ['2', memory('done')],
        ]),
      );
      await ledger.remember(key, new Map([['2', memory('done')]]));
      expect(Object.keys(await recall(ledger, ['1', '2']))).toEqual(['1', '2']);
    });

    test.each<readonly [string, Partial<LedgerKey>]>([
      ['function', { functionArn: `${key.functionArn}:alias` }],
      ['stream', { eventSourceArn: `${key.eventSourceArn}2` }],
      ['shard', { shardId: 'shardId-000000000001' }],
      ['absent shard', { shardId: undefined }],
    ])('another %s shares nothing', async (_what, other) => {
      const ledger = await open();
      await ledger.remember(key, new Map([['1', memory('open', 2)]]));
      expect(await recall(ledger, ['1'], { ...key, ...other })).toEqual({});
      await ledger.remember({ ...key, ...other }, new Map([['1', memory('done')]]));
      expect(await recall(ledger, ['1'])).toEqual({ 1: memory('open', 2) });
    });

    test('parts of a key cannot be taken for one another', async () => {
      const ledger = await open();
      await ledger.remember(
        { functionArn: 'a', eventSourceArn: 'b:c', shardId: 'd' },
        new Map([['1', memory('open', 1)]]),
      );
      expect(await recall(ledger, ['1'], { functionArn: 'a:b', eventSourceArn: 'c', shardId: 'd' })).toEqual({});
    });

    test('many writers at once lose nothing of one another', async () => {
      const ledger = await open();
      const writers = [...Array(20).keys()];
      await Promise.all(
        writers.map(async (n) =>
          ledger.remember(
            key,
            new Map([
              [String(n), memory('open', n)],
              ['shared', memory('open', n)],
            ]),
          ),
        ),
      );
      const known = await recall(ledger, [...writers.map(String), 'shared']);
      expect(Object.keys(known)).toHaveLength(21);
      expect(known.shared!.attempts.failed).toBe(19);
    });

    test('a suspect is one until somebody has seen a later start of it, or it is resolved', async () => {
      const ledger = await open();
      const seen = (started: number, suspect?: Memory['suspect']): Memory => ({
        state: 'open',
        attempts: { started, failed: 0, timedOut: 0, crashed: 0 },
        ...(suspect && { suspect }),
      });
      const learn = async (learned: Memory) => {
        await ledger.remember(key, new Map([['1', learned]]));
        return (await recall(ledger, ['1']))['1']?.suspect;
      };
      await ledger.remember(key, new Map([['2', memory('open', 1)]]));
      // One that keeps claims tells by itself whose turn it is.
      expect(await learn(seen(2, 'later'))).toBe(ledger.claims ? 'alone' : 'later');
      expect(await learn(seen(1))).toBe(ledger.claims ? 'alone' : 'later');
      expect(await learn(seen(2, 'alone'))).toBe('alone');
      expect(await learn(seen(3))).toBeUndefined();
      expect(await learn(seen(2, 'alone'))).toBeUndefined();
      // One that keeps claims knows from them which records ran, and asks nobody.
      expect(await learn(seen(4, 'alone'))).toBe(ledger.claims ? undefined : 'alone');
      expect(await learn({ ...seen(4), state: 'done' })).toBeUndefined();
      expect(await learn(seen(5, 'alone'))).toBeUndefined();
    });

    test('marks of a process that lives, closed or not, change nothing in what is recalled', async () => {
      const ledger = await open();
      const { attempts } = memory('open', 1);
      await ledger.remember(key, new Map([['1', memory('open', 1)]]));
      for (let n = 0; n < 3; n++) {
        const marks = [...Array(64).keys()].flatMap(() => ledger.mark?.(key) ?? []);
        for (const each of marks) {
          each.started('1', attempts, true);
          each.done(['2']);
          each.learned('3', memory('pending', 3), true);
        }
        expect(await recall(ledger, ['1', '2', '3'])).toEqual({ 1: memory('open', 1) });
        for (const each of marks) each.close();
        // A handler that settles late finds its invocation's marks closed, and nobody else's open.
        for (const each of marks) each.done(['2']);
        for (const each of marks) each.close();
        expect(await recall(ledger, ['1', '2', '3'])).toEqual({ 1: memory('open', 1) });
      }
    });

    test('what an invocation of a process that lives has answered changes nothing in what is recalled', async () => {
      const ledger = await open();
      const ours = { ...key };
      expect(await recall(ledger, ['1', '2'], ours)).toEqual({});
      const marks = ledger.mark?.(ours);
      marks?.answered(['1'], ['2']);
      await ledger.remember(ours, new Map([['2', memory('open', 1)]]), ['1']);
      expect(await recall(ledger, ['1', '2'])).toEqual({ 2: memory('open', 1) });
      marks?.close();
      expect(await recall(ledger, ['1', '2'])).toEqual({ 2: memory('open', 1) });
    });

    test('that an answer was lost is no news of what is known to be resolved', async () => {
      const ledger = await open();
      const answered = memory('done', 0, { answered: 'lost' });
      await ledger.remember(key, new Map([['1', memory('done')]]));
      await ledger.remember(key, new Map([['1', answered]]));
      await ledger.remember(key, new Map([['2', memory('open', 1)]]));
      expect((await recall(ledger, ['1']))['1']).toEqual(memory('done'));
    });

    test('an answer is a copy in time: what is learned later does not change it', async () => {
      const ledger = await open();
      await ledger.remember(key, new Map([['1', memory('open', 1)]]));
      const before = await ledger.recall(key, ['1', '2']);
      await ledger.remember(
        key,
        new Map([
          ['1', memory('open', 2)],
          ['2', memory('open', 1)],
        ]),
      );
      expect(Object.fromEntries(before)).toEqual({ 1: memory('open', 1) });
    });
  });
}

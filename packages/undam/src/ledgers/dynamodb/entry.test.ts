import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kinesisNumbers, seeded } from '../../../test/kit/dynamodb-kinesis-numbers.ts';
import { memory } from '../../../test/kit/memories.ts';
import type { Entry } from '../entry.ts';
import type { Memory } from '../ledger.ts';
import { type DatedEntry, decodeEntry, encodeEntry, encodeWithin } from './entry.ts';

const count = fc.nat({ max: 1_000 });
const error = fc.record({ name: fc.string(), message: fc.string() });
const anyMemory: fc.Arbitrary<Memory> = fc
  .record(
    {
      state: fc.constantFrom('open', 'pending', 'done', 'quarantined'),
      attempts: fc.record({ started: count, failed: count, timedOut: count, crashed: count }),
      firstFailedAt: fc.nat(),
      verdict: fc.record({
        reason: fc.constantFrom('permanent', 'crashed'),
        stage: fc.constantFrom('decode', 'handler'),
        error,
      }),
      suspect: fc.constantFrom('alone', 'later'),
    },
    { requiredKeys: ['state', 'attempts'] },
  )
  .map((known) => known as Memory);
const plainMemory = fc.constantFrom(memory('done'), memory('open'), memory('open', 0, { suspect: 'alone' }));
const number = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String), fc.string());

function dated(memories: Entry, hour = 400_000): DatedEntry {
  return { memories, hours: new Map([...memories.keys()].map((each) => [each, hour])) };
}

/** A batch of 10,000 records: the first failed, and of the others one in three is done, at random. */
function scattered(of = 10_000, step = 16, share = 2 / 3): Entry {
  const random = seeded(7);
  const [first, ...behind] = kinesisNumbers(of, random, step);
  const done = behind.filter(() => random() < share).map((each) => [each, memory('done')] as const);
  return new Map<string, Memory>([[first!, memory('open', 1, { firstFailedAt: 1_795_384_800_000 })], ...done]);
}

describe('an entry in few bytes', () => {
  test('comes back as it was', () => {
    const records = fc.array(fc.tuple(number, fc.oneof(anyMemory, plainMemory), fc.nat({ max: 0xff_ff_ff_ff })), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(records, (known) => {
        const memories: Entry = new Map(known.map(([each, memory]) => [each, memory]));
        const hours = new Map(known.map(([each, , hour]) => [each, hour]));
        expect(decodeEntry(encodeEntry({ memories, hours }))).toEqual({ memories, hours });
      }),
    );
  });

  test('that was damaged anywhere is refused, never read as something else', () => {
    const entry = dated(scattered(50));
    const bytes = encodeEntry(entry);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at]! ^= bits;
        let read: DatedEntry | undefined;
        try {
          read = decodeEntry(damaged);
        } catch {}
        expect(read ?? entry).toEqual(entry);
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), (length) => {
        expect(() => decodeEntry(bytes.subarray(0, length))).toThrow();
      }),
    );
  });

  const bytesOf = (entry: Entry): number => encodeEntry(dated(entry)).length;
  test.each([
    [10_000, 16, bytesOf(scattered(10_000, 16)), 10_000],
    [10_000, 65_536, bytesOf(scattered(10_000, 65_536)), 25_000],
    [100, 65_536, bytesOf(scattered(100, 65_536)), 500],
  ])('of %d records, their counter rising by up to %d, two thirds done: %d bytes', (_of, _step, bytes, most) => {
    expect(bytes).toBeLessThan(most);
  });

  test('of 10,000 records whose numbers share nothing still fits', () => {
    const random = seeded(3);
    const digits = (): string => String(Math.floor(1e13 + random() * 8e13));
    const numbers = Array.from({ length: 10_000 }, () => digits() + digits() + digits() + digits());
    const entry: Entry = new Map(numbers.map((each) => [each, memory('done')]));
    expect(bytesOf(entry)).toBeLessThan(350_000);
  });
});

describe('the bound of an entry', () => {
  test('finished records are forgotten, those farthest behind first, and as few as have to be', () => {
    const memories = scattered(2_000);
    const numbers = [...memories.keys()];
    const most = 600;
    const bytes = encodeWithin(dated(memories), most);
    expect(bytes.length).toBeLessThanOrEqual(most);
    const kept = decodeEntry(bytes).memories;
    expect([...kept.keys()]).toEqual(numbers.slice(0, kept.size));
    const oneMore = new Map([...memories].slice(0, kept.size + 30));
    expect(encodeEntry(dated(oneMore)).length).toBeGreaterThan(most - 20);
  });

  test('an unresolved record is kept at any place', () => {
    const memories = scattered(2_000);
    const last = [...memories.keys()].at(-1)!;
    memories.set(last, memory('pending', 3));
    const kept = decodeEntry(encodeWithin(dated(memories), 1_000)).memories;
    expect(kept.get(last)).toEqual(memory('pending', 3));
  });

  test('stacks go before records do', () => {
    const random = seeded(5);
    const stack = (): string => Array.from({ length: 4_000 }, () => String.fromCharCode(32 + random() * 90)).join('');
    const memories = scattered(200);
    for (const [each, known] of memories)
      if (random() < 0.2) {
        const verdict = {
          reason: 'permanent',
          stage: 'handler',
          error: { name: 'E', message: 'm', stack: stack() },
        } as const;
        memories.set(each, { ...known, state: 'pending', verdict });
      }
    const kept = decodeEntry(encodeWithin(dated(memories), 10_000)).memories;
    expect([...kept.keys()]).toEqual([...memories.keys()]);
    for (const { verdict } of kept.values()) expect(verdict?.error.stack).toBeUndefined();
  });

  test('unresolved records that do not fit are an error, not a loss', () => {
    const memories: Entry = new Map(kinesisNumbers(500, seeded(1)).map((each, at) => [each, memory('open', 1 + at)]));
    expect(() => encodeWithin(dated(memories), 500)).toThrow(expect.objectContaining({ code: 'ledger-unusable' }));
  });
});

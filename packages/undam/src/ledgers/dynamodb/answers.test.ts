import { describe, expect, test } from '@jest/globals';
import { beginInvocation } from '../../../test/kit/begun-invocation.ts';
import { awsError } from '../../../test/kit/dynamodb-faulty-client.ts';
import { kinesisNumbers, seeded } from '../../../test/kit/dynamodb-kinesis-numbers.ts';
import { type LedgerOptions, useShard } from '../../../test/kit/dynamodb-shard.ts';
import { useTable } from '../../../test/kit/dynamodb-table.ts';
import { memory } from '../../../test/kit/memories.ts';
import type { Ledger } from '../ledger.ts';
import { answerName } from './answers.ts';

const table = useTable();
const shard = useShard(table);

const numbers = ['11', '12', '13', '14'];
const answered = memory('done', 0, { answered: 'unconfirmed' });
const done = memory('done', 0);
const minute = 60_000;

/** The ledger of a new process. */
const open = (options: LedgerOptions = {}): Ledger => shard.open({ client: shard.client, claims: true, ...options });
/** The same at a time of its own. */
const openAt = (now: number): Ledger => shard.openAt(() => now, { client: shard.client, claims: true });

const attributes = async (): Promise<string[]> => Object.keys((await shard.item()) ?? {});
const answers = async () => (await attributes()).filter((name) => name.startsWith('answer.'));

/** An invocation that has begun. */
async function begin(ledger: Ledger, batch: readonly string[]) {
  const { memories, end } = await beginInvocation(ledger, shard.key, batch);
  return { memories: Object.fromEntries(memories), end };
}

/** One that has begun and answered. */
async function answer(ledger: Ledger, batch: readonly string[], passed = batch) {
  const invocation = await begin(ledger, batch);
  await invocation.end({}, passed);
  return invocation;
}

describe('an answer', () => {
  test('whose records come again to another process was lost: they are done, and no suspects', async () => {
    await answer(open(), numbers, ['11', '12']);
    expect((await begin(open(), numbers)).memories).toEqual({ 11: answered, 12: answered });
  });

  test('costs no further write', async () => {
    const ledger = open();
    await answer(ledger, numbers);
    await answer(ledger, ['15', '16']);
    expect(shard.client.calls).toHaveLength(4);
  });

  test('of a process that goes on is removed by its next invocation', async () => {
    const ledger = open();
    await answer(ledger, numbers);
    const next = await begin(ledger, ['15']);
    expect(await answers()).toEqual([]);
    await next.end({}, ['15']);
    expect(await answers()).toHaveLength(1);
    expect((await begin(open(), numbers)).memories).toEqual({});
  });

  test('of the same process means nothing to it', async () => {
    const ledger = open();
    await answer(ledger, numbers);
    expect((await begin(ledger, numbers)).memories).toEqual({});
  });

  test('is told of once: a record that the next invocation has learned of is no news', async () => {
    await answer(open(), numbers, ['11', '12']);
    const second = await begin(open(), numbers);
    // It fails as a whole: the batch comes again.
    await second.end({ 11: memory('done'), 12: memory('done') });
    expect((await begin(open(), numbers)).memories).toEqual({ 11: memory('done'), 12: memory('done') });
  });

  test('gives way to an answer that passes its records again, and stays beside one that passes half of them', async () => {
    await answer(open(), numbers);
    const half = await begin(open(), ['11', '12']);
    await half.end({ 11: undefined, 12: undefined }, ['11', '12']);
    expect(await answers()).toHaveLength(2);
    const other = await begin(open(), ['13', '14']);
    expect(other.memories).toEqual({ 13: answered, 14: answered });
    await other.end({ 13: undefined, 14: undefined }, ['13', '14']);
    const whole = await begin(open(), numbers);
    expect(Object.keys(whole.memories)).toEqual(numbers);
    await whole.end(Object.fromEntries(numbers.map((number) => [number, undefined])), numbers);
    expect(await answers()).toHaveLength(1);
    expect(await attributes()).not.toContain('entry');
  });

  test('that was withdrawn passes nothing, in any order of the writes', async () => {
    const invocation = await answer(open(), numbers);
    await invocation.end({ 11: memory('open') });
    expect(await answers()).toEqual([]);
    const late = await begin(open(), ['21', '22']);
    const [answering, failing] = [late.end({}, ['21', '22']), late.end({ 21: memory('open', 1) })];
    await Promise.all([answering, failing]);
    expect(await answers()).toEqual([]);
    expect((await begin(open(), ['21', '22'])).memories['22']).toBeUndefined();
  });

  test('can be reduced to fewer records', async () => {
    const invocation = await answer(open(), numbers);
    await invocation.end({ 13: undefined, 14: undefined }, ['11', '12']);
    expect(await answers()).toHaveLength(1);
    expect((await begin(open(), numbers)).memories).toEqual({ 11: answered, 12: answered });
  });

  test('leaves an item that expires after 15 minutes, or with its other contents', async () => {
    const ttl = async () => Number(((await shard.item()) as { ttl: { N: string } }).ttl.N);
    const seconds = Date.now() / 1_000;
    await answer(open(), numbers);
    expect(await ttl()).toBeLessThan(seconds + 15 * 60 + 60);
    const invocation = await begin(open(), ['21', '22']);
    expect(await ttl()).toBeGreaterThan(seconds + 6 * 86_400);
    await invocation.end({ 22: memory('open', 1) }, ['21']);
    expect(await ttl()).toBeGreaterThan(seconds + 6 * 86_400);
  });

  test('is left, too, if the claim was never opened and the item is gone', async () => {
    shard.client.fault = () => ({ kind: 'refused', error: awsError('ThrottlingException') });
    const ours = { ...shard.key };
    const ledger = open();
    await expect(ledger.recall(ours, numbers)).rejects.toThrow('throttled');
    shard.client.fault = () => undefined;
    await ledger.remember(ours, new Map(), numbers);
    expect(await answers()).toHaveLength(1);
  });

  test('that passes nothing leaves nothing', async () => {
    await answer(open(), numbers, []);
    expect(await attributes()).toEqual([]);
  });

  test('is forgotten after 15 minutes, and removed by the next write', async () => {
    await answer(openAt(1_000 * minute), numbers);
    expect((await begin(openAt(1_014 * minute), ['12'])).memories).toEqual({ 12: answered });
    const later = openAt(1_016 * minute);
    expect((await begin(openAt(1_016 * minute), ['11'])).memories).toEqual({});
    await answer(later, ['99']);
    expect(await answers()).toHaveLength(1);
  });

  test('means nothing without claims', async () => {
    await answer(open(), numbers);
    expect((await begin(open({ claims: false }), numbers)).memories).toEqual({});
    await answer(open({ claims: false }), ['99']);
    expect(await answers()).toHaveLength(1);
  });

  test('removes its claim, though others have filled the item meanwhile', async () => {
    const invocation = await begin(open(), numbers);
    const item = (await shard.item()) ?? {};
    const large = { B: new Uint8Array(408_000) };
    await shard.replaceItem({ ...item, [answerName(Date.now(), 'large')]: large });
    await invocation.end({}, kinesisNumbers(10_000, seeded(7)));
    expect(await answers()).toHaveLength(1);
    expect(await attributes()).not.toContain('claims');
  });

  test.each([
    ['answers', (large: object) => ({ [answerName(Date.now(), 'large')]: large })],
    ['a foreign attribute', (large: object) => ({ foreign: large })],
  ])('leaves the memories readable, while %s fill the item', async (_what, filling) => {
    const invocation = await begin(open(), numbers);
    await invocation.end({ 11: memory('open', 1), 12: done });
    const item = (await shard.item()) ?? {};
    await shard.replaceItem({ ...item, ...filling({ B: new Uint8Array(408_900) }) });
    const next = await begin(open(), kinesisNumbers(10_000, seeded(7)).concat(numbers));
    expect(next.memories).toMatchObject({ 11: memory('open', 1), 12: done });
  });

  test('has the room that is left: of many large ones the oldest go', async () => {
    const many = kinesisNumbers(10_000, seeded(7));
    for (let n = 0; n < 12; n++) await answer(open(), many.slice(n));
    const item = await shard.item();
    const bytes = Object.values(item ?? {}).reduce<number>(
      (sum, value) => sum + ((value as { B?: Uint8Array }).B?.length ?? 0),
      0,
    );
    expect(bytes).toBeLessThan(350_000);
    expect((await begin(open(), many.slice(11))).memories[many[11]!]).toEqual(answered);
  });
});

import { expect, test } from '@jest/globals';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { badAre, letters, SplitFunction } from '../kit/split-function.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

test('each call gets the event with its own part of the records, and the same context', async () => {
  const seen: unknown[][] = [];
  const event = { ...kinesisEvent(...letters(4)), more: { of: 'it' } };
  const records = [...event.Records];
  const fn = new SplitFunction((numbers, _lambda, part, context) => {
    seen.push([part, context]);
    const { Records } = part;
    part.Records = [];
    Records.splice(0);
    Object.assign(part, { more: 'changed' });
    badAre('c')(numbers);
  });
  const context = fn.lambda.context(5_000);
  const parts: unknown[] = [];
  const chain = async (event: KinesisStreamEvent, context: never): Promise<unknown> =>
    fn.chain(event as never, context);
  expect(reportedIn(await fn.lambda.invoke(chain as never, event, context))).toEqual(['c']);
  expect(fn.takeCalls()).toEqual(['a b c d', 'a b', 'c d', 'c', 'd']);
  for (const [part, given] of seen) {
    parts.push(part);
    expect(given).toBe(context);
  }
  expect(new Set(parts).size).toBe(5);
  expect(event.Records).toEqual(records);
});

test('the first call gets the delivered objects, later ones copies, all with every other field of the event', async () => {
  const event = { ...kinesisEvent(...letters(4)), more: { of: 'it' } };
  const parts: (typeof event)[] = [];
  const fn = new SplitFunction((numbers, _lambda, part) => {
    parts.push({ ...(part as typeof event), Records: [...part.Records] });
    badAre('c')(numbers);
  });
  await fn.lambda.invoke(fn.chain, event, fn.lambda.context(5_000));
  for (const part of parts) {
    expect(part.more).toBe(event.more);
    expect(event.Records).toEqual(expect.arrayContaining(part.Records));
    expect(part.Records.every((record) => event.Records.includes(record))).toBe(part === parts[0]);
  }
});

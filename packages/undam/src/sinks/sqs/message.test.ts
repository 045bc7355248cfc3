import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anEnvelope, envelopes, incompressible } from '../../../test/kit/envelope.ts';
import { decodeEnvelope } from '../../envelope/decode.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { composeMessage, draft, messageBytes, smallestMessage } from './message.ts';

const standard = { queueUrl: 'http://127.0.0.1/1/q', fifo: false, maxMessageBytes: 1_048_576 };
const fifo = { ...standard, fifo: true };
const compose = (envelope: Envelope, settings = standard) =>
  composeMessage(draft(envelope, 0, settings.fifo), settings);

test("a message's size counts body, and name, type and value of each attribute, in UTF-8", () => {
  expect(messageBytes({ MessageBody: 'é' })).toBe(2);
  const MessageAttributes = {
    ab: { DataType: 'Number', StringValue: '12' },
    c: { DataType: 'String', StringValue: 'é' },
  } as const;
  expect(messageBytes({ MessageBody: 'x', MessageAttributes })).toBe(1 + (2 + 6 + 2) + (1 + 6 + 2));
});

test('a message that fits goes in full, with its routing facts', async () => {
  const envelope = anEnvelope();
  const { form, entry, bytes } = await compose(envelope);
  expect(form).toBe('full');
  expect(decodeEnvelope(entry.MessageBody)).toStrictEqual(envelope);
  expect(JSON.parse(entry.MessageBody).dataEncoding).toBeUndefined();
  expect(Object.keys(entry.MessageAttributes ?? {})).toHaveLength(9);
  expect(bytes).toBe(messageBytes(entry));
});

describe('a message that is too large', () => {
  const zeros = Buffer.alloc(2_000_000).toString('base64');
  const stack = incompressible(30_000).slice(0, 4_000);

  test('is compressed first and loses nothing', async () => {
    const envelope = anEnvelope(1, { data: zeros, error: { name: 'E', message: 'm', stack } });
    const message = await compose(envelope);
    expect(message.form).toBe('full');
    expect(message.bytes).toBeLessThan(20_000);
    expect(decodeEnvelope(message.entry.MessageBody)).toStrictEqual(envelope);
  });

  test('then loses stack and attributes, never the payload', async () => {
    const envelope = anEnvelope(1, { data: zeros, error: { name: 'E', message: 'm', stack } });
    const message = await compose(envelope, { ...standard, maxMessageBytes: 6_000 });
    expect(message.form).toBe('smallest');
    expect(message.bytes).toBeLessThan(6_000);
    expect(message.entry.MessageAttributes).toBeUndefined();
    expect(decodeEnvelope(message.entry.MessageBody)).toStrictEqual({
      ...envelope,
      error: { name: 'E', message: 'm' },
    });
  });

  test('is not compressed if that would make it longer', async () => {
    const message = await compose(anEnvelope(1, { data: incompressible(3_000) }), {
      ...standard,
      maxMessageBytes: 1_024,
    });
    expect(JSON.parse(message.entry.MessageBody).dataEncoding).toBeUndefined();
  });

  test('at exactly the limit stays as it is, and one byte less changes it', async () => {
    const { bytes } = await compose(anEnvelope());
    expect((await compose(anEnvelope(), { ...standard, maxMessageBytes: bytes })).form).toBe('full');
    expect((await compose(anEnvelope(), { ...standard, maxMessageBytes: bytes - 1 })).form).toBe('smallest');
  });
});

test('the smallest message has no attributes, no stack and no causes, and is compressed', async () => {
  const envelope = anEnvelope(1, {
    data: Buffer.alloc(3_000).toString('base64'),
    error: { name: 'E', message: 'm', stack: 's', cause: { name: 'C', message: 'c' } },
  });
  const { entry } = await smallestMessage(draft(envelope, 0, true), fifo);
  expect(entry.MessageAttributes).toBeUndefined();
  expect(entry.MessageDeduplicationId).toBe(envelope.id);
  expect(JSON.parse(entry.MessageBody).dataEncoding).toBe('gzip');
  expect(decodeEnvelope(entry.MessageBody)).toStrictEqual({ ...envelope, error: { name: 'E', message: 'm' } });
});

test('an envelope that is compressed already is not compressed again', async () => {
  const once = JSON.parse(
    (await smallestMessage(draft(anEnvelope(1, { data: Buffer.alloc(3_000).toString('base64') }), 0, false), standard))
      .entry.MessageBody,
  );
  const twice = await smallestMessage(draft(once, 0, false), standard);
  expect(JSON.parse(twice.entry.MessageBody).data).toBe(once.data);
});

describe('on a FIFO queue', () => {
  test('group and deduplication ids are legal for any key, and show nothing of it', async () => {
    await fc.assert(
      fc.asyncProperty(envelopes, async (envelope) => {
        const { entry } = await compose(envelope, fifo);
        expect(entry.MessageGroupId).toMatch(/^[\w-]{1,128}$/);
        expect(entry.MessageDeduplicationId).toBe(envelope.id);
      }),
    );
  });

  test('one key is one group, and without a key each record is its own', async () => {
    const group = async (position: number, partitionKey?: string) => {
      const { partitionKey: _, ...origin } = anEnvelope(position).origin;
      const envelope = {
        ...anEnvelope(position),
        origin: { ...origin, ...(partitionKey !== undefined && { partitionKey }) },
      };
      return (await compose(envelope, fifo)).entry.MessageGroupId;
    };
    expect(await group(1, 'a')).toBe(await group(2, 'a'));
    expect(await group(1, 'a')).not.toBe(await group(1, 'b'));
    expect(await group(1, '')).toBe(await group(2, ''));
    expect(await group(1)).toBe(anEnvelope(1).id);
  });

  test('a standard queue gets neither id', async () => {
    const { entry } = await compose(anEnvelope());
    expect(entry).not.toHaveProperty('MessageGroupId');
    expect(entry).not.toHaveProperty('MessageDeduplicationId');
  });
});

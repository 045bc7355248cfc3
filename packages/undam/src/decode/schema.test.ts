import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import { GuardedFunction } from '../../test/kit/guarded-function.ts';
import { dynamodbRecord, kinesisRecord } from '../../test/kit/stream.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { PermanentError } from '../base/errors.ts';
import { gzipJson, json, type StandardSchema, schema } from './index.ts';

const zodOrder = z.object({
  orderId: z.string(),
  items: z.array(z.object({ price: z.number(), sku: z.string().regex(/^\d+$/) })),
  note: z.string().default('none'),
});
const valibotOrder = v.object({
  orderId: v.string(),
  items: v.array(v.object({ price: v.number(), sku: v.pipe(v.string(), v.regex(/^\d+$/)) })),
  note: v.optional(v.string(), 'none'),
});
const arktypeOrder = type({
  orderId: 'string',
  items: type({ price: 'number', sku: /^\d+$/ }).array(),
  note: "string = 'none'",
});
const libraries = [
  ['arktype', arktypeOrder],
  ['zod', zodOrder],
  ['valibot', valibotOrder],
] as const;

const recordOf = (value: unknown) => kinesisRecord('1', { data: JSON.stringify(value) });
const order = { orderId: 'o1', items: [{ price: 5, sku: '12' }] };

/** A schema of no library: what it answers is scripted. */
function handMade(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'hand', validate } };
}

async function messageOf(decode: () => unknown): Promise<string> {
  try {
    await decode();
  } catch (error) {
    expect(error).toMatchObject({ name: 'UndamError', code: 'undecodable' });
    expect((error as Error).cause).toBeUndefined();
    return (error as Error).message;
  }
  throw new Error('it was decoded');
}

describe.each(libraries)('schema() of %s', (_library, orders) => {
  test("answers the schema's output, at once", () => {
    expect(schema(orders)(recordOf(order))).toEqual({ ...order, note: 'none' });
  });

  test('names the place of a mismatch, and nothing of the value', async () => {
    const wrong = {
      orderId: 4111,
      items: [
        { price: 5, sku: '12' },
        { price: 'secret', sku: 'secret' },
      ],
    };
    const message = await messageOf(() => schema(orders)(recordOf(wrong)));
    expect(message).toMatch(/the data does not match the schema: .*orderId: expected (a )?string/);
    expect(message).toMatch(/items\[1\]\.price: expected (a )?number.*; items\[1\]\.sku: [a-z_ ]*(regex|pattern)/);
    expect(message).not.toMatch(/secret|4111/);
  });

  test('says that the whole of it does not match', async () => {
    expect(await messageOf(() => schema(orders)(recordOf('secret')))).toMatch(/: at the top: expected /);
  });

  test('data that is not JSON fails before the schema', async () => {
    const broken = kinesisRecord('1', { data: '{' });
    expect(await messageOf(() => schema(orders)(broken))).toMatch(/not JSON/);
  });

  test('begins with another decoder, also an asynchronous one', async () => {
    const record = kinesisRecord('1');
    record.kinesis.data = gzipSync(JSON.stringify(order)).toString('base64');
    expect(schema(orders, gzipJson())(record)).toEqual({ ...order, note: 'none' });
    expect(await schema(orders, async () => order)(record)).toEqual({ ...order, note: 'none' });
    expect(await messageOf(() => schema(orders, async () => ({}))(record))).toMatch(/orderId/);
    expect(schema(orders, () => order)(dynamodbRecord('1', 'a'))).toEqual({ ...order, note: 'none' });
  });
});

describe('schema()', () => {
  const asynchronous = [
    ['zod', z.object({ id: z.string().refine(async (id) => id !== 'taken') }).transform(({ id }) => id)],
    [
      'valibot',
      v.pipeAsync(
        v.objectAsync({
          id: v.pipeAsync(
            v.string(),
            v.checkAsync(async (id) => id !== 'taken'),
          ),
        }),
        v.transform(({ id }) => id),
      ),
    ],
  ] as const;

  test.each(asynchronous)('an asynchronous schema of %s is awaited', async (_library, ids) => {
    const answer = schema(ids)(recordOf({ id: 'free' }));
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toBe('free');
    expect(await messageOf(() => schema(ids)(recordOf({ id: 'taken' })))).toMatch(/: id: /);
  });

  test('no value of a record is ever in the message, for any value and any schema', async () => {
    const secret = fc.string({ minLength: 3, maxLength: 60 }).map((text) => `s3cr3t ${text}`);
    const shouting = [
      z.object({ a: z.string().refine(() => false, { error: ({ input }) => `${input} is wrong` }) }),
      z.object({ a: z.enum(['x', 'y']) }),
      z.strictObject({ b: z.string().optional() }),
      z.object({ a: z.union([z.number(), z.literal('x')]) }),
      z.object({ a: z.record(z.string(), z.number()) }),
      v.object({ a: v.picklist(['x', 'y']) }),
      v.object({
        a: v.pipe(
          v.string(),
          v.check(
            () => false,
            ({ input }) => `${input} is wrong`,
          ),
        ),
      }),
      v.strictObject({ b: v.optional(v.string()) }),
      v.object({ a: v.record(v.string(), v.number()) }),
      type({ a: 'number | boolean' }),
      type({ a: "'x' | 'y'" }),
      type({ a: type('string').narrow((text, ctx) => ctx.mustBe(text === 'x' ? 'x' : 'another')) }),
      type({ '+': 'reject', 'b?': 'string' }),
      handMade((value) => ({
        issues: [{ message: JSON.stringify(value), path: [JSON.stringify(value), { key: JSON.stringify(value) }] }],
      })),
    ];
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom(...shouting), async (text, schemaOfAny) => {
        for (const a of [text, { [text]: text }]) {
          const message = await messageOf(() => schema(schemaOfAny)(recordOf({ a })));
          expect(message).not.toContain('s3cr3t');
          expect(message.length).toBeLessThan(1_024);
        }
      }),
    );
  });

  test('thousands of issues with long paths make a short message', async () => {
    const path = Array.from({ length: 500 }, () => 'a'.repeat(39));
    const issues = Array.from({ length: 9_000 }, () => ({
      message: 'm',
      path,
      expected: 'a boolean',
      code: 'c'.repeat(30),
    }));
    const message = await messageOf(() => schema(handMade(() => ({ issues })))(recordOf(1)));
    expect(message).toMatch(/; and 8995 more$/);
    expect(message.length).toBeLessThan(1_024);
    expect(message).toMatch(/: a+(\.a+)+…: expected a boolean \(c+\); /);
  });

  test.each([
    ['a symbol', [Symbol('secret'), 'a'], '[…].a'],
    ['a key that is data', ['byMail', 'anna@secret.example'], 'byMail[…]'],
    ['a key of another alphabet', ['größe', 'naïve'], 'größe.naïve'],
    ['the place in a list', [0, { key: 2 }, 'x-id'], '[0][2].x-id'],
    ['no path', undefined, 'at the top'],
  ])('names %s', async (_name, path, shown) => {
    const scripted = handMade(() => ({ issues: [{ message: 'secret', path }] }));
    const message = await messageOf(() => schema(scripted)(recordOf(1)));
    expect(message).toBe(`undam: the data does not match the schema: ${shown}: invalid`);
  });

  test.each([
    ['nothing', undefined],
    ['a function', () => true],
    ['a schema of another version', { '~standard': { version: 2, vendor: 'x', validate: () => ({ value: 1 }) } }],
    ['a JSON schema', { type: 'object' }],
  ])('refuses %s at construction', (_name, wrong) => {
    expect(() => schema(wrong as never)).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringMatching(/expected a Standard Schema/) }),
    );
  });

  test('takes a schema that is a function, and refuses a decoder that is none', () => {
    const callable = Object.assign(
      () => {},
      handMade((value) => ({ value })),
    );
    expect(schema(callable)(recordOf(7))).toBe(7);
    expect(() => schema(callable, json as never)(recordOf(7))).not.toThrow();
    expect(() => schema(callable, {} as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

describe('a record that does not match', () => {
  test.each([
    ['at once', zodOrder],
    ['later', z.object({ orderId: z.string().refine(async () => true) })],
  ])('is quarantined at its first attempt when that shows %s; no event shows its payload', async (_when, orders) => {
    const fn = new GuardedFunction(() => {}, { decode: schema(orders), quarantine: { attempts: 5 } });
    const Records = [
      kinesisRecord('a', { data: JSON.stringify({ orderId: 4111 }) }),
      kinesisRecord('b', { data: JSON.stringify(order) }),
    ];
    expect(reportedIn(await fn.deliverEvent({ Records }))).toEqual([]);
    expect(fn.starts).toEqual(['b']);
    const [envelope] = fn.sink.stored;
    expect(envelope).toMatchObject({ reason: 'undecodable', stage: 'decode', attempts: { started: 1 } });
    expect(envelope!.error).toMatchObject({ name: 'UndamError', message: expect.stringContaining('orderId') });
    const events = fn.events.map((event) => ({ ...event, error: String('error' in event ? event.error : '') }));
    expect(JSON.stringify(events)).not.toContain('4111');
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'attempt-failed', how: 'undecodable' }));
  });

  test.each([
    ['an ordinary error', new Error('the price list is down'), ['a'], []],
    ['a PermanentError', new PermanentError('never'), [], ['undecodable']],
  ])("what a schema's own code throws is not ours: %s", async (_name, error, reported, reasons) => {
    const throws = z.object({}).transform(() => {
      throw error;
    });
    const fn = new GuardedFunction(() => {}, { decode: schema(throws) });
    expect(reportedIn(await fn.deliverEvent({ Records: [kinesisRecord('a', { data: '{}' })] }))).toEqual(reported);
    expect(fn.sink.stored.map(({ reason }) => reason)).toEqual(reasons);
  });
});

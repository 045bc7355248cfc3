import { describe } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { Promise } from '../base/intrinsics.ts';
import { badOption } from '../base/options.ts';
import { isThenable } from '../base/thenable.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { StreamRecord } from '../streams/sources.ts';
import type { Decode } from './decoder.ts';
import type { InferredFirst } from './inferred-first.ts';
import { json } from './json.ts';
import { issuesText } from './schema-issues.ts';
import { isStandardSchema, type SchemaOutput, type SchemaResult, type StandardSchema } from './standard-schema.ts';

/**
 * Decodes a record and validates the result: `schema(Order)` reads Kinesis data as JSON, `schema(Order, gzipJson())` and
 * `schema(Item, newImage())` use another decoder first. The handler's `decoded` is the schema's output, with its defaults and
 * transformations. The schema may be asynchronous.
 *
 * Undam quarantines a record that does not match at once, with reason `undecodable`. The error names up to five places
 * (`items[0].price: expected number`), but neither values nor the library's messages, which may quote them.
 *
 * @throws UndamError `bad-option` at construction. The decoder throws `undecodable`, and any error of the schema itself, which
 *   makes a failed attempt unless it is a `PermanentError`
 */
export function schema<S extends StandardSchema>(
  schema: S,
): InferredFirst<S, Decode<KinesisStreamRecord, SchemaOutput<S>>>;
/** With another decoder first; an asynchronous decoder is awaited. */
export function schema<S extends StandardSchema, R extends StreamRecord>(
  schema: S,
  from: Decode<R, unknown>,
): InferredFirst<S, Decode<R, SchemaOutput<S>>>;
export function schema(schema: StandardSchema, from: unknown = json()): Decode<StreamRecord, unknown> {
  demandSchema('schema()', schema);
  if (typeof from !== 'function') {
    throw badOption('schema()', `expected a decoder as second argument, got ${describe(from)}`);
  }
  const decode = from as (record: StreamRecord) => unknown;
  return (record) => {
    const value = decode(record);
    return isThenable(value)
      ? Promise.resolve(value).then((later) => validated(schema, later))
      : validated(schema, value);
  };
}

/** @throws UndamError `bad-option` unless the value is a Standard Schema */
export function demandSchema(owner: string, schema: unknown): asserts schema is StandardSchema {
  if (isStandardSchema(schema)) return;
  throw badOption(
    owner,
    `expected a Standard Schema (zod 3.24 or later, valibot 1, arktype 2 or another), got ${describe(schema)}`,
  );
}

/**
 * The schema's output for a value; a promise only if the schema is asynchronous.
 *
 * @param at the beginning of the error's paths: the value's own place
 * @throws UndamError `undecodable`
 */
export function validated(schema: StandardSchema, value: unknown, at = ''): unknown {
  const result = schema['~standard'].validate(value);
  return isThenable(result) ? result.then((later) => accepted(later, at)) : accepted(result, at);
}

function accepted(result: SchemaResult<unknown>, at: string): unknown {
  if (!result.issues) return result.value;
  throw new UndamError('undecodable', `the data does not match the schema: ${issuesText(result.issues, at)}`);
}

import { isCanonicalBase64 } from './base64.ts';
import { isUndamError, UndamError } from './errors.ts';

/** Registered, so that every copy of this package knows it. */
const brand = Symbol.for('undam.misread');

/**
 * The error of a decoder that took data for base64 and made nothing of it: `event-changed` where it is none, else
 * `undecodable`.
 *
 * @param decoder what the user calls it
 */
export function misread(decoder: string, data: string, message: string): UndamError {
  if (!isCanonicalBase64(data)) return decodedAlready(decoder, 'other text');
  return Object.defineProperty(new UndamError('undecodable', message), brand, { value: true });
}

/** @param got what kind of thing stands in the place of base64 */
export function decodedAlready(decoder: string, got: string): UndamError {
  return new UndamError(
    'event-changed',
    `${decoder} decodes the base64 data of a Kinesis record, got ${got}: another middleware has decoded it already. Leave one of the two out`,
  );
}

/**
 * What fails the invocation, where a decoder failed of what another middleware had left in a record; `undefined` where the
 * record itself is to blame.
 *
 * @param isText whether the record has the text of its data in the place of base64
 */
export function eventChangedBy(error: unknown, isText: () => boolean): UndamError | undefined {
  if (!isUndamError(error)) return undefined;
  if (error.code === 'event-changed') return error;
  return brand in error && isText() ? decodedAlready('decode', 'its text') : undefined;
}

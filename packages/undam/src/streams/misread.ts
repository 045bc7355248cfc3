import { isCanonicalBase64 } from '../base/base64.ts';
import { isUndamError, UndamError } from '../base/errors.ts';
import type { Left } from './sources.ts';

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
    `${decoder} decodes the base64 data of a Kinesis record, got ${got}. Where another middleware has decoded it already, leave one of the two out`,
  );
}

/**
 * What fails the invocation, where a decoder failed of what another middleware had left in a record; `undefined` where the
 * record itself is to blame: a decoder may have been given what stands in its payload.
 *
 * @param left what the record holds now
 */
export function eventChangedBy(error: unknown, left: () => Left): UndamError | undefined {
  if (!isUndamError(error)) return undefined;
  if (error.code === 'event-changed') return ['text', 'other'].includes(left()) ? error : undefined;
  return brand in error && left() === 'text' ? decodedAlready('decode', 'its text') : undefined;
}

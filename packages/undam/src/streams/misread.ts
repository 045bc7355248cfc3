import { isCanonicalBase64 } from '../base/base64.ts';
import { isUndamError, UndamError } from '../base/errors.ts';
import type { Left } from './sources.ts';

/** Registered, so that every copy of this package recognizes it. */
const brand = Symbol.for('undam.misread');

/**
 * The error of a decoder that could not read its data as base64 of the expected format: `event-changed` if the data is not
 * base64, else `undecodable`.
 *
 * @param decoder the decoder's public name
 */
export function misread(decoder: string, data: string, message: string): UndamError {
  if (!isCanonicalBase64(data)) return decodedAlready(decoder, 'text that is not base64');
  return Object.defineProperty(new UndamError('undecodable', message), brand, { value: true });
}

/** @param got the type of the value received instead of base64 */
export function decodedAlready(decoder: string, got: string): UndamError {
  return new UndamError(
    'event-changed',
    `${decoder}: expected the base64 data of a Kinesis record, got ${got}. If another middleware has decoded it already, remove one of the two`,
  );
}

/**
 * The error that fails the invocation because the decoder met a value left by another middleware. `undefined` if the record
 * itself is at fault: the handler may have passed the decoder a part of the payload.
 *
 * @param left the value in the record now
 */
export function eventChangedBy(error: unknown, left: () => Left): UndamError | undefined {
  if (!isUndamError(error)) return undefined;
  if (error.code === 'event-changed') return ['text', 'other'].includes(left()) ? error : undefined;
  return brand in error && left() === 'text' ? decodedAlready('decode', 'the decoded text') : undefined;
}

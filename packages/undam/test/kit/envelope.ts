import fc from 'fast-check';
import { type Envelope, envelopeId, type KeptError, type Origin } from '../../src/envelope/index.ts';

/** An envelope with legal facts; every `position` is another record. */
export function anEnvelope(position = 1, changes: Partial<Envelope> = {}, from: Partial<Origin> = {}): Envelope {
  const origin: Origin = {
    eventSourceArn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders',
    shardId: 'shardId-000000000000',
    sequenceNumber: `4959033827149025660855969253836157109592157598913658${String(position).padStart(4, '0')}`,
    partitionKey: `key-${position}`,
    approximateArrivalTimestamp: 1_700_000_000_123,
    functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:orders',
    ...from,
  };
  return {
    version: 1,
    id: envelopeId(origin, 0),
    reason: 'attempts-exhausted',
    stage: 'handler',
    origin,
    attempts: { started: 3, failed: 3, timedOut: 0, crashed: 0 },
    firstFailedAt: 1_700_000_000_500,
    quarantinedAt: 1_700_000_001_000,
    error: { name: 'TypeError', message: 'x is not a function', stack: 'TypeError: x is not a function\n    at run' },
    redrives: 0,
    data: Buffer.from(`payload ${position} \u0000\u00ff`).toString('base64'),
    ...changes,
  };
}

/** Envelopes of different records with different keys. */
export function many(count: number, changes: Partial<Envelope> = {}): Envelope[] {
  return Array.from({ length: count }, (_, position) => anEnvelope(position, changes));
}

/** Base64 of `bytes` bytes that no compressor can shorten. */
export function incompressible(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  let state = 0x9e3779b9;
  for (let at = 0; at < bytes; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    buffer[at] = state & 0xff;
  }
  return buffer.toString('base64');
}

/** Any UTF-16 code units, so also lone surrogates, control characters and U+FFFF. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const count = fc.nat({ max: 1_000 });

const keptErrors: fc.Arbitrary<KeptError> = fc.letrec<{ error: KeptError }>((tie) => ({
  error: fc.record(
    {
      name: oddText,
      message: oddText,
      stack: oddText,
      cause: fc.oneof({ maxDepth: 5, depthSize: 'small', withCrossShrink: true }, leafError(), tie('error')),
    },
    { requiredKeys: ['name', 'message'], noNullPrototype: true },
  ),
})).error;

function leafError(): fc.Arbitrary<KeptError> {
  return fc.record({ name: oddText, message: oddText }, { noNullPrototype: true });
}

const origins: fc.Arbitrary<Origin> = fc.record(
  {
    eventSourceArn: oddText,
    shardId: oddText,
    sequenceNumber: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 56 }),
    partitionKey: oddText,
    explicitHashKey: oddText,
    approximateArrivalTimestamp: time,
    functionArn: oddText,
    functionVersion: oddText,
    region: oddText,
    window: fc.record({ start: oddText, end: oddText }, { noNullPrototype: true }),
  },
  { requiredKeys: ['eventSourceArn', 'sequenceNumber', 'functionArn'], noNullPrototype: true },
);

const requiredFields: Exclude<keyof Envelope, 'altered' | 'dataEncoding'>[] = [
  'version',
  'id',
  'reason',
  'stage',
  'origin',
  'attempts',
  'firstFailedAt',
  'quarantinedAt',
  'error',
  'redrives',
  'data',
];

/** Any envelope that the types allow, with plain base64 as payload. */
export const envelopes: fc.Arbitrary<Envelope> = fc.record(
  {
    version: fc.constant(1 as const),
    id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    reason: fc.constantFrom(
      'attempts-exhausted' as const,
      'permanent' as const,
      'undecodable' as const,
      'timed-out' as const,
      'crashed' as const,
      'parked' as const,
      'held-too-long' as const,
    ),
    stage: fc.constantFrom('decode' as const, 'handler' as const),
    origin: origins,
    attempts: fc.record({ started: count, failed: count, timedOut: count, crashed: count }, { noNullPrototype: true }),
    firstFailedAt: time,
    quarantinedAt: time,
    error: keptErrors,
    unit: fc.record({ position: count, size: count }, { noNullPrototype: true }),
    redrives: count,
    data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    altered: fc.constantFrom('text' as const, 'json' as const),
  },
  { requiredKeys: requiredFields, noNullPrototype: true },
);

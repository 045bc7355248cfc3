import type { Envelope } from './envelope.ts';

/** An SQS message attribute, in the SDK's own form. */
export interface EnvelopeAttribute {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
}

/** Longer facts stay in the body only. */
const MAX_VALUE_CHARS = 1_024;

const facts = [
  'version',
  'id',
  'reason',
  'stage',
  'eventSourceArn',
  'shardId',
  'sequenceNumber',
  'functionArn',
  'redrives',
] as const;

/**
 * The routing facts as at most 9 SQS message attributes, so that a queue can be filtered without opening payloads:
 * `version`, `id`, `reason`, `stage`, `eventSourceArn`, `shardId`, `sequenceNumber`, `functionArn`, `redrives`. Never the
 * partition key, which may name a person. A fact that SQS would refuse as a value is left out; the body has it.
 *
 * SQS takes 10 attributes; the tenth place is left for a pointer to a payload stored elsewhere.
 */
export function envelopeAttributes(envelope: Envelope): Record<string, EnvelopeAttribute> {
  const values = { ...envelope, ...envelope.origin };
  const attributes: Record<string, EnvelopeAttribute> = {};
  for (const name of facts) {
    const fact = values[name];
    if (fact === undefined || !isLegal(String(fact))) continue;
    // A sequence number is a string here, too: SQS keeps numbers to 38 digits, and it has up to 56.
    attributes[name] = { DataType: typeof fact === 'number' ? 'Number' : 'String', StringValue: String(fact) };
  }
  return attributes;
}

/**
 * Non-empty, and only #x9, #xA, #xD, #x20-#xD7FF, #xE000-#xFFFD, #x10000-#x10FFFF.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html
 */
function isLegal(value: string): boolean {
  return (
    value.length <= MAX_VALUE_CHARS && /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u.test(value)
  );
}

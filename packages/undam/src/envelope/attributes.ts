import type { Envelope } from './envelope.ts';

/** An SQS message attribute, in the SDK's form. */
export interface EnvelopeAttribute {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
}

/** Longer values go into the body only, to keep the attributes small. */
const maxValueChars = 1_024;

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
 * The routing facts of an envelope as at most 9 SQS message attributes, for filters that do not open payloads: `version`, `id`,
 * `reason`, `stage`, `eventSourceArn`, `shardId`, `sequenceNumber`, `functionArn`, `redrives`. Never the partition key, which may
 * name a person. The body keeps the facts that SQS would refuse as attribute values.
 *
 * SQS accepts 10 attributes
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html); the tenth is reserved
 * for a pointer to a payload stored elsewhere.
 */
export function envelopeAttributes(envelope: Envelope): Record<string, EnvelopeAttribute> {
  const values = { ...envelope, ...envelope.origin };
  const attributes: Record<string, EnvelopeAttribute> = {};
  for (const name of facts) {
    const fact = values[name];
    if (fact === undefined || !isLegal(String(fact))) continue;
    // Sequence numbers stay strings: they have up to 56 digits, SQS numbers 38.
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
    value.length <= maxValueChars && /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u.test(value)
  );
}

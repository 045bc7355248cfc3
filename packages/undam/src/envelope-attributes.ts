import type { Envelope } from './envelope.ts';

/** An SQS message attribute, in the SDK's own form. */
export interface EnvelopeAttribute {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
}

/** Longer facts stay in the body only. */
const MAX_VALUE_CHARS = 1_024;

/**
 * The routing facts as at most 9 SQS message attributes, so that a queue can be filtered without opening payloads:
 * `version`, `id`, `reason`, `stage`, `eventSourceArn`, `shardId`, `sequenceNumber`, `functionArn`, `redrives`. Never the
 * partition key, which may name a person. A fact that SQS would refuse as a value is left out; the body has it.
 *
 * SQS takes 10 attributes; the tenth place is left for a pointer to a payload stored elsewhere.
 */
export function envelopeAttributes(envelope: Envelope): Record<string, EnvelopeAttribute> {
  const { origin } = envelope;
  const facts: Record<string, string | number | undefined> = {
    version: envelope.version,
    id: envelope.id,
    reason: envelope.reason,
    stage: envelope.stage,
    eventSourceArn: origin.eventSourceArn,
    shardId: origin.shardId,
    // A string: SQS keeps numbers to 38 digits, a sequence number has up to 56.
    sequenceNumber: origin.sequenceNumber,
    functionArn: origin.functionArn,
    redrives: envelope.redrives,
  };
  const attributes: Record<string, EnvelopeAttribute> = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (fact === undefined || !isLegal(String(fact))) continue;
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

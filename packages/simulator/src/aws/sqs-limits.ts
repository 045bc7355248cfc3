/** One entry of SendMessageBatch: the fields that SQS limits. */
export interface SendEntry {
  readonly Id: string;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string; readonly DataType?: string }>>;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly DelaySeconds?: number;
}

export interface Refusal {
  readonly Code: string;
  readonly Message: string;
}

/**
 * Largest message, and largest sum of a batch.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
const maxBytes = 1_048_576;

/** The error with which SQS refuses a whole request; undefined if it accepts the request. */
export function refusedRequest(entries: readonly SendEntry[]): Refusal | undefined {
  if (entries.length === 0) return { Code: 'EmptyBatchRequest', Message: 'expected at least one entry' };
  if (entries.length > 10)
    return { Code: 'TooManyEntriesInBatchRequest', Message: `expected 10, got ${entries.length}` };
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    return { Code: 'BatchEntryIdsNotDistinct', Message: 'expected distinct ids' };
  }
  if (entries.some(({ Id }) => !/^[\w-]{1,80}$/.test(Id))) {
    return { Code: 'InvalidBatchEntryId', Message: 'expected 1 to 80 letters, digits, - or _' };
  }
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  return bytes > maxBytes
    ? { Code: 'BatchRequestTooLong', Message: `expected ${maxBytes} bytes, got ${bytes}` }
    : undefined;
}

/** The error with which SQS refuses one entry; undefined if it accepts the entry. */
export function refusedEntry(entry: SendEntry, isFifo: boolean): Refusal | undefined {
  const { MessageBody = '', MessageAttributes = {}, MessageGroupId, MessageDeduplicationId, DelaySeconds } = entry;
  if (MessageBody === '') return { Code: 'MissingParameter', Message: 'expected a body' };
  if (!isLegal(MessageBody)) return { Code: 'InvalidMessageContents', Message: 'expected legal characters' };
  if (Object.keys(MessageAttributes).length > 10)
    return { Code: 'InvalidParameterValue', Message: 'expected 10 attributes' };
  if (!isFifo) return undefined;
  if (MessageGroupId === undefined) return { Code: 'MissingParameter', Message: 'expected a MessageGroupId' };
  if (MessageDeduplicationId === undefined)
    return { Code: 'InvalidParameterValue', Message: 'expected a MessageDeduplicationId' };
  return DelaySeconds === undefined
    ? undefined
    : { Code: 'InvalidParameterValue', Message: 'no DelaySeconds on a FIFO queue' };
}

function bytesOf({ MessageBody = '', MessageAttributes = {} }: SendEntry): number {
  let bytes = Buffer.byteLength(MessageBody);
  for (const [name, { StringValue = '', DataType = '' }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(StringValue) + Buffer.byteLength(DataType);
  }
  return bytes;
}

/**
 * #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
function isLegal(text: string): boolean {
  return /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(text);
}

import { describe } from './describe.ts';
import { UndamError } from './errors.ts';
import { Set } from './intrinsics.ts';
import { type Source, type StreamRecord, sources } from './source.ts';

/** The records of one invocation, with what names them: read once, so that a handler that changes the event changes nothing here. */
export interface Batch {
  readonly records: readonly StreamRecord[];
  /** The exact sequence number of each record, in batch order. */
  readonly sequenceNumbers: readonly string[];
  /** What names the lane of each record; `undefined` for one that is a lane of its own. */
  readonly partitionKeys: readonly (string | undefined)[];
  readonly source: Source;
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId: string | undefined;
  /** What a quarantine keeps of a record, in base64: taken when the event was read. */
  data(index: number): string;
}

/**
 * Reads a Kinesis or DynamoDB Streams event.
 *
 * @throws UndamError `bad-event`, `bad-record` or `window-unsupported`
 */
export function readBatch(event: unknown): Batch {
  const { records, sequenceNumbers, source } = readRecords(event);
  const partitionKeys = new Array<string | undefined>(records.length);
  const payloads = new Array<string>(records.length);
  for (let index = 0; index < records.length; index++) {
    partitionKeys[index] = source.partitionKey(records[index]!);
    payloads[index] = readPayload(records[index]!, index, source);
  }
  demandDistinct(sequenceNumbers);
  const first = records[0];
  return {
    records,
    sequenceNumbers,
    partitionKeys,
    source,
    eventSourceArn: first?.eventSourceARN ?? '',
    shardId: first && source.shardId(first),
    data: (index) => source.base64(payloads[index]!),
  };
}

/**
 * The records of an event and their sequence numbers.
 *
 * @throws UndamError `bad-event`, `bad-record` or `window-unsupported`
 */
export function readRecords(event: unknown): Pick<Batch, 'records' | 'sequenceNumbers' | 'source'> {
  const records = recordsOf(event);
  const source = records.length === 0 ? sources.get('aws:kinesis')! : sourceOf(records[0]);
  const sequenceNumbers = new Array<string>(records.length);
  for (let index = 0; index < records.length; index++) {
    sequenceNumbers[index] = readSequenceNumber(records, index, source);
  }
  return { records, sequenceNumbers, source };
}

/** A shard's sequence numbers rise, so only hand-made or taken-apart batches are looked at closely. */
function demandDistinct(sequenceNumbers: readonly string[]): void {
  for (let index = 1; index < sequenceNumbers.length; index++) {
    const before = sequenceNumbers[index - 1]!;
    const after = sequenceNumbers[index]!;
    if (after.length > before.length || (after.length === before.length && after > before)) continue;
    if (new Set(sequenceNumbers).size === sequenceNumbers.length) return;
    throw new UndamError(
      'bad-record',
      'two records have one sequence number, so neither can be reported or remembered by it: take aggregated records apart inside the handler',
    );
  }
}

function sourceOf(first: unknown): Source {
  const eventSource = typeof first === 'object' && first !== null ? (first as StreamRecord).eventSource : undefined;
  const source = sources.get(eventSource);
  if (source === undefined) {
    throw new UndamError(
      'bad-event',
      `expected records of a Kinesis or DynamoDB stream, got eventSource ${describe(eventSource)}`,
    );
  }
  return source;
}

function recordsOf(event: unknown): readonly StreamRecord[] {
  if (typeof event !== 'object' || event === null) {
    throw new UndamError('bad-event', `expected the event of a stream's event source mapping, got ${describe(event)}`);
  }
  const { Records: records, window } = event as { Records?: unknown; window?: unknown };
  if (!Array.isArray(records)) {
    throw new UndamError(
      'bad-event',
      `expected the event of a stream's event source mapping with an array of Records, got ${describe(records)}`,
    );
  }
  if (window !== undefined) {
    throw new UndamError(
      'window-unsupported',
      'this mapping has TumblingWindowInSeconds set, and tumbling windows are not supported yet: set it to 0',
    );
  }
  return records.slice();
}

function readSequenceNumber(records: readonly StreamRecord[], index: number, source: Source): string {
  const first = records[0]!;
  const record: unknown = records[index];
  if (typeof record !== 'object' || record === null) {
    throw new UndamError('bad-record', `Records[${index}]: expected a record, got ${describe(record)}`);
  }
  const { eventSource, eventSourceARN } = record as StreamRecord;
  if (eventSource !== first.eventSource || eventSourceARN !== first.eventSourceARN) {
    throw new UndamError(
      'bad-event',
      `Records[${index}] comes from ${describe(eventSourceARN ?? eventSource)}, Records[0] from ${describe(first.eventSourceARN ?? first.eventSource)}: one invocation has records of one stream only`,
    );
  }
  const sequenceNumber = source.sequenceNumber(record as StreamRecord);
  if (typeof sequenceNumber !== 'string' || sequenceNumber === '') {
    throw new UndamError(
      'bad-record',
      `Records[${index}]: expected a sequence number, got ${describe(sequenceNumber)}; without it the record cannot be reported`,
    );
  }
  return sequenceNumber;
}

function readPayload(record: StreamRecord, index: number, source: Source): string {
  try {
    return source.payload(record);
  } catch (cause) {
    const remedy = 'put partialBatch() before the middleware that changed it';
    throw new UndamError('bad-record', `Records[${index}] holds what no quarantine can keep: ${remedy}`, { cause });
  }
}

import { describe, kindOf } from '../base/describe.ts';
import { isUndamError, UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import { textOf } from '../base/text.ts';
import { badEvent } from './bad-event.ts';
import type { KeptPayload } from './payloads.ts';
import { type Member, membersOf } from './record-id.ts';
import { type Source, type StreamRecord, sources } from './sources.ts';
import { type Units, unitsOf } from './units.ts';

/** The records of one invocation and their names, read once: a handler that changes the event does not change them. */
export interface Batch {
  readonly records: readonly StreamRecord[];
  /** The exact sequence number of each record, in batch order; responses report records by it. */
  readonly sequenceNumbers: readonly string[];
  /** The ledger's id of each record: its sequence number, plus its member where the record belongs, or may belong, to a unit. */
  readonly ids: readonly string[];
  /** Absent where every record has its own sequence number. */
  readonly units: Units | undefined;
  /** The name of each record's lane; `undefined` for a record that is a lane of its own. */
  readonly partitionKeys: readonly (string | undefined)[];
  readonly source: Source;
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId: string | undefined;
  /** The record's member within its unit; `undefined` for a record outside any unit. */
  member(index: number): string | undefined;
  readonly region: string | undefined;
  /** The payload for a record's envelope, as read from the event. */
  kept(index: number): KeptPayload;
  /** True if other middlewares had decoded the base64 before the event was read. */
  readonly areText: () => boolean;
  /** The payloads as read from the event. */
  readonly payloads: readonly string[];
  /** True if another middleware may have replaced a payload since then. */
  readonly isTouched: boolean;
}

/**
 * Reads a Kinesis or DynamoDB Streams event.
 *
 * @throws UndamError `bad-event`, `bad-record` or `window-unsupported`, and `event-changed` for records that another middleware
 *   has decoded
 */
export function readBatch(event: unknown): Batch {
  try {
    return read(event);
  } catch (cause) {
    if (isUndamError(cause)) throw cause;
    // Reading Lambda's events, which are parsed JSON, never throws.
    throw new UndamError('event-changed', `another middleware has made the event unreadable. ${order}`, { cause });
  }
}

const order = 'Put partialBatch() first, before every middleware that decodes records';

function read(event: unknown): Batch {
  const { records, sequenceNumbers, source } = readRecords(event);
  const partitionKeys = new Array<string | undefined>(records.length);
  const payloads = new Array<string>(records.length);
  for (let index = 0; index < records.length; index++) {
    payloads[index] = readPayload(records[index]!, index, source);
    partitionKeys[index] = readPartitionKey(records[index]!, index, source);
  }
  const first = records[0];
  const areText = source.areText(payloads);
  const units = unitsOf(sequenceNumbers);
  const members = readMembers(sequenceNumbers, units, source.takesApart(first), (index) => {
    const key = partitionKeys[index] ?? '';
    return `${key.length}:${key}${payloads[index]}`;
  });
  return {
    records,
    sequenceNumbers,
    ids: members === undefined ? sequenceNumbers : sequenceNumbers.map((number, index) => members[index]?.id ?? number),
    units,
    partitionKeys,
    source,
    eventSourceArn: textOf(first?.eventSourceARN) ?? '',
    shardId: first && source.shardId(first),
    member: (index) => members?.[index]?.member,
    region: textOf(first?.awsRegion),
    kept: source.kept(payloads, areText),
    areText,
    payloads,
    isTouched: false,
  };
}

/**
 * The members of all records in units. Where Lambda takes aggregates apart, every record gets one: a record that is alone in its
 * batch may be the rest of a unit that was cut.
 */
function readMembers(
  sequenceNumbers: readonly string[],
  units: Units | undefined,
  isTakenApart: boolean,
  contentOf: (index: number) => string,
): readonly (Member | undefined)[] | undefined {
  if (units === undefined && !isTakenApart) return undefined;
  const members: (Member | undefined)[] = isTakenApart
    ? sequenceNumbers.map((number, index) =>
        units?.has(number) ? undefined : membersOf(number, [contentOf(index)])[0],
      )
    : [];
  for (const [number, indexes] of units ?? []) {
    for (const [at, member] of membersOf(number, indexes.map(contentOf)).entries()) members[indexes[at]!] = member;
  }
  return members;
}

/**
 * Reads the records of an event and their sequence numbers.
 *
 * @throws UndamError `bad-event`, `bad-record` or `window-unsupported`
 */
export function readRecords(event: unknown): Pick<Batch, 'records' | 'sequenceNumbers' | 'source'> {
  const records = recordsOf(event);
  const source = records.length === 0 ? sources.get('aws:kinesis') : sources.get(records[0]?.eventSource);
  if (source === undefined) throw badEvent(event);
  const sequenceNumbers = new Array<string>(records.length);
  for (let index = 0; index < records.length; index++) {
    sequenceNumbers[index] = readSequenceNumber(records, index, source);
  }
  return { records, sequenceNumbers, source };
}

function recordsOf(event: unknown): readonly StreamRecord[] {
  const { Records: records, window } = Object(event) as { Records?: unknown; window?: unknown };
  if (!Array.isArray(records)) throw badEvent(event);
  if (window !== undefined && window !== null) {
    throw new UndamError(
      'window-unsupported',
      'expected an event without a tumbling window, which Undam does not support yet: set TumblingWindowInSeconds to 0',
    );
  }
  return records.slice();
}

function readSequenceNumber(records: readonly StreamRecord[], index: number, source: Source): string {
  const first = records[0]!;
  const record: unknown = records[index];
  if (!isObject(record)) {
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
  let cause: unknown;
  try {
    const payload = source.payload(record);
    if (payload !== undefined) return payload;
  } catch (error) {
    cause = error;
  }
  throw new UndamError(
    'event-changed',
    `Records[${index}] is not as Lambda delivers it, so a quarantine could not keep its payload: another middleware has decoded it. ${order}`,
    cause === undefined ? {} : { cause },
  );
}

function readPartitionKey(record: StreamRecord, index: number, source: Source): string | undefined {
  const key = source.partitionKey(record);
  if (key === undefined || typeof key === 'string') return key;
  throw new UndamError('bad-record', `Records[${index}]: expected a string as partition key, got ${kindOf(key)}`);
}

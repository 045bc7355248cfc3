import { unheard } from '../../base/thenable.ts';
import { type Envelope, envelopeId, type Origin } from '../../envelope/envelope.ts';
import { counts, type History } from '../../ledgers/history.ts';
import type { Verdict } from '../../ledgers/ledger.ts';
import type { Batch } from '../../streams/read-batch.ts';

/** The function, as an envelope names it. */
export type FunctionIdentity = Pick<Origin, 'functionArn' | 'functionVersion'>;

/** Builds the envelope of a record. @param now epoch milliseconds */
export function enclose(
  batch: Batch,
  index: number,
  identity: FunctionIdentity,
  history: History,
  verdict: Verdict,
  now: number,
): Envelope {
  const origin = originOf(batch, index, identity);
  const unit = batch.units?.get(origin.sequenceNumber);
  return {
    version: 1,
    id: envelopeId(origin, 0),
    ...verdict,
    origin,
    attempts: counts(history),
    firstFailedAt: history.firstFailedAt ?? now,
    quarantinedAt: now,
    ...(unit && { unit: { position: unit.indexOf(index), size: unit.length } }),
    redrives: 0,
    ...batch.kept(index),
  };
}

function originOf(batch: Batch, index: number, identity: FunctionIdentity): Origin {
  const { source, shardId, eventSourceArn, region } = batch;
  const record = batch.records[index]!;
  const partitionKey = batch.partitionKeys[index];
  const member = batch.member(index);
  // The handler may have put anything in the record's place.
  const arrivedAt = unheard(() => source.arrivedAt(record)) as number | undefined;
  return {
    ...identity,
    eventSourceArn,
    ...(shardId !== undefined && { shardId }),
    sequenceNumber: batch.sequenceNumbers[index]!,
    ...(member !== undefined && { member }),
    ...(partitionKey !== undefined && { partitionKey }),
    ...(arrivedAt !== undefined && { approximateArrivalTimestamp: arrivedAt }),
    ...(region !== undefined && { region }),
  };
}

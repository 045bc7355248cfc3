import type { Law } from './law.ts';

/** Lambda passes only records that are done or acknowledged by the sink; handler and sink get the record's own data; every record ends. */
export const noLoss: Law = {
  answered({ end, batch, reported }) {
    if (end !== 'response') return undefined;
    const lost = batch.findIndex(
      ({ isDone, isAcknowledged }, position) => !reported[position] && !isDone && !isAcknowledged,
    );
    if (lost < 0) return undefined;
    return `the response does not report record ${batch[lost]!.index}, which is neither done nor acknowledged by the sink`;
  },
  called({ start: { record, decoded }, told }, { guard }) {
    if (guard.decoder !== undefined && decoded === undefined)
      return `the handler of record ${record.index} was called, whose decoder had given nothing`;
    if (told.decoded === decoded) return undefined;
    return `the handler of record ${record.index} was called without what its own decoder gave at this start`;
  },
  passed({ index, isDone, isAcknowledged }) {
    if (isDone || isAcknowledged) return undefined;
    return `the mapping passed record ${index}, which is neither done nor acknowledged by the sink`;
  },
  toldOfPassed(records) {
    if (records.some(({ end }) => end === 'discarded' || end === 'expired')) return undefined;
    return `an event says that the mapping moved past record ${records[0]!.index}, and it did not`;
  },
  sent({ record, data }) {
    return data === record.data() ? undefined : `record ${record.index} was sent without its own payload`;
  },
  left(records) {
    const left = records.filter(({ end }) => end === undefined).map(({ index }) => index);
    return left.length === 0 ? undefined : `everything has healed, and these records do not end: ${left.join(', ')}`;
  },
};

import type { Figures } from './figures.ts';

/** The two sides' figures as lines of text, at most 100 columns. */
export function comparison(plain: Figures, undam: Figures): string[] {
  const row = (label: string, show: (figures: Figures) => string): string =>
    `  ${label.padEnd(46)}${show(plain).padStart(20)}${show(undam).padStart(20)}`;
  return [
    `  ${''.padEnd(46)}${'all or nothing'.padStart(20)}${'under Undam'.padStart(20)}`,
    `  ${'─'.repeat(86)}`,
    row('good records done', (side) => `${number(side.goodRecordsDone)} of ${number(side.goodRecords)}`),
    row('records lost: discarded by the mapping', (side) => number(side.recordsLost)),
    row('  of them, records with nothing wrong', (side) => number(side.goodRecordsLost)),
    row(
      'records quarantined, payload kept',
      (side) => `${number(side.recordsQuarantined)} of ${number(side.poisonRecords)} bad`,
    ),
    row('longest time a shard stood still', (side) => seconds(side.longestStandstillMs)),
    row('calls of the business function', (side) => number(side.handlerCalls)),
    row('  of them, for records already done', (side) => number(side.repeatedCalls)),
    row('invocations', (side) => number(side.invocations)),
    row('  of them, failed or timed out', (side) => number(side.functionErrors)),
    row('the whole stream took', (side) => seconds(side.tookMs)),
  ];
}

export function number(value: number): string {
  return value.toLocaleString('en');
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

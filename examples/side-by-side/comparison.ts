import type { EventSourceMappingSettings } from 'undam/mapping';
import type { Figures } from './figures.ts';

/** One side of the table. */
export interface Column {
  readonly name: string;
  readonly mapping: Partial<EventSourceMappingSettings>;
  readonly figures: Figures;
}

/** The sides' figures, and below them what their mappings set, as lines of text; 80 columns for three sides. */
export function comparison(columns: readonly Column[]): string[] {
  const row = (label: string, show: (column: Column) => string): string =>
    `  ${label.padEnd(30)}${columns.map((column) => show(column).padStart(16)).join('')}`;
  const figure = (label: string, show: (figures: Figures) => string): string =>
    row(label, ({ figures }) => show(figures));
  const setting = (label: string, show: (mapping: Column['mapping']) => string): string =>
    row(label, ({ mapping }) => show(mapping));
  const head = row('', ({ name }) => name);
  const rule = `  ${'─'.repeat(head.length - 2)}`;
  return [
    head,
    rule,
    figure('good records done', (side) => `${number(side.goodRecordsDone)} of ${number(side.goodRecords)}`),
    figure('discarded by the mapping', (side) => number(side.recordsDiscarded)),
    figure('  lost: discarded, never done', (side) => number(side.recordsLost)),
    figure('  lost with nothing wrong', (side) => number(side.goodRecordsLost)),
    figure('quarantined with payload', (side) => `${number(side.recordsQuarantined)} of ${number(side.poisonRecords)}`),
    figure('longest standstill of a shard', (side) => seconds(side.longestStandstillMs)),
    figure('calls of the business function', (side) => number(side.handlerCalls)),
    figure('  for orders already done', (side) => number(side.repeatedCalls)),
    figure("  out of a customer's order", (side) => number(side.callsOutOfOrder)),
    figure('invocations', (side) => number(side.invocations)),
    figure('  failed or timed out', (side) => number(side.functionErrors)),
    figure('the whole stream took', (side) => seconds(side.tookMs)),
    rule,
    setting('MaximumRetryAttempts', ({ MaximumRetryAttempts = -1 }) => `${MaximumRetryAttempts}`),
    setting('ReportBatchItemFailures', ({ FunctionResponseTypes = [] }) => yesOrNo(FunctionResponseTypes.length > 0)),
    setting('BisectBatchOnFunctionError', ({ BisectBatchOnFunctionError = false }) =>
      yesOrNo(BisectBatchOnFunctionError),
    ),
  ];
}

export function number(value: number): string {
  return value.toLocaleString('en');
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function yesOrNo(isSet: boolean): string {
  return isSet ? 'yes' : 'no';
}

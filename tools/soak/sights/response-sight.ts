import type { InvocationEnd } from '@undam/simulator/parts';
import type { InvocationSight, RecordSight } from './sights.ts';

/** By position: whether a response names the record. */
export function reportedIn(payload: unknown, batch: readonly RecordSight[]): boolean[] {
  const reported = new Array<boolean>(batch.length).fill(false);
  const failures = (payload as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (!Array.isArray(failures) || failures.length === 0) return reported;
  const identifiers = new Set(failures.map((failure) => (failure as { itemIdentifier?: unknown })?.itemIdentifier));
  for (const [position, { sequenceNumber }] of batch.entries()) reported[position] = identifiers.has(sequenceNumber);
  return reported;
}

/** The reported records, as text. */
export function reportText({ batch, reported }: InvocationSight, end: InvocationEnd): string {
  if (end !== 'response') return '';
  const unresolved = batch.filter((_, position) => reported[position]);
  return unresolved.length === 0 ? ', nothing reported' : `, reported: ${shown(unresolved)}`;
}

/** Records, as text. */
export function shown(records: readonly RecordSight[]): string {
  return records.map(({ index }) => index).join(' ');
}

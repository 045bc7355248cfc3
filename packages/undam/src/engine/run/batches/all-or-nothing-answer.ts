import { kindOf } from '../../../base/describe.ts';
import { UndamError } from '../../../base/errors.ts';
import { isObject } from '../../../base/is-object.ts';
import type { Emit } from '../../../observe/events.ts';
import type { CallEnd } from './batch-calls.ts';

/** Every answer is success, unless it names failures: then it counts as a throw, or as a cut-off if the call had been aborted. */
export function readCall(end: CallEnd, emit: Emit): CallEnd {
  if (end.how !== 'answered') return end;
  const problem = problemIn(end.answer);
  if (problem === undefined) return end;
  emit({ type: 'answer-unreadable', problem });
  if (end.cutBy !== undefined) return { how: 'cut-off', error: end.cutBy };
  return { how: 'rejected', error: new UndamError('unreadable-answer', `the handler's answer: ${problem}`) };
}

/** An answer that names failures must not count as success. */
function problemIn(answer: unknown): string | undefined {
  try {
    if (!isObject(answer)) return undefined;
    if (Array.isArray(answer)) return hasRejected(answer) ? expected('a rejected result') : undefined;
    const { batchItemFailures } = answer as { batchItemFailures?: unknown };
    if (batchItemFailures === undefined || isEmptyArray(batchItemFailures)) return undefined;
    return expected(`${kindOf(batchItemFailures)} as batchItemFailures`);
  } catch {
    return expected('an answer that throws when it is read');
  }
}

function expected(got: string): string {
  return `expected a throw or complete success, got ${got}; a handler that names its failures goes through wholeBatch()`;
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** By index: the array may have methods and an iterator of its own. */
function hasRejected(results: readonly unknown[]): boolean {
  for (let index = 0; index < results.length; index++) {
    const result = results[index] as { status?: unknown } | null | undefined;
    if (result?.status === 'rejected') return true;
  }
  return false;
}

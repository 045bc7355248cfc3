import { isOutageError, isPermanentError, isUndamError, type UndamErrorCode } from '../../base/errors.ts';
import { unheard } from '../../base/thenable.ts';
import type { Stage } from '../../envelope/envelope.ts';
import { keepError } from '../../envelope/kept-error.ts';
import type { QuarantineReason } from '../../envelope/reasons.ts';
import { charges, type History } from '../../ledgers/history.ts';
import type { Verdict } from '../../ledgers/ledger.ts';
import type { Left } from '../../streams/sources.ts';
import type { FailedAttempt, Judgement } from './attempt-end.ts';

/** A user's rule for errors that no further attempt can fix. A rule that throws decides nothing. */
export type IsPermanent = (error: unknown) => boolean;

/** The errors of a wrapper that is called without an invocation of its own: no record is at fault, and no attempt can succeed. */
const setUpErrors: readonly UndamErrorCode[] = ['claimed-twice', 'partial-batch-missing'];

/** The judgement of a decoder's error about missing base64, by the current state of the record's data. */
const judgementByLeft: Readonly<Record<Left, Judgement>> = {
  'as-delivered': 'undecodable',
  handled: 'ordinary',
  text: 'outage',
  other: 'outage',
};

/**
 * Judges by the error's kind alone; for an ordinary error only the neighbours tell poison from outage. If a decoder finds no
 * base64 although the record is as delivered, it read a value inside the payload.
 *
 * @param left the current state of the record's data
 */
export function judge(error: unknown, stage: Stage, isPermanent: IsPermanent | undefined, left: () => Left): Judgement {
  if (isUndamError(error)) {
    if (error.code === 'undecodable') return 'undecodable';
    if (error.code === 'event-changed') return judgementByLeft[left()];
    if (setUpErrors.includes(error.code)) return 'outage';
  }
  if (isOutageError(error)) return 'outage';
  if (!isPermanentError(error) && unheard(() => isPermanent?.(error)) !== true) return 'ordinary';
  return stage === 'decode' ? 'undecodable' : 'permanent';
}

/** The verdict after a failed attempt; `undefined` if the record stays out of the quarantine. @param attempts N */
export function verdictOn(
  history: History,
  judgement: Judgement,
  { how, error, stage }: Pick<FailedAttempt, 'how' | 'error' | 'stage'>,
  attempts: number,
): Verdict | undefined {
  if (judgement === 'outage') return undefined;
  // Undecodable data is a failure of the decode stage, also in a handler that decodes.
  const from = judgement === 'undecodable' ? 'decode' : stage;
  if (judgement !== 'ordinary') return { reason: judgement, stage: from, error: keepError(error) };
  return exhausted(history, how === 'rejected' ? 'attempts-exhausted' : 'timed-out', error, stage, attempts);
}

/**
 * The same for a record that arrives with all its attempts charged and no verdict: the process died in the last one, or N was
 * lowered.
 */
export function verdictBefore(history: History, attempts: number): Verdict | undefined {
  return history.crashed > 0
    ? exhausted(history, 'crashed', crashedError, 'handler', attempts)
    : exhausted(history, 'attempts-exhausted', unknownError, 'handler', attempts);
}

function exhausted(
  history: History,
  reason: QuarantineReason,
  error: unknown,
  stage: Stage,
  attempts: number,
): Verdict | undefined {
  return charges(history) >= attempts ? { reason, stage, error: keepError(error) } : undefined;
}

const crashedError = new Error('the process died while the handler ran on this record alone');
crashedError.name = 'ProcessDied';

const unknownError = new Error('the error of the last attempt was not kept');

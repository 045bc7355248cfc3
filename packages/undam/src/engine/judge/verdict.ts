import { isOutageError, isPermanentError, isUndamError, type UndamErrorCode } from '../../base/errors.ts';
import { unheard } from '../../base/thenable.ts';
import type { Stage } from '../../envelope/envelope.ts';
import { keepError } from '../../envelope/kept-error.ts';
import type { QuarantineReason } from '../../envelope/reasons.ts';
import { charges, type History } from '../../ledgers/history.ts';
import type { Verdict } from '../../ledgers/ledger.ts';
import type { Left } from '../../streams/sources.ts';
import type { FailedAttempt, Judgement } from './attempt-end.ts';

/** A user's own rule for errors that no further attempt can mend. One that throws says nothing. */
export type IsPermanent = (error: unknown) => boolean;

/** What a wrapper throws that is called where there is no invocation for it: no record's fault, and no attempt will mend it. */
const ofTheSetUp: readonly UndamErrorCode[] = ['claimed-twice', 'partial-batch-missing'];

/** What it says that a decoder was given something else than base64. */
const ofChanged: Readonly<Record<Left, Judgement>> = {
  'as-delivered': 'undecodable',
  handled: 'ordinary',
  text: 'outage',
  other: 'outage',
};

/**
 * Judges by the error's kind alone; whether an ordinary one is poison or outage is for the neighbours to show. A decoder that
 * finds no base64 in a record that is as delivered was given something that stands in its payload.
 *
 * @param left what the record holds now
 */
export function judge(error: unknown, stage: Stage, isPermanent: IsPermanent | undefined, left: () => Left): Judgement {
  if (isUndamError(error)) {
    if (error.code === 'undecodable') return 'undecodable';
    if (error.code === 'event-changed') return ofChanged[left()];
    if (ofTheSetUp.includes(error.code)) return 'outage';
  }
  if (isOutageError(error)) return 'outage';
  if (!isPermanentError(error) && unheard(() => isPermanent?.(error)) !== true) return 'ordinary';
  return stage === 'decode' ? 'undecodable' : 'permanent';
}

/** Why the record is to be quarantined after a failed attempt, if it is. @param attempts N */
export function verdictOn(
  history: History,
  judgement: Judgement,
  { how, error, stage }: Pick<FailedAttempt, 'how' | 'error' | 'stage'>,
  attempts: number,
): Verdict | undefined {
  if (judgement === 'outage') return undefined;
  // What cannot be decoded says so itself, also where the handler is who decodes.
  const from = judgement === 'undecodable' ? 'decode' : stage;
  if (judgement !== 'ordinary') return { reason: judgement, stage: from, error: keepError(error) };
  return exhausted(history, how === 'rejected' ? 'attempts-exhausted' : 'timed-out', error, stage, attempts);
}

/** The same for a record that comes with all its attempts used up and no verdict: the process died in the last one, or N was lowered. */
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

const crashedError = new Error('the process died while the handler ran on this record and on nothing else');
crashedError.name = 'ProcessDied';

const unknownError = new Error('the error of the last attempt was not kept');

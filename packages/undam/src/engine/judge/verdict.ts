import type { Stage } from '../../envelope/envelope.ts';
import { keepError } from '../../envelope/kept-error.ts';
import type { QuarantineReason } from '../../envelope/reasons.ts';
import { charges, type History } from '../../ledgers/history.ts';
import type { Verdict } from '../../ledgers/ledger.ts';
import type { Judgement } from './judgement.ts';

/** How a charged attempt ended. */
export type Failure = 'rejected' | 'timed-out';

/** The attempt that failed last. */
export interface FailedAttempt {
  readonly how: Failure;
  readonly error: unknown;
  readonly stage: Stage;
}

/** Why the record is to be quarantined after a failed attempt, if it is. @param attempts N */
export function verdictOn(
  history: History,
  judgement: Judgement,
  { how, error, stage }: FailedAttempt,
  attempts: number,
): Verdict | undefined {
  if (judgement === 'outage') return undefined;
  // What cannot be decoded says so itself, also where the handler is who decodes.
  const from = judgement === 'undecodable' ? 'decode' : stage;
  if (judgement !== 'ordinary') return { reason: judgement, stage: from, error: keepError(error) };
  return exhausted(history, how === 'timed-out' ? 'timed-out' : 'attempts-exhausted', error, stage, attempts);
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

import { isOutageError, isPermanentError, isUndamError } from './errors.ts';

/** What an error says of its record. */
export type Judgement = 'ordinary' | 'permanent' | 'undecodable' | 'outage';

/** Where the error came from: the decoder, or the handler itself. */
export type Stage = 'decode' | 'handler';

/** A user's own rule for errors that no further attempt can mend. One that throws says nothing. */
export type IsPermanent = (error: unknown) => boolean;

/** Judges by the error's kind alone; whether an ordinary one is poison or outage is for the neighbours to show. */
export function judge(error: unknown, stage: Stage, isPermanent: IsPermanent | undefined): Judgement {
  if (isUndamError(error) && error.code === 'undecodable') return 'undecodable';
  if (isOutageError(error)) return 'outage';
  if (!isPermanentError(error) && !says(isPermanent, error)) return 'ordinary';
  return stage === 'decode' ? 'undecodable' : 'permanent';
}

function says(isPermanent: IsPermanent | undefined, error: unknown): boolean {
  try {
    const answer: unknown = isPermanent?.(error);
    if (answer instanceof Promise) answer.catch(() => {});
    return answer === true;
  } catch {
    return false;
  }
}

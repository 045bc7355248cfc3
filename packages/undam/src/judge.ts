import { isOutageError, isPermanentError, isUndamError, type UndamErrorCode } from './errors.ts';
import { unheard } from './thenable.ts';

/** What an error says of its record. */
export type Judgement = 'ordinary' | 'permanent' | 'undecodable' | 'outage';

/** Where the error came from: the decoder, or the handler itself. */
export type Stage = 'decode' | 'handler';

/** A user's own rule for errors that no further attempt can mend. One that throws says nothing. */
export type IsPermanent = (error: unknown) => boolean;

/**
 * What a wrapper throws that is called where there is no invocation for it, or a decoder where another middleware has decoded: no
 * record's fault, and no attempt will mend it.
 */
const ofTheSetUp: readonly UndamErrorCode[] = ['claimed-twice', 'event-changed', 'partial-batch-missing'];

/** Judges by the error's kind alone; whether an ordinary one is poison or outage is for the neighbours to show. */
export function judge(error: unknown, stage: Stage, isPermanent: IsPermanent | undefined): Judgement {
  if (isUndamError(error)) {
    if (error.code === 'undecodable') return 'undecodable';
    if (ofTheSetUp.includes(error.code)) return 'outage';
  }
  if (isOutageError(error)) return 'outage';
  if (!isPermanentError(error) && unheard(() => isPermanent?.(error)) !== true) return 'ordinary';
  return stage === 'decode' ? 'undecodable' : 'permanent';
}

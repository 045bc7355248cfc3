import { isOutageError, isPermanentError, isUndamError, type UndamErrorCode } from '../../base/errors.ts';
import { unheard } from '../../base/thenable.ts';
import type { Stage } from '../../envelope/envelope.ts';
import type { Left } from '../../streams/sources.ts';

/** What an error says of its record. */
export type Judgement = 'ordinary' | 'permanent' | 'undecodable' | 'outage';

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

import type { AttemptCounts } from '../../src/envelope/index.ts';

/** The memory of a record that was running when its process died. */
export const suspect = { suspect: 'alone' } as const;

/** The memory of a suspect that has died alone so many times. */
export function diedAlone(crashed: number): { attempts: AttemptCounts; suspect: 'alone' } {
  return { attempts: { started: crashed + 2, failed: 0, timedOut: 0, crashed }, suspect: 'alone' };
}

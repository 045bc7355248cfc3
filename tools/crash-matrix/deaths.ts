import type { EnvironmentResult } from '@undam/simulator';

/** A way for a process to end. */
export interface Death {
  readonly about: string;
  /**
   * `always`: at each start of the record, which must be quarantined for it. `once`: the struck record is not the cause.
   * `behind-answer`: the handler has succeeded on the whole batch, and the response may have left.
   */
  readonly strikes: 'always' | 'once' | 'behind-answer';
  /** Node flags for this death. */
  readonly nodeFlags?: readonly string[];
  /** The function's time-out, if the time-out kills. */
  readonly timeoutMs?: number;
  /** Records wait for a SIGKILL. */
  readonly killsFromOutside?: boolean;
  /** Whether an invocation ended by this death, as the Runtime API sees it. */
  isSeenIn(result: EnvironmentResult): boolean;
}

type Seen = Death['isSeenIn'];

const bySignal = (signal: NodeJS.Signals): Seen => {
  return (result) => result.kind === 'exited' && result.signal === signal;
};
/** aws-lambda-ric 3 posts the error before it exits with 128 or 129; aws-lambda-ric 4 exits with 1. */
const byError: Seen = (result) => result.kind === 'error' || (result.kind === 'exited' && result.code === 1);

export const deaths = {
  'out-of-memory': {
    about: 'the heap grows beyond --max-old-space-size',
    strikes: 'always',
    nodeFlags: ['--max-old-space-size=40'],
    isSeenIn: bySignal('SIGABRT'),
  },
  'endless-loop': {
    about: 'a loop without an await, killed at the deadline',
    strikes: 'always',
    timeoutMs: 1_000,
    isSeenIn: ({ kind }) => kind === 'timed-out',
  },
  exit: {
    about: 'process.exit(0)',
    strikes: 'always',
    isSeenIn: (result) => result.kind === 'exited' && result.code === 0,
  },
  abort: { about: 'process.abort()', strikes: 'always', isSeenIn: bySignal('SIGABRT') },
  'uncaught-exception': { about: 'an error thrown in a timer', strikes: 'always', isSeenIn: byError },
  'unhandled-rejection': { about: 'a rejected promise without a handler', strikes: 'always', isSeenIn: byError },
  killed: {
    about: 'SIGKILL from outside, at each start of the record',
    strikes: 'always',
    killsFromOutside: true,
    isSeenIn: bySignal('SIGKILL'),
  },
  'killed-once': {
    about: 'SIGKILL from outside, only at the first start of the record, which is not to blame',
    strikes: 'once',
    killsFromOutside: true,
    isSeenIn: bySignal('SIGKILL'),
  },
  'stray-rejection': {
    about: 'a promise of the previous batch is rejected while the record runs, which is not to blame',
    strikes: 'once',
    killsFromOutside: true,
    isSeenIn: byError,
  },
  'forgotten-await': {
    about: 'the handler returns, and a promise that it has not awaited is rejected',
    strikes: 'behind-answer',
    isSeenIn: byError,
  },
  'abort-behind-answer': {
    about: 'process.abort() in a setImmediate that the handler leaves behind',
    strikes: 'behind-answer',
    isSeenIn: bySignal('SIGABRT'),
  },
  'broken-set-immediate': {
    about: 'the handler replaces setImmediate, which runtime client 4 calls before it posts, with one that throws',
    strikes: 'behind-answer',
    isSeenIn: byError,
  },
} as const satisfies Record<string, Death>;

export type DeathName = keyof typeof deaths;

export const deathNames = Object.keys(deaths) as readonly DeathName[];

export function deathOf(name: DeathName): Death {
  return deaths[name];
}

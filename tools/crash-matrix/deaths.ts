import type { EnvironmentResult } from '@undam/simulator';

/** How a process may end. */
export interface Death {
  readonly about: string;
  /**
   * `always`: at each start of the record, which is to be quarantined for it. `once`: it has nothing to do with the record
   * that it strikes. `behind-answer`: the handler has succeeded on the whole batch by then, and the response may have left.
   */
  readonly strikes: 'always' | 'once' | 'behind-answer';
  /** Flags that Node needs for it. */
  readonly nodeFlags?: readonly string[];
  /** The function's time-out, where it is the time-out that kills. */
  readonly timeoutMs?: number;
  /** Records wait for a SIGKILL. */
  readonly killsFromOutside?: boolean;
  /** Whether an invocation has ended by it, as the Runtime API sees that. */
  isSeenIn(result: EnvironmentResult): boolean;
}

type Seen = Death['isSeenIn'];

const bySignal = (signal: NodeJS.Signals): Seen => {
  return (result) => result.kind === 'exited' && result.signal === signal;
};
/** aws-lambda-ric 3 posts the error before it leaves with 128 or 129; aws-lambda-ric 4 leaves with 1. */
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
  'unhandled-rejection': { about: 'a promise that nobody waits for', strikes: 'always', isSeenIn: byError },
  killed: {
    about: 'SIGKILL from outside, whenever the record runs',
    strikes: 'always',
    killsFromOutside: true,
    isSeenIn: bySignal('SIGKILL'),
  },
  'killed-once': {
    about: 'SIGKILL from outside, at the first start of the record only: nobody is to blame',
    strikes: 'once',
    killsFromOutside: true,
    isSeenIn: bySignal('SIGKILL'),
  },
  'stray-rejection': {
    about: 'a promise that the batch before has left is rejected while the record runs: nobody here is to blame',
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

/** The function as it is configured at Lambda; times in milliseconds. */
export interface FunctionSettings {
  /** Default 3,000, as Lambda's. */
  readonly timeoutMs?: number;
  /** Default 128, as Lambda's. */
  readonly memorySizeMb?: number;
  /** Executions at the same time at most; 0 throttles everything. Default: the account's. */
  readonly reservedConcurrency?: number;
  /** What the account has left for this function. Default 1,000. */
  readonly accountConcurrency?: number;
  /** How long a cold start takes. Assumed; default 200. */
  readonly coldStartMs?: number;
  /** An environment that is older is replaced at its next invocation. Assumed; default 2 hours. */
  readonly recycleAfterMs?: number;
  /** With the alias or version that the mapping invokes, if any. */
  readonly functionArn?: string;
  /** The version that runs, behind an alias too. Default `$LATEST`. */
  readonly functionVersion?: string;
}

export const functionDefaults: Required<Omit<FunctionSettings, 'reservedConcurrency'>> = {
  timeoutMs: 3_000,
  memorySizeMb: 128,
  accountConcurrency: 1_000,
  coldStartMs: 200,
  recycleAfterMs: 7_200_000,
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:simulated',
  functionVersion: '$LATEST',
};

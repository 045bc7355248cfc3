/** The function's configuration at Lambda; times in milliseconds. */
export interface FunctionSettings {
  /** The function's time-out; the default is Lambda's. @default 3_000 */
  readonly timeoutMs?: number;
  /** Memory in MB; the default is Lambda's. @default 128 */
  readonly memorySizeMb?: number;
  /** Maximum of concurrent executions; 0 throttles everything. @default accountConcurrency */
  readonly reservedConcurrency?: number;
  /** Concurrency that the account has left for this function. @default 1_000 */
  readonly accountConcurrency?: number;
  /** Duration of a cold start; an assumption. @default 200 */
  readonly coldStartMs?: number;
  /** Age from which an environment is replaced at its next invocation; an assumption. @default 7_200_000 */
  readonly recycleAfterMs?: number;
  /**
   * The function's ARN, with the alias or version that the mapping invokes, if any.
   *
   * @default arn:aws:lambda:us-east-1:000000000000:function:simulated
   */
  readonly functionArn?: string;
  /** The version that runs, also behind an alias. @default $LATEST */
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

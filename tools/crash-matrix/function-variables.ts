import type { HandlerKind } from './cell.ts';
import type { DeathName } from './deaths.ts';

/** The function's input, as environment variables. */
export interface FunctionVariables extends Record<string, string> {
  readonly CRASH_DEATH: DeathName;
  readonly CRASH_CONCURRENCY: string;
  readonly CRASH_HANDLER: HandlerKind;
  readonly CRASH_LEDGER: LedgerKind;
  /** The file for its testimony. */
  readonly CRASH_WITNESS: string;
  /** A folder with a file for each struck record that must be struck only once. */
  readonly CRASH_STRUCK: string;
  readonly CRASH_TABLE: string;
  readonly CRASH_ENDPOINT: string;
}

/** `default` is the file ledger. `memory` forgets with the process; it shows that the matrix notices. */
export type LedgerKind = 'default' | 'dynamodb' | 'memory';

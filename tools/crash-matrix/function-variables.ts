import type { HandlerKind } from './cell.ts';
import type { DeathName } from './deaths.ts';

/** What the function is told by its environment's variables. */
export interface FunctionVariables extends Record<string, string> {
  readonly CRASH_DEATH: DeathName;
  readonly CRASH_CONCURRENCY: string;
  readonly CRASH_HANDLER: HandlerKind;
  readonly CRASH_LEDGER: LedgerKind;
  /** The file that it testifies in. */
  readonly CRASH_WITNESS: string;
  /** A folder with a file for each record that was struck and is to be struck only once. */
  readonly CRASH_STRUCK: string;
  readonly CRASH_TABLE: string;
  readonly CRASH_ENDPOINT: string;
}

/** `default` is the file ledger. `memory` forgets with the process, and is there to show that the matrix notices. */
export type LedgerKind = 'default' | 'dynamodb' | 'memory';

import type { Ledger } from '../../src/ledgers/ledger.ts';
import { type BegunInvocation, beginInvocation } from './begun-invocation.ts';
import { type ShardOfTable, useShard } from './dynamodb-shard.ts';
import { type SharedTable, useTable } from './dynamodb-table.ts';

/** A shard of a table with claims, new for each test. */
export interface ClaimedShard {
  readonly table: SharedTable;
  readonly shard: ShardOfTable;
  /** The ledger of a new environment. */
  open(local?: Ledger): Ledger;
  /** An invocation that has begun in an environment of its own. */
  begin(...numbers: readonly string[]): Promise<BegunInvocation>;
  /** The count of open claims in the table. */
  claims(): Promise<number>;
}

export function useClaimedShard(): ClaimedShard {
  const table = useTable();
  const shard = useShard(table);
  const open = (local?: Ledger): Ledger => shard.open({ client: shard.client, claims: true, ...(local && { local }) });
  return {
    table,
    shard,
    open,
    begin: (...numbers) => beginInvocation(open(), shard.key, numbers),
    claims: async () => ((await shard.item())?.claims as { SS: string[] } | undefined)?.SS.length ?? 0,
  };
}

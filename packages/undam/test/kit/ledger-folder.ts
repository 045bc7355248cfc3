import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Ledger, LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { type Changes, changed } from './memories.ts';

export function shard(shardId: string): LedgerKey {
  return { functionArn: 'f', eventSourceArn: 's', shardId };
}

export const key = shard('a');

/** The records of which a ledger knows, in batch order. */
export function known(ledger: Ledger, numbers: readonly string[], of = key): string[] {
  return [...(ledger.recall(of, numbers) as ReadonlyMap<string, Memory>).keys()];
}

export function remember(ledger: Ledger, changes: Changes, of = key): void {
  ledger.remember(of, changed(changes));
}

/** The names of the marks files in the folder of a ledger. */
export function marksIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.marks'));
}

/** The names in its folder of logs. */
export function logsIn(folder: string): string[] {
  return readdirSync(join(folder, 'logs'));
}

/** The path of its first log. */
export function logOf(folder: string): string {
  return join(folder, 'logs', logsIn(folder).find((name) => name.endsWith('.log'))!);
}

export const unusable = expect.objectContaining({ code: 'ledger-unusable' });
export const unreadable = expect.objectContaining({ code: 'entry-unreadable' });

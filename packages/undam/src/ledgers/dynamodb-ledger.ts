import { noAttempts } from '../history.ts';
import { isResolved, type Ledger, type LedgerKey, type Marks, type Memories, type Memory } from '../ledger.ts';
import type { DynamodbLedgerOptions } from './dynamodb.ts';
import { clear, narrow, type Turn } from './dynamodb-claims.ts';
import { callsLoader, type DynamodbSdk } from './dynamodb-client.ts';
import { encodeWithin } from './dynamodb-entry.ts';
import {
  type BatchClaim,
  claimsOn,
  type Found,
  makeClaim,
  type OpenClaim,
  readItem,
  setAsideBy,
  withClaim,
} from './dynamodb-item.ts';
import { dynamodbClientSettings, dynamodbSettings } from './dynamodb-options.ts';
import { OwnClaims } from './dynamodb-own-claims.ts';
import { DynamodbTable } from './dynamodb-table.ts';
import { closingWrite, type Write } from './dynamodb-writes.ts';
import { apply, type Entry, merge, nameOf } from './entry.ts';

/** What the ledger takes from outside, so that tests decide it. */
export interface DynamodbAmbient {
  load(): Promise<DynamodbSdk>;
  /** From 0 up to 1. */
  random(): number;
  /** Epoch milliseconds. */
  now(): number;
  /** Differs at each call; letters, digits, `-` and `_`. */
  nonce(): string;
  sleep(ms: number): Promise<void>;
}

type Changes = ReadonlyMap<string, Memory | undefined>;

/** Writers of one item at once that this many tries in a row lose against are not to be expected. */
const mostTries = 40;
const backoffBaseMs = 5;
const backoffCapMs = 80;

/** One invocation, known by the key object that its calls share. */
interface Visit {
  /** Settles when no call of `recall` is under way any more. */
  recalling: Promise<unknown>;
  batch: readonly string[];
  claims: OpenClaim[];
  /** The item as `recall` found it, for the first write. */
  found: Found | undefined;
  /** The local ledger knows what died: claims say nothing. */
  exact: boolean;
  /** Why the local ledger did not answer, until somebody is told. */
  localFailure: { readonly error: unknown } | undefined;
  /** Names of the claims that `recall` took for dead. */
  dead: ReadonlySet<string>;
  /** Deaths that `recall` answered by claims alone, by sequence number. */
  charged: ReadonlyMap<string, number>;
}

/** The ledger behind {@link dynamodbLedger}. */
export function createDynamodbLedger(options: DynamodbLedgerOptions, ambient: DynamodbAmbient): Ledger {
  const { local } = options;
  const table = new TableLedger(options, ambient);
  return {
    claims: table.claims,
    recall: (key, sequenceNumbers) => table.recall(key, sequenceNumbers),
    remember: (key, changes) => table.remember(key, changes),
    ...(local?.mark && { mark: (key: LedgerKey) => table.mark(key, local.mark!.bind(local)) }),
  };
}

class TableLedger {
  readonly claims: boolean;
  readonly #table: DynamodbTable;
  readonly #local: Ledger | undefined;
  readonly #ambient: DynamodbAmbient;
  readonly #expiresAfterSeconds: number;
  readonly #mostItemBytes: number;
  readonly #visits = new WeakMap<LedgerKey, Visit>();
  readonly #own = new OwnClaims();

  constructor(options: DynamodbLedgerOptions, ambient: DynamodbAmbient) {
    const { tableName, claims, expiresAfterSeconds, mostItemBytes } = dynamodbSettings(options);
    const calls = callsLoader(tableName, ambient.load, options.client ?? dynamodbClientSettings(options));
    calls().catch(() => {}); // The first call tries again and reports it.
    this.claims = claims;
    this.#table = new DynamodbTable(tableName, calls);
    this.#local = options.local;
    this.#ambient = ambient;
    this.#expiresAfterSeconds = expiresAfterSeconds;
    this.#mostItemBytes = mostItemBytes;
  }

  recall(key: LedgerKey, sequenceNumbers: readonly string[]): Promise<Memories> {
    const visit = this.#visitOf(key);
    visit.batch = sequenceNumbers;
    visit.found = undefined;
    const recalling = this.#recall(key, sequenceNumbers, visit);
    visit.recalling = recalling.catch(() => {});
    return recalling;
  }

  async #recall(key: LedgerKey, batch: readonly string[], visit: Visit): Promise<Memories> {
    const known = await this.#recallLocally(key, batch, visit);
    visit.exact = [...(known?.values() ?? [])].some(({ suspect }) => suspect !== undefined);
    const found = await this.#find(nameOf(key), batch, visit);
    visit.found = found;
    if (found.unreadable !== undefined) throw found.unreadable;
    const recalled = this.#answer(found, batch, visit);
    for (const [number, memory] of known ?? []) recalled.set(number, mergeLocal(recalled.get(number), memory));
    return recalled;
  }

  /** What the local ledger did not tell costs the marks, not what the table knows. */
  async #recallLocally(key: LedgerKey, batch: readonly string[], visit: Visit): Promise<Memories | undefined> {
    visit.localFailure = undefined;
    try {
      return await this.#local?.recall(key, batch);
    } catch (error) {
      visit.localFailure = { error };
      return undefined;
    }
  }

  mark(key: LedgerKey, mark: (key: LedgerKey) => Marks): Marks {
    throwFailure(this.#visitOf(key));
    return mark(key);
  }

  async remember(key: LedgerKey, changes: Changes): Promise<void> {
    const visit = this.#visitOf(key);
    const ended = await Promise.allSettled([
      (async () => this.#local?.remember(key, this.#saysSuspects(visit) ? withoutSuspects(changes) : changes))(),
      this.#remember(nameOf(key), changes, visit),
    ]);
    throwFailure(visit);
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #remember(pk: string, changes: Changes, visit: Visit): Promise<void> {
    for (const { name } of visit.claims) this.#own.ended(name, pk);
    await visit.recalling;
    if (changes.size === 0 && visit.claims.length === 0) return;
    let found = visit.found ?? this.#read(await this.#table.read(pk));
    visit.found = undefined;
    for (let tries = 0; tries < mostTries; tries++) {
      const write = this.#plan(found, changes, visit);
      const conflict = write && (await this.#table.write(pk, write));
      if (conflict === undefined) return this.#closed(found, visit);
      found = this.#read(conflict.item);
      await this.#ambient.sleep(this.#ambient.random() * Math.min(backoffCapMs, backoffBaseMs * 2 ** tries));
    }
    throw this.#table.busy();
  }

  async #find(pk: string, batch: readonly string[], visit: Visit): Promise<Found> {
    if (!this.claims || batch.length === 0) return this.#read(await this.#table.read(pk));
    const [openedAt, nonce] = [this.#ambient.now(), this.#ambient.nonce()];
    const claim = makeClaim(batch, { openedAt, nonce, isExact: visit.exact, setsAside: this.#own.on(pk) });
    visit.claims.push(claim);
    this.#own.opened(claim.name, pk);
    return withClaim(this.#read(await this.#table.open(pk, claim, this.#ttl())), claim);
  }

  /** What is known of the batch. */
  #answer(found: Found, batch: readonly string[], visit: Visit): Map<string, Memory> {
    const entry: Entry = new Map(found.entry.memories);
    const dead = this.#deadIn(found, batch);
    const turn = this.#judge(entry, dead, visit);
    visit.dead = new Set(dead.map(({ name }) => name));
    visit.charged = deathsIn(entry, found, batch);
    const recalled = new Map<string, Memory>();
    for (const number of batch) {
      const memory = entry.get(number);
      const suspect = turn === undefined ? memory?.suspect : turn.flags.get(number);
      if (memory !== undefined || suspect !== undefined) recalled.set(number, flagged(memory, suspect));
    }
    return recalled;
  }

  /** Writes into the entry what dead claims on the batch mean; answers what it may run, where this ledger claims. */
  #judge(entry: Entry, dead: readonly BatchClaim[], { batch, exact }: Visit): Turn | undefined {
    if (!this.claims || batch.length === 0) return undefined;
    if (exact) for (const number of batch) clear(entry, number);
    return narrow(entry, exact ? [] : since(entry, dead), batch);
  }

  /** Whether the suspects that `recall` answered were those of claims: what comes back of them is no news. */
  #saysSuspects({ batch, exact }: Visit): boolean {
    return this.claims && batch.length > 0 && !exact;
  }

  /** Open claims on a record of the batch, of processes that are not known to live. */
  #deadIn(found: Found, batch: readonly string[]): BatchClaim[] {
    return claimsOn(found, batch).filter(({ name }) => !this.#own.has(name));
  }

  /** The write that makes of the item what this invocation knows of it. */
  #plan(found: Found, changes: Changes, visit: Visit): Write | undefined {
    const { batch, claims } = visit;
    const memories: Entry = new Map(found.entry.memories);
    const claiming = claims.length > 0 && batch.length > 0;
    // A claim that was opened since is that of an invocation which may well run.
    const dead = claiming ? this.#deadIn(found, batch).filter(({ name }) => visit.dead.has(name)) : [];
    if (claiming) this.#judge(memories, dead, visit);
    const charged = claiming ? deathsIn(memories, found, batch) : visit.charged;
    apply(memories, this.#saysSuspects(visit) ? asLearned(changes, visit.charged, charged) : changes);
    const names = dead.map(({ name }) => name);
    const gone = new Set([
      ...names,
      ...setAsideBy(found, names),
      ...claims.map(({ name }) => name),
      ...this.#goneFrom(found),
    ]);
    const revision = this.#ambient.nonce();
    const shared = { gone, dead: names, ttl: this.#ttl(), revision };
    if (memories.size === 0) return closingWrite(found, { ...shared, entry: 'none' });
    if (changes.size === 0 && dead.length === 0) return closingWrite(found, { ...shared, entry: 'kept' });
    const hour = this.#hour();
    const hours = new Map(
      [...memories.keys()].map((number) => [
        number,
        changes.has(number) ? hour : (found.entry.hours.get(number) ?? hour),
      ]),
    );
    const room = this.#mostItemBytes - bytesOfStaying(found, gone);
    return closingWrite(found, { ...shared, entry: encodeWithin({ memories, hours }, room) });
  }

  /** Claims that mean nothing any more. */
  #goneFrom({ claims }: Found): string[] {
    const oldest = this.#ambient.now() - this.#expiresAfterSeconds * 1_000;
    return claims.filter(({ name, openedAt }) => this.#own.hasEnded(name) || openedAt < oldest).map(({ name }) => name);
  }

  #visitOf(key: LedgerKey): Visit {
    const known = this.#visits.get(key);
    if (known !== undefined) return known;
    const visit: Visit = {
      recalling: Promise.resolve(),
      batch: [],
      claims: [],
      found: undefined,
      exact: false,
      localFailure: undefined,
      dead: new Set(),
      charged: new Map(),
    };
    this.#visits.set(key, visit);
    return visit;
  }

  #closed({ claims }: Found, visit: Visit): void {
    for (const { name } of [...claims, ...visit.claims]) this.#own.closed(name);
    visit.claims = [];
  }

  #read(item: Parameters<typeof readItem>[0]): Found {
    return readItem(item, this.#hour() - Math.ceil(this.#expiresAfterSeconds / 3_600));
  }

  /** Hours since 1970. */
  #hour(): number {
    return Math.floor(this.#ambient.now() / 3_600_000);
  }

  #ttl(): number {
    return Math.floor(this.#ambient.now() / 1_000) + this.#expiresAfterSeconds;
  }
}

/** The batches of deaths that can be narrowed. One whose claim is exact has run by local marks that are gone: it begins anew. */
function since(entry: Entry, dead: readonly BatchClaim[]): (readonly string[])[] {
  const first = dead.findLastIndex(({ isExact }) => isExact);
  for (const number of dead[first]?.batch ?? []) clear(entry, number);
  return dead.slice(Math.max(0, first)).map(({ batch }) => batch);
}

function throwFailure(visit: Visit): void {
  const { localFailure } = visit;
  visit.localFailure = undefined;
  if (localFailure !== undefined) throw localFailure.error;
}

/** What both know; where the local one has a suspect, its marks have seen what the table cannot know. */
function mergeLocal(known: Memory | undefined, local: Memory): Memory {
  if (known === undefined) return local;
  const merged = merge(known, local);
  return isResolved(merged) || local.suspect === undefined ? merged : { ...merged, suspect: local.suspect };
}

function flagged(memory: Memory | undefined, suspect: Memory['suspect']): Memory {
  const { suspect: _, ...rest } = memory ?? { state: 'open', attempts: noAttempts };
  return { ...rest, ...(suspect !== undefined && rest.state === 'open' && { suspect }) };
}

/** Deaths that the claims on a batch have added to what was found. */
function deathsIn(entry: Entry, found: Found, batch: readonly string[]): Map<string, number> {
  const crashed = (memories: ReadonlyMap<string, Memory>, number: string): number =>
    memories.get(number)?.attempts.crashed ?? 0;
  const deaths = batch.map(
    (number) => [number, crashed(entry, number) - crashed(found.entry.memories, number)] as const,
  );
  return new Map(deaths.filter(([, count]) => count > 0));
}

function withoutSuspects(changes: Changes): Changes {
  return new Map([...changes].map(([number, memory]) => [number, memory && flagged(memory, undefined)]));
}

/**
 * What an invocation has learned, without what `recall` told it: whether a record is still suspect follows from its
 * starts, and a death is taken back whose claim was closed since.
 */
function asLearned(changes: Changes, told: ReadonlyMap<string, number>, holds: ReadonlyMap<string, number>): Changes {
  return new Map(
    [...changes].map(([number, memory]) => {
      if (memory === undefined) return [number, memory];
      const undone = (told.get(number) ?? 0) - (holds.get(number) ?? 0);
      const { started, crashed } = memory.attempts;
      const attempts = { ...memory.attempts, started: started - undone, crashed: crashed - undone };
      return [number, flagged({ ...memory, attempts }, undefined)];
    }),
  );
}

function bytesOfStaying({ claims, batches }: Found, gone: ReadonlySet<string>): number {
  const digests = new Set(claims.filter(({ name }) => !gone.has(name)).map(({ digest }) => digest));
  return [...digests].reduce((sum, digest) => sum + (batches.get(digest)?.length ?? 0) + 100, 0);
}

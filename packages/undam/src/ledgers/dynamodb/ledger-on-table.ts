import { fullJitter } from '../../base/backoff.ts';
import { Map, Promise, Set } from '../../base/intrinsics.ts';
import type { CheckScope, Problem } from '../../base/problem.ts';
import { answeredMs, type Changes, type Entry, nameOf, settledMs } from '../entry.ts';
import type { Ledger, LedgerKey, Marks, Memories, Memory } from '../ledger.ts';
import type { DynamodbAmbient } from './ambient.ts';
import { type Answer, answerName, encodeBatch, isPast, passedOf, recallAnswers } from './answers.ts';
import { deathsIn, judgeDeaths } from './claims.ts';
import { callsOnce } from './client.ts';
import { type BatchClaim, claimsOn, deadClaims, type Found, makeClaim, readItem, setAside, withClaim } from './item.ts';
import { type DynamodbLedgerOptions, dynamodbClientSettings, dynamodbSettings } from './options.ts';
import { OwnClaims } from './own-claims.ts';
import { planOf } from './plan.ts';
import { mergeLocal, recalledInTurn, withoutSuspects } from './suspects.ts';
import { DynamodbTable } from './table.ts';
import { isClaiming, throwFailure, type Visit, Visits } from './visit.ts';
import { closingWrite, type Write } from './writes.ts';

/** Far more lost races in a row than concurrent writers of one item can cause. */
const maxTries = 40;
const backoff = { baseMs: 5, capMs: 80 };

/** The implementation of {@link dynamodbLedger}, with an injected environment. */
export function createDynamodbLedger(options: DynamodbLedgerOptions, ambient: DynamodbAmbient): Ledger {
  const { local } = options;
  const table = new TableLedger(options, ambient);
  return {
    claims: table.claims,
    isShared: true,
    recall: (key, sequenceNumbers) => table.recall(key, sequenceNumbers),
    check: (scope) => table.check(scope),
    remember: (key, changes, passed) => table.remember(key, changes, passed),
    ...(local?.mark && { mark: (key: LedgerKey) => table.mark(key, local.mark!.bind(local)) }),
  };
}

/** Rounded up: records are dated by the hour. */
const settledHours = Math.ceil(settledMs / 3_600_000);

class TableLedger {
  readonly claims: boolean;
  readonly #table: DynamodbTable;
  readonly #local: Ledger | undefined;
  readonly #ambient: DynamodbAmbient;
  readonly #expiresAfterSeconds: number;
  readonly #maxItemBytes: number;
  readonly #visits = new Visits();
  readonly #own = new OwnClaims();

  constructor(options: DynamodbLedgerOptions, ambient: DynamodbAmbient) {
    const { tableName, claims, expiresAfterSeconds, maxItemBytes } = dynamodbSettings(options);
    const calls = callsOnce(tableName, ambient.load, options.client ?? dynamodbClientSettings(options));
    calls().catch(() => {}); // Each call reports it.
    this.claims = claims;
    this.#table = new DynamodbTable(tableName, calls);
    this.#local = options.local;
    this.#ambient = ambient;
    this.#expiresAfterSeconds = expiresAfterSeconds;
    this.#maxItemBytes = maxItemBytes;
  }

  recall(key: LedgerKey, sequenceNumbers: readonly string[]): Promise<Memories> {
    const visit = this.#visits.of(key);
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

  /** A failure of the local ledger costs its marks, but not the table's memories. */
  async #recallLocally(key: LedgerKey, batch: readonly string[], visit: Visit): Promise<Memories | undefined> {
    visit.localFailure = undefined;
    try {
      const known = await this.#local?.recall(key, batch);
      // This environment's disk may hold records as unresolved that another environment has resolved.
      const ours = new Set(batch);
      return known && new Map([...known].filter(([id]) => ours.has(id)));
    } catch (error) {
      visit.localFailure = { error };
      return undefined;
    }
  }

  mark(key: LedgerKey, mark: (key: LedgerKey) => Marks): Marks {
    throwFailure(this.#visits.of(key));
    return mark(key);
  }

  async remember(key: LedgerKey, changes: Changes, passed?: readonly string[]): Promise<void> {
    const visit = this.#visits.of(key);
    const pk = nameOf(key);
    const answer = passed === undefined ? undefined : this.#answerOf(pk, passed, visit);
    const ended = await Promise.allSettled([
      (async () => this.#local?.remember(key, this.#saysSuspects(visit) ? withoutSuspects(changes) : changes))(),
      this.#remember(pk, changes, visit, answer),
    ]);
    throwFailure(visit);
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async check(scope: CheckScope): Promise<Problem[]> {
    const local = (await this.#local?.check?.(scope)) ?? [];
    return [...local, ...(await this.#table.check(scope))];
  }

  async #remember(pk: string, changes: Changes, visit: Visit, answer: Answer | undefined): Promise<void> {
    for (const { name } of visit.claims) this.#own.ended(name, pk);
    visit.answer = answer?.name;
    await visit.recalling;
    if (changes.size === 0 && visit.claims.length === 0 && visit.answers.length === 0) return;
    let found = visit.found ?? this.#read(await this.#table.read(pk));
    visit.found = undefined;
    for (let tries = 0; tries < maxTries; tries++) {
      // An answer withdrawn in the meantime passes no records.
      const passing = visit.answer === answer?.name ? answer : undefined;
      const write = this.#closing(found, changes, visit, passing);
      const conflict = write && (await this.#table.write(pk, write));
      if (conflict === undefined) return this.#closed(found, visit, passing);
      found = this.#read(conflict.item);
      // The ledger's own write, which succeeded without an acknowledgement.
      if (found.answers.some(({ name }) => name === passing?.name)) return this.#closed(found, visit, passing);
      await this.#ambient.sleep(fullJitter(backoff, tries + 1, this.#ambient.random));
    }
    throw this.#table.busy();
  }

  /** The trace of this invocation's answer, if it passes any record. */
  #answerOf(pk: string, passed: readonly string[], visit: Visit): Answer | undefined {
    if (!this.claims || passed.length === 0) return undefined;
    const answeredAt = this.#ambient.now();
    const [claim] = visit.claims;
    const bytes = passed.length === visit.batch.length && claim !== undefined ? claim.bytes : encodeBatch(passed);
    // Without a recall the batch is unknown, and may be no larger.
    const isWhole = passed.length >= visit.batch.length;
    const name = answerName(answeredAt, this.#ambient.nonce(), isWhole);
    this.#own.answered(name, pk);
    visit.answers.push(name);
    return { name, answeredAt, bytes, isWhole };
  }

  async #find(pk: string, batch: readonly string[], visit: Visit): Promise<Found> {
    if (!this.claims || batch.length === 0) return this.#read(await this.#table.read(pk));
    const [openedAt, nonce] = [this.#ambient.now(), this.#ambient.nonce()];
    const claim = makeClaim(batch, { openedAt, nonce, isExact: visit.exact, setsAside: this.#own.on(pk) });
    visit.claims.push(claim);
    this.#own.opened(claim.name, pk);
    visit.earlierAnswers = this.#own.answersOn(pk);
    const before = await this.#table.open(pk, claim, this.#ttl(), visit.earlierAnswers);
    return withClaim(this.#read(before), claim);
  }

  /** Combines the memories of the batch. */
  #answer(found: Found, batch: readonly string[], visit: Visit): Map<string, Memory> {
    const entry: Entry = new Map(found.entry.memories);
    const lost = this.#lostIn(found, batch);
    recallAnswers(entry, lost, batch);
    visit.lost = new Set(lost.map(({ name }) => name));
    const dead = this.#deadIn(found, batch, visit);
    const turn = this.claims && visit.batch.length > 0 ? judgeDeaths(entry, dead, visit) : undefined;
    visit.dead = new Set(dead.map(({ name }) => name));
    visit.charged = deathsIn(entry, found, batch);
    return recalledInTurn(entry, batch, turn);
  }

  /** True if the suspects that `recall` returned came from claims: hearing of them again is no news. */
  #saysSuspects({ batch, exact }: Visit): boolean {
    return this.claims && batch.length > 0 && !exact;
  }

  /** Open claims on the batch of processes not known to be alive. */
  #deadIn(found: Found, batch: readonly string[], visit: Visit): BatchClaim[] {
    const current = new Set(visit.claims.map(({ name }) => name));
    return deadClaims(
      claimsOn(found, batch).filter(({ name }) => !current.has(name)),
      setAside(found),
      (name) => this.#own.has(name),
    );
  }

  /** Answers that passed a record of the batch, of processes not known to be alive. */
  #lostIn({ answers }: Found, batch: readonly string[]): Answer[] {
    if (!this.claims) return [];
    return answers.filter(
      (answer) =>
        !this.#own.has(answer.name) && !isPast(answer, this.#ambient.now()) && passedOf(answer, batch).length > 0,
    );
  }

  /** The write that brings the item up to date with this invocation. */
  #closing(found: Found, changes: Changes, visit: Visit, answer: Answer | undefined): Write | undefined {
    const { batch } = visit;
    // Without claims opened since the recall: their invocations may well be alive.
    const dead = isClaiming(visit) ? this.#deadIn(found, batch, visit).filter(({ name }) => visit.dead.has(name)) : [];
    const plan = planOf(found, {
      changes,
      visit,
      saysSuspects: this.#saysSuspects(visit),
      dead,
      ended: this.#endedOf(found),
      answer,
      revision: this.#ambient.nonce(),
      ttl: this.#ttl(),
      answerTtl: Math.ceil((this.#ambient.now() + answeredMs) / 1_000),
      now: this.#ambient.now(),
      hour: this.#hour(),
      maxItemBytes: this.#maxItemBytes,
    });
    return closingWrite(found, plan);
  }

  /** Claims that have lost their meaning: ended or expired. */
  #endedOf({ claims }: Found): string[] {
    const oldest = this.#ambient.now() - this.#expiresAfterSeconds * 1_000;
    return claims.filter(({ name, openedAt }) => this.#own.hasEnded(name) || openedAt < oldest).map(({ name }) => name);
  }

  #closed({ claims }: Found, visit: Visit, answer: Answer | undefined): void {
    for (const { name } of [...claims, ...visit.claims]) this.#own.closed(name);
    visit.claims = [];
    this.#own.forgetAnswers([...visit.earlierAnswers, ...visit.answers].filter((name) => name !== answer?.name));
  }

  #read(item: Parameters<typeof readItem>[0]): Found {
    return readItem(item, this.#hour() - Math.ceil(this.#expiresAfterSeconds / 3_600), this.#hour() - settledHours);
  }

  /** Hours since 1970. */
  #hour(): number {
    return Math.floor(this.#ambient.now() / 3_600_000);
  }

  #ttl(): number {
    return Math.floor(this.#ambient.now() / 1_000) + this.#expiresAfterSeconds;
  }
}

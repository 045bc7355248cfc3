import { UndamError } from '../../base/errors.ts';
import { Map, Set } from '../../base/intrinsics.ts';
import { sha256 } from '../../base/sha256.ts';
import { isSettled } from '../entry.ts';
import { type Answer, decodeBatch, encodeBatch, readAnswer } from './answers.ts';
import { type DatedEntry, decodeEntry } from './entry.ts';

/** The attributes of an item as the SDK has them. */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: Uint8Array }
  | { readonly SS: string[] }
  | { readonly BS: Uint8Array[] };
export type Attributes = Readonly<Record<string, Attribute>>;

/** The layout of items. One of another version is set aside. */
export const itemVersion: Attribute = { N: '1' };

/** That an invocation has begun and not ended. Batches are kept apart, so that the same one is kept once. */
export interface Claim {
  /**
   * What the set of claims holds: when it was opened, a nonce, the digest of its batch, whether it is exact, and the
   * nonces of the claims that it sets aside.
   */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  readonly digest: string;
  /** The local ledger knew suspects of the batch: what was run does not follow from claims. */
  readonly isExact: boolean;
  readonly nonce: string;
  /**
   * Nonces of claims of the same process that were open when this one was opened. It knew that they were no deaths: what it
   * ran does not follow from them.
   */
  readonly setsAside: readonly string[];
}

/** What a new claim says beside its batch. */
export interface NewClaim extends Pick<Claim, 'openedAt' | 'nonce'>, Partial<Pick<Claim, 'isExact'>> {
  /** Names of the claims that it sets aside. */
  readonly setsAside?: readonly string[];
}

/** A claim with its encoded batch. */
export interface OpenClaim extends Claim {
  readonly bytes: Uint8Array;
}

/** One item as it was found, or that there is none. */
export interface Found {
  readonly exists: boolean;
  /** Names one write of the entry; changes with each. */
  readonly revision: Attribute | undefined;
  /** What cannot be read is empty: never all done. */
  readonly entry: DatedEntry;
  readonly claims: readonly Claim[];
  /** The encoded batches of claims, by digest. */
  readonly batches: ReadonlyMap<string, Uint8Array>;
  /** The oldest first. */
  readonly answers: readonly Answer[];
  /** What the encoded entry takes. */
  readonly entryBytes: number;
  readonly unreadable: UndamError | undefined;
}

const exact = 'exact';

const empty: DatedEntry = { memories: new Map(), hours: new Map() };

/**
 * Reads an item. Of records that were last learned of before `since` (hours since 1970) it knows nothing any more, nor of
 * resolved ones before `settledSince` where nothing is unresolved.
 */
export function readItem(item: Attributes | undefined, since: number, settledSince: number): Found {
  const { version, revision, entry, claims, batches } = item ?? {};
  const found = {
    exists: item !== undefined,
    revision,
    entry: empty,
    claims: [],
    batches: new Map(),
    answers: [],
    entryBytes: 0,
    unreadable: undefined,
  };
  if (item === undefined) return found;
  try {
    if (version === undefined || !('N' in version) || version.N !== '1') throw new Error('an item of unknown version');
    return {
      ...found,
      entry:
        entry === undefined ? empty : withoutSettled(youngerThan(decodeEntry(bytesOf(entry)), since), settledSince),
      claims: claims !== undefined && 'SS' in claims ? claims.SS.map(readClaim) : [],
      batches: new Map(
        (batches !== undefined && 'BS' in batches ? batches.BS : []).map((bytes) => [digestOf(bytes), bytes]),
      ),
      answers: answersIn(item),
      entryBytes: entry === undefined ? 0 : bytesOf(entry).length,
    };
  } catch (cause) {
    return { ...found, unreadable: unreadableItem(cause) };
  }
}

function answersIn(item: Attributes): Answer[] {
  return Object.entries(item)
    .flatMap(([name, value]) => readAnswer(name, 'B' in value ? value.B : undefined) ?? [])
    .sort((a, b) => a.answeredAt - b.answeredAt);
}

/** What cannot be read is set aside: nothing is known, and the next write replaces it. */
export function unreadableItem(cause: unknown): UndamError {
  return new UndamError(
    'entry-unreadable',
    'dynamodbLedger(): the item is damaged, or of another version of undam; it is set aside, and the next write replaces it',
    { cause },
  );
}

/** A new claim, and its batch as it is kept. */
export function makeClaim(
  batch: readonly string[],
  { openedAt, nonce, isExact = false, setsAside = [] }: NewClaim,
): OpenClaim {
  const bytes = encodeBatch(batch);
  const digest = digestOf(bytes);
  const nonces = setsAside.map((name) => readClaim(name).nonce);
  const name = [openedAt.toString(36), nonce, digest, isExact ? exact : '', ...nonces].join('.');
  return { name, openedAt, nonce, digest, isExact, setsAside: nonces, bytes };
}

/** The item as it is once it has the claim, too: a call that the SDK repeated has found it there already. */
export function withClaim(found: Found, { bytes, ...claim }: OpenClaim): Found {
  return {
    ...found,
    exists: true,
    claims: [...found.claims.filter(({ name }) => name !== claim.name), claim],
    batches: new Map([...found.batches, [claim.digest, bytes]]),
  };
}

/** A claim with its batch. */
export interface BatchClaim extends Omit<Claim, 'digest'> {
  readonly batch: readonly string[];
}

/**
 * The claims whose invocations had a record of `batch`, the earliest first, each with its own batch. Clocks of environments
 * differ, but Lambda delivers after a death the same batch or a part of it.
 */
export function claimsOn(found: Found, batch: readonly string[]): BatchClaim[] {
  const ours = new Set(batch);
  return found.claims
    .map(({ digest, ...claim }) => ({ ...claim, batch: decodeBatch(found.batches.get(digest)) }))
    .filter(({ batch: theirs }) => theirs.some((number) => ours.has(number)))
    .sort((a, b) => b.batch.length - a.batch.length || a.openedAt - b.openedAt || (a.name < b.name ? -1 : 1));
}

/** Nonces of the claims that others have known to be no deaths. */
export function setAside({ claims }: Found): Set<string> {
  return new Set(claims.flatMap(({ setsAside }) => setsAside));
}

/**
 * Those of claims that are taken for deaths. One of them whose process took a claim for a death that is none has run something
 * else than follows from the rest: it is exact, too.
 *
 * @param aside nonces of claims that are none
 * @param isOwn whether a claim is of this process, which lives
 */
export function deadClaims(
  claims: readonly BatchClaim[],
  aside: ReadonlySet<string>,
  isOwn: (name: string) => boolean,
): BatchClaim[] {
  const [living, dead]: [BatchClaim[], BatchClaim[]] = [[], []];
  for (const claim of claims) (isOwn(claim.name) || aside.has(claim.nonce) ? living : dead).push(claim);
  const knewOf = (claim: BatchClaim, nonce: string): boolean =>
    claims.some((other) => other.openedAt <= claim.openedAt && other.setsAside.includes(nonce));
  const tookForDead = (claim: BatchClaim): boolean =>
    living.some((other) => other.openedAt <= claim.openedAt && !knewOf(claim, other.nonce));
  return dead.map((claim) => ({ ...claim, isExact: claim.isExact || tookForDead(claim) }));
}

/** Names of the claims that only these keep from being taken for deaths. */
export function setAsideBy({ claims }: Found, names: readonly string[]): string[] {
  const nonces = new Set(claims.filter(({ name }) => names.includes(name)).flatMap(({ setsAside }) => setsAside));
  return claims.filter(({ nonce }) => nonces.has(nonce)).map(({ name }) => name);
}

function readClaim(name: string): Claim {
  const [openedAt = '', nonce = '', digest = '', kind, ...setsAside] = name.split('.');
  return { name, openedAt: Number.parseInt(openedAt, 36) || 0, nonce, digest, isExact: kind === exact, setsAside };
}

function digestOf(bytes: Uint8Array): string {
  return sha256(Buffer.from(bytes).toString('latin1')).slice(0, 16);
}

function bytesOf(attribute: Attribute): Uint8Array {
  if (!('B' in attribute)) throw new Error('an entry that is no binary');
  return attribute.B;
}

function withoutSettled({ memories, hours }: DatedEntry, since: number): DatedEntry {
  const isYoung = [...memories.keys()].some((number) => (hours.get(number) ?? 0) >= since);
  return isYoung || !isSettled(memories) ? { memories, hours } : empty;
}

function youngerThan({ memories, hours }: DatedEntry, since: number): DatedEntry {
  const young = [...memories].filter(([number]) => (hours.get(number) ?? 0) >= since);
  return { memories: new Map(young), hours };
}

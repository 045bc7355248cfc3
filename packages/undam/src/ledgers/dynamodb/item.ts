import { UndamError } from '../../base/errors.ts';
import { Map, Set } from '../../base/intrinsics.ts';
import { sha256 } from '../../base/sha256.ts';
import { isSettled } from '../entry.ts';
import { type Answer, decodeBatch, encodeBatch, parseAnswer } from './answers.ts';
import { type DatedEntry, decodeEntry } from './entry.ts';

/** An item's attributes in the SDK's form. */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: Uint8Array }
  | { readonly SS: string[] }
  | { readonly BS: Uint8Array[] };
export type Attributes = Readonly<Record<string, Attribute>>;

/** The version of the item layout. Items of other versions are set aside. */
export const itemVersion: Attribute = { N: '1' };

/** A mark of an invocation in progress. Batches are stored apart, so that equal ones share the space. */
export interface Claim {
  /**
   * The member of the set `claims`: time of opening, nonce, digest of the batch, exactness, and the nonces of the claims set
   * aside.
   */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  readonly digest: string;
  /** True if the local ledger knew suspects of the batch: the choice of records to run does not follow from claims. */
  readonly isExact: boolean;
  readonly nonce: string;
  /**
   * Nonces of the same process's claims that were open at the opening. The process knew that they were no deaths, so its choice
   * of records did not follow from them.
   */
  readonly setsAside: readonly string[];
}

/** The parts of a new claim, apart from its batch. */
export interface NewClaim extends Pick<Claim, 'openedAt' | 'nonce'>, Partial<Pick<Claim, 'isExact'>> {
  /** The names of the claims to set aside. */
  readonly setsAside?: readonly string[];
}

/** A claim with its encoded batch. */
export interface OpenClaim extends Claim {
  readonly bytes: Uint8Array;
}

/** The state of an item, or its absence. */
export interface Found {
  readonly exists: boolean;
  /** Identifies the last write of the entry. */
  readonly revision: Attribute | undefined;
  /** Empty if unreadable: never mistaken for a finished batch. */
  readonly entry: DatedEntry;
  readonly claims: readonly Claim[];
  /** The encoded batches of the claims, by digest. */
  readonly batches: ReadonlyMap<string, Uint8Array>;
  /** Oldest first. */
  readonly answers: readonly Answer[];
  /** The size of the encoded entry. */
  readonly entryBytes: number;
  readonly unreadable: UndamError | undefined;
}

const exact = 'exact';

const empty: DatedEntry = { memories: new Map(), hours: new Map() };

/**
 * Reads an item. Ignores records last changed before `since` (hours since 1970), and, if no record is unresolved, those before
 * `settledSince`.
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
    .flatMap(([name, value]) => parseAnswer(name, 'B' in value ? value.B : undefined) ?? [])
    .sort((a, b) => a.answeredAt - b.answeredAt);
}

/** The error for an unreadable item, which counts as empty until the next write replaces it. */
export function unreadableItem(cause: unknown): UndamError {
  return new UndamError(
    'entry-unreadable',
    'dynamodbLedger(): the item is damaged, or of another version of undam; it is set aside, and the next write replaces it',
    { cause },
  );
}

/** Makes a claim and the stored form of its batch. */
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

/** Adds the claim to the item as read. It may be there already: the SDK may have repeated the call. */
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
 * The claims that share a record with `batch`, the earliest first, each with its batch. Sorted by size first: clocks of
 * environments differ, but after a death Lambda delivers the same batch or a part of it.
 */
export function claimsOn(found: Found, batch: readonly string[]): BatchClaim[] {
  const ours = new Set(batch);
  return found.claims
    .map(({ digest, ...claim }) => ({ ...claim, batch: decodeBatch(found.batches.get(digest)) }))
    .filter(({ batch: theirs }) => theirs.some((number) => ours.has(number)))
    .sort((a, b) => b.batch.length - a.batch.length || a.openedAt - b.openedAt || (a.name < b.name ? -1 : 1));
}

/** The nonces of the claims that others knew to be no deaths. */
export function setAside({ claims }: Found): Set<string> {
  return new Set(claims.flatMap(({ setsAside }) => setsAside));
}

/**
 * The claims that count as deaths. A claim counts as exact, too, if its process mistook a live claim for a death: its choice of
 * records does not follow from the other claims.
 *
 * @param aside nonces of claims that are no deaths
 * @param isOwn tells whether a claim belongs to this process, which is alive
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

/** The names of the claims that only these keep from counting as deaths. */
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

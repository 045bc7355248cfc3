import { UndamError } from '../../base/errors.ts';
import { JSON } from '../../base/intrinsics.ts';
import type { CheckScope, Problem } from '../../base/problem.ts';
import { answerNames } from './answers.ts';
import type { Calls } from './client.ts';
import { isConflict, isTooLarge, tableError } from './errors.ts';
import { type Attributes, type OpenClaim, unreadableItem } from './item.ts';
import { problemsOfCalling } from './permission.ts';
import { openingAloneWrite, openingWrite, type Write } from './writes.ts';

/** The calls on one table, by item. Each rejects with an UndamError that names the remedy. */
export class DynamodbTable {
  readonly #name: string;
  readonly #calls: () => Promise<Calls>;

  constructor(name: string, calls: () => Promise<Calls>) {
    this.#name = name;
    this.#calls = calls;
  }

  async read(pk: string): Promise<Attributes | undefined> {
    const calls = await this.#calls();
    return calls.get(pk).catch((error: unknown) => this.#fail(error));
  }

  /** Opens a claim and reads the item in one call; resolves to the item before. */
  async open(
    pk: string,
    claim: OpenClaim,
    ttl: number,
    goneAnswers: readonly string[],
  ): Promise<Attributes | undefined> {
    const calls = await this.#calls();
    try {
      return await this.#openWithin(calls, pk, claim, ttl, goneAnswers);
    } catch (error) {
      if (isConflict(error)) throw unreadableItem(error);
      return this.#fail(error);
    }
  }

  /** Makes room for the claim: drops answers first, then other claims, and gives the claim up rather than memories. */
  async #openWithin(
    calls: Calls,
    pk: string,
    claim: OpenClaim,
    ttl: number,
    goneAnswers: readonly string[],
  ): Promise<Attributes | undefined> {
    const written = await ifItFits(calls.update(pk, openingWrite(claim, ttl, goneAnswers)));
    if (written !== undefined) return written.item;
    const before = await calls.get(pk);
    const answers = answerNames(before);
    const withoutAnswers = await ifItFits(calls.update(pk, openingWrite(claim, ttl, answers)));
    if (withoutAnswers !== undefined) return withoutAnswers.item;
    const alone = await ifItFits(calls.update(pk, openingAloneWrite(claim, ttl, answers)));
    return alone === undefined ? before : alone.item;
  }

  /** Resolves to the conflicting item if another process has written in the meantime, else to `undefined`. */
  async write(
    pk: string,
    { kind, expressions, revision, hasAnswer }: Write,
  ): Promise<{ item: Attributes | undefined } | undefined> {
    const calls = await this.#calls();
    try {
      await calls[kind](pk, expressions);
      return undefined;
    } catch (error) {
      // Others have filled the item in the meantime.
      if (hasAnswer && isTooLarge(error)) return { item: await this.read(pk) };
      if (!isConflict(error)) return this.#fail(error);
      const item = itemOf(error) ?? (await this.read(pk));
      // The ledger's own write, which succeeded without an acknowledgement.
      const written = item?.revision;
      return written !== undefined && 'S' in written && written.S === revision ? undefined : { item };
    }
  }

  async check({ permissions }: CheckScope): Promise<Problem[]> {
    const calls = await this.#calls();
    return permissions ? problemsOfCalling(this.#name, calls) : [];
  }

  /** The error for a write that lost every race. */
  busy(): UndamError {
    return new UndamError(
      'ledger-unusable',
      `dynamodbLedger(): too many concurrent writers of one item of the table ${JSON.stringify(this.#name)}; lower ParallelizationFactor`,
    );
  }

  #fail(error: unknown): never {
    throw tableError(this.#name, error);
  }
}

/** `undefined` if the item would exceed its limit. */
async function ifItFits(
  writing: Promise<Attributes | undefined>,
): Promise<{ readonly item: Attributes | undefined } | undefined> {
  try {
    return { item: await writing };
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

function itemOf(error: unknown): Attributes | undefined {
  return (error as { readonly Item?: Attributes }).Item;
}

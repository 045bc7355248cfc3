import { UndamError } from '../errors.ts';
import { JSON } from '../intrinsics.ts';
import type { CheckScope, Problem } from '../problem.ts';
import type { Calls } from './dynamodb-client.ts';
import { isConflict, isTooLarge, tableError } from './dynamodb-errors.ts';
import { type Attributes, type OpenClaim, unreadableItem } from './dynamodb-item.ts';
import { problemsOfCalling } from './dynamodb-permission.ts';
import { openingAloneWrite, openingWrite, type Write } from './dynamodb-writes.ts';

/** One table, an item at a time. Each call rejects with an UndamError that says what to mend. */
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

  /** Opens a claim in the call that also reads; answers the item as it was before. */
  async open(
    pk: string,
    claim: OpenClaim,
    ttl: number,
    goneAnswers: readonly string[],
  ): Promise<Attributes | undefined> {
    const calls = await this.#calls();
    return calls
      .update(pk, openingWrite(claim, ttl, goneAnswers))
      .catch((error: unknown) => {
        if (isTooLarge(error)) return calls.update(pk, openingAloneWrite(claim, ttl, goneAnswers));
        throw error;
      })
      .catch((error: unknown) => {
        if (isConflict(error)) throw unreadableItem(error);
        return this.#fail(error);
      });
  }

  /** Answers the item that stands in the way, where somebody has written meanwhile; else nothing. */
  async write(
    pk: string,
    { kind, expressions, revision, hasAnswer }: Write,
  ): Promise<{ item: Attributes | undefined } | undefined> {
    const calls = await this.#calls();
    try {
      await calls[kind](pk, expressions);
      return undefined;
    } catch (error) {
      // Others have filled the item meanwhile.
      if (hasAnswer && isTooLarge(error)) return { item: await this.read(pk) };
      if (!isConflict(error)) return this.#fail(error);
      const item = itemOf(error) ?? (await this.read(pk));
      // Our own write, whose answer was lost.
      const written = item?.revision;
      return written !== undefined && 'S' in written && written.S === revision ? undefined : { item };
    }
  }

  async check({ permissions }: CheckScope): Promise<Problem[]> {
    const calls = await this.#calls();
    return permissions ? problemsOfCalling(this.#name, calls) : [];
  }

  /** The error for a write that others were always faster than. */
  busy(): UndamError {
    return new UndamError(
      'ledger-unusable',
      `dynamodbLedger(): too many writers of one item of the table ${JSON.stringify(this.#name)}`,
    );
  }

  #fail(error: unknown): never {
    throw tableError(this.#name, error);
  }
}

function itemOf(error: unknown): Attributes | undefined {
  return (error as { readonly Item?: Attributes }).Item;
}

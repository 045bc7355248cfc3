import { Map, Set } from '../../base/intrinsics.ts';
import type { Answer } from './answers.ts';
import { type Attribute, type Attributes, type Claim, type Found, itemVersion, type OpenClaim } from './item.ts';

/** The parameters of a call, besides table and key. */
export interface Expressions {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Attributes;
}

/** One call that changes an item. */
export interface Write {
  readonly kind: 'update' | 'delete';
  readonly expressions: Expressions;
  /** The revision after the write, by which a repeat recognizes it. */
  readonly revision: string;
  /** The write adds an answer, which is dispensable if there is no room. */
  readonly hasAnswer: boolean;
}

/** The planned content of an item. */
export interface Plan {
  /** The encoded entry; `kept` leaves it unchanged. */
  readonly entry: Uint8Array | 'kept' | 'none';
  /** Names of the claims to remove, among those read. */
  readonly gone: ReadonlySet<string>;
  /** Names of those that counted as deaths. They must still exist: otherwise their invocations are alive. */
  readonly dead: readonly string[];
  /** The answer to add, if there is one and it fits. */
  readonly answer: Answer | undefined;
  /** The claim that becomes the answer. It must still exist: otherwise another process has ended it. */
  readonly answered: string | undefined;
  /** Names of the answers to remove; they may be gone already. */
  readonly goneAnswers: readonly string[];
  /** Epoch seconds. */
  readonly ttl: number;
  readonly revision: string;
}

/**
 * Conditions per call: DynamoDB limits an expression to 4 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const maxConditions = 50;

/** Opens a claim and removes answers that have left. The call returns the item before the update. */
export function openingWrite(claim: OpenClaim, ttl: number, goneAnswers: readonly string[]): Expressions {
  return new Expression()
    .removeAll(goneAnswers)
    .set('version', itemVersion)
    .set('ttl', { N: String(ttl) })
    .add('claims', { SS: [claim.name] })
    .add('batches', { BS: [claim.bytes] })
    .demandVersion()
    .build();
}

/** The same for an item without room: replaces the other claims, losing their evidence. */
export function openingAloneWrite(claim: OpenClaim, ttl: number, goneAnswers: readonly string[]): Expressions {
  return new Expression()
    .removeAll(goneAnswers)
    .set('version', itemVersion)
    .set('ttl', { N: String(ttl) })
    .set('claims', { SS: [claim.name] })
    .set('batches', { BS: [claim.bytes] })
    .demandVersion()
    .build();
}

/** The call that turns `found` into the plan; `undefined` if nothing changes. */
export function closingWrite(found: Found, plan: Plan): Write | undefined {
  const { gone, dead, answer, answered, goneAnswers, ttl, revision } = plan;
  const held = found.entry.memories.size > 0 || found.unreadable !== undefined;
  const entry = plan.entry === 'none' && !held ? 'kept' : plan.entry;
  const staying = found.claims.filter(({ name }) => !gone.has(name));
  const isLeft = answer !== undefined || found.answers.some(({ name }) => !goneAnswers.includes(name));
  if (plan.entry === 'none' && staying.length === 0 && !isLeft) {
    if (!found.exists) return undefined;
    const expressions = new Expression().demandRevision(found.revision).demandClaims(found).build();
    return { kind: 'delete', expressions, revision, hasAnswer: false };
  }
  const leaving = found.claims.filter(({ name }) => gone.has(name));
  if (entry === 'kept' && leaving.length + goneAnswers.length === 0 && answer === undefined) return undefined;
  const expression = new Expression().set('ttl', { N: String(ttl) }).removeAll(goneAnswers);
  if (answer !== undefined) expression.set(answer.name, { B: answer.bytes });
  if (answered !== undefined) expression.demandClaim(answered);
  if (entry === 'kept') {
    if (found.exists) expression.demandExistence();
    else expression.set('version', itemVersion);
    // An item with an early expiry must have no entry.
    if (plan.entry === 'none') expression.demandRevision(found.revision);
  } else {
    expression.set('version', itemVersion).set('revision', { S: revision }).demandRevision(found.revision);
    if (entry === 'none') expression.remove('entry');
    else expression.set('entry', { B: entry });
  }
  if (found.unreadable !== undefined) expression.remove('claims').remove('batches');
  else if (leaving.length > 0) takeOut(expression, found, leaving, staying, dead);
  return { kind: 'update', expressions: expression.build(), revision, hasAnswer: answer !== undefined };
}

function takeOut(
  expression: Expression,
  { batches }: Found,
  leaving: readonly Claim[],
  staying: readonly Claim[],
  dead: readonly string[],
): void {
  expression.delete('claims', { SS: leaving.map(({ name }) => name) });
  const kept = new Set(staying.map(({ digest }) => digest));
  const unclaimed = [...batches].filter(([digest]) => !kept.has(digest)).map(([, bytes]) => bytes);
  if (unclaimed.length > 0) expression.delete('batches', { BS: unclaimed });
  for (const name of dead.slice(0, maxConditions)) expression.demandClaim(name);
}

type Action = 'SET' | 'ADD' | 'REMOVE' | 'DELETE';

/**
 * Builds an expression. Aliases every name, because `ttl` is a reserved word.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
class Expression {
  readonly #actions = new Map<Action, string[]>();
  readonly #conditions: string[] = [];
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, Attribute> = {};

  set(name: string, value: Attribute): this {
    return this.#act('SET', `${this.#name(name)} = ${this.#value(value)}`);
  }

  add(name: string, value: Attribute): this {
    return this.#act('ADD', `${this.#name(name)} ${this.#value(value)}`);
  }

  delete(name: string, value: Attribute): this {
    return this.#act('DELETE', `${this.#name(name)} ${this.#value(value)}`);
  }

  remove(name: string): this {
    return this.#act('REMOVE', this.#name(name));
  }

  removeAll(names: readonly string[]): this {
    for (const name of names) this.remove(name);
    return this;
  }

  demandVersion(): this {
    const name = this.#name('version');
    return this.#demand(`(attribute_not_exists(${name}) OR ${name} = ${this.#value(itemVersion)})`);
  }

  demandExistence(): this {
    return this.#demand(`attribute_exists(${this.#name('pk')})`);
  }

  demandRevision(revision: Attribute | undefined): this {
    const name = this.#name('revision');
    return this.#demand(
      revision === undefined ? `attribute_not_exists(${name})` : `${name} = ${this.#value(revision)}`,
    );
  }

  demandClaim(claim: string): this {
    return this.#demand(`contains(${this.#name('claims')}, ${this.#value({ S: claim })})`);
  }

  /** Demands exactly these claims. */
  demandClaims({ claims, unreadable }: Found): this {
    if (unreadable !== undefined) return this;
    if (claims.length === 0) return this.#demand(`attribute_not_exists(${this.#name('claims')})`);
    this.#demand(`size(${this.#name('claims')}) = ${this.#value({ N: String(claims.length) })}`);
    for (const { name } of claims.slice(0, maxConditions)) this.demandClaim(name);
    return this;
  }

  build(): Expressions {
    const update = [...this.#actions].map(([action, terms]) => `${action} ${terms.join(', ')}`).join(' ');
    const condition = this.#conditions.join(' AND ');
    return {
      ...(update !== '' && { UpdateExpression: update }),
      ...(condition !== '' && { ConditionExpression: condition }),
      ...(Object.keys(this.#names).length > 0 && { ExpressionAttributeNames: this.#names }),
      ...(Object.keys(this.#values).length > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }

  #act(action: Action, term: string): this {
    const terms = this.#actions.get(action) ?? [];
    this.#actions.set(action, [...terms, term]);
    return this;
  }

  #demand(condition: string): this {
    this.#conditions.push(condition);
    return this;
  }

  #name(name: string): string {
    const known = Object.keys(this.#names).find((alias) => this.#names[alias] === name);
    if (known !== undefined) return known;
    const alias = `#n${Object.keys(this.#names).length}`;
    this.#names[alias] = name;
    return alias;
  }

  #value(value: Attribute): string {
    const alias = `:v${Object.keys(this.#values).length}`;
    this.#values[alias] = value;
    return alias;
  }
}

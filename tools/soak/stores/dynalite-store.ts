import { createRequire } from 'node:module';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Attributes as the SDK has them: binary values are bytes. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The input of the ledger's three commands. */
export interface ItemInput {
  readonly TableName: string;
  readonly Key: Attributes;
  readonly ConsistentRead?: boolean;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

export interface ItemOutput {
  readonly Item?: Attributes;
  readonly Attributes?: Attributes;
}

const operations = { GetItem: 'getItem', UpdateItem: 'updateItem', DeleteItem: 'deleteItem' } as const;
export type Operation = keyof typeof operations;

type Item = Readonly<Record<string, unknown>>;
type Callback<T> = (error: unknown, value?: T) => void;
type Action = (store: object, data: object, answer: Callback<ItemOutput>) => void;
interface Validation {
  readonly types: object;
  readonly custom?: (data: object) => string | undefined;
}
interface Validations {
  checkTypes(data: object, types: object): object;
  checkValidations(data: object, types: object, custom: Validation['custom'], store: object): void;
}

// dynalite's parsers, evaluators and limits, behind its socket.
const load = createRequire(import.meta.url);
const checks: Validations = load('dynalite/validations');
const [actions, validations] = (['actions', 'validations'] as const).map((folder) =>
  Object.fromEntries(Object.entries(operations).map(([name, file]) => [name, load(`dynalite/${folder}/${file}`)])),
) as [Record<Operation, Action>, Record<Operation, Validation>];

const description = {
  TableName: 'undam',
  TableStatus: 'ACTIVE',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
};

/** One table of dynalite's, without its server and its database: items in memory, answers at once. */
export class DynaliteStore {
  readonly #items = new Map<string, Item>();
  readonly #store: object;

  constructor() {
    const items = {
      lock: (_key: string, run: (release: <T>(answer: T) => T) => void) => run((answer) => answer),
      get: (key: string, answer: Callback<Item>) => {
        const item = this.#items.get(key);
        return item ? answer(null, item) : answer(named('NotFoundError', key));
      },
      put: (key: string, item: Item, answer: Callback<void>) => {
        this.#items.set(key, item);
        answer(null);
      },
      del: (key: string, answer: Callback<void>) => {
        this.#items.delete(key);
        answer(null);
      },
    };
    this.#store = {
      options: { maxItemSize: 409_600 },
      getTable: (_name: string, answer: Callback<object>) => answer(null, description),
      getItemDb: () => items,
    };
  }

  /** @throws what the SDK throws for dynalite's refusal */
  answer(operation: Operation, input: ItemInput): ItemOutput {
    const { types, custom } = validations[operation];
    let answered: { readonly error: unknown; readonly output: ItemOutput | undefined } | undefined;
    try {
      // It takes out of the request what it does not know.
      const data = checks.checkTypes(onTheWire(input) as object, types);
      checks.checkValidations(data, types, custom, this.#store);
      actions[operation](this.#store, data, (error, output) => {
        answered = { error, output };
      });
    } catch (error) {
      answered = { error, output: undefined };
    }
    if (!answered) throw new Error(`dynalite did not answer ${operation} at once`);
    if (answered.error) throw this.#refusal(answered.error, input);
    const { Item, Attributes } = answered.output ?? {};
    return { ...(Item && { Item: offTheWire(Item) }), ...(Attributes && { Attributes: offTheWire(Attributes) }) };
  }

  /** dynalite 4.0.0 does not know `ReturnValuesOnConditionCheckFailure`, which AWS answers with the item in the error. */
  #refusal(error: unknown, { Key, ReturnValuesOnConditionCheckFailure }: ItemInput): unknown {
    const { body } = error as { readonly body?: { readonly __type: string; readonly message: string } };
    if (!body) return error;
    const refusal = named(body.__type.split('#')[1]!, body.message);
    if (refusal.name !== 'ConditionalCheckFailedException' || ReturnValuesOnConditionCheckFailure !== 'ALL_OLD')
      return refusal;
    const { Item } = this.answer('GetItem', { TableName: description.TableName, Key });
    return Object.assign(refusal, Item && { Item });
  }
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** Binary values in base64. */
function onTheWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(onTheWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, onTheWire(inner)]));
}

function offTheWire(attributes: Attributes): Attributes {
  const bytes = (text: unknown): Uint8Array => Uint8Array.from(Buffer.from(text as string, 'base64'));
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { B, BS, ...rest }]) => [
      name,
      { ...rest, ...(B && { B: bytes(B) }), ...(BS && { BS: BS.map(bytes) }) } as AttributeValue,
    ]),
  );
}

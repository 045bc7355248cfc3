import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamodbClient } from '../../src/ledgers/dynamodb/client.ts';

/** One call as the ledger makes it. */
export interface Call {
  /** From 1 on. */
  readonly number: number;
  /** `GetItem`, `UpdateItem` or `DeleteItem`. */
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/** What becomes of a call: it is not made, its answer is lost, it is made twice for that, or it is kept waiting. */
export type Fault =
  | { readonly kind: 'refused'; readonly error: Error }
  | { readonly kind: 'answer-lost'; readonly error: Error }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'late'; readonly until: Promise<unknown> };

/** A real client whose calls are counted and go wrong as a test says. */
export class FaultyClient implements DynamodbClient {
  readonly calls: Call[] = [];
  fault: (call: Call) => Fault | undefined = () => undefined;
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  get operations(): string[] {
    return this.calls.map(({ operation }) => operation);
  }

  async send(command: never): Promise<unknown> {
    const made = command as { constructor: { name: string }; input: Record<string, unknown> };
    const operation = made.constructor.name.replace('Command', '');
    const call = { number: this.calls.length + 1, operation, input: made.input };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault?.kind === 'refused') throw fault.error;
    if (fault?.kind === 'late') await fault.until;
    if (fault?.kind === 'repeated') await this.#client.send(command);
    const answer: unknown = await this.#client.send(command);
    if (fault?.kind === 'answer-lost') throw fault.error;
    return answer;
  }
}

/** An error as the SDK throws it for an answer of AWS. */
export function awsError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

import { Fence, type Random, type VirtualTime, wholeNumber } from '@undam/simulator/parts';
import type { DynamodbClient } from 'undam/dynamodb';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { DynaliteStore, type ItemInput, type ItemOutput, type Operation } from './dynalite-store.ts';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: ItemInput;
}

/** As long as a client waits for an answer, and how often it makes a call, so that both fit into the time of a recall. */
const requestTimeoutMs = 200;
const maxAttempts = 2;
const wayMs = { least: 1, most: 4 };

/**
 * The ledger's table between dynalite's store and the environments: requests and answers take their time. What an
 * environment has sent is on its way: it may arrive although its process has died meanwhile.
 */
export class VirtualTable {
  readonly #store = new DynaliteStore();
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #faults: FaultPlan;
  /** The table's own work outlives every environment. */
  readonly #fence = new Fence();
  readonly #planned = new WeakSet<object>();

  constructor(time: VirtualTime, random: Random, faults: FaultPlan) {
    this.#time = time;
    this.#random = random;
    this.#faults = faults;
  }

  /** The client of one process: it makes a call that fails once more, as the SDK's does. */
  readonly client: DynamodbClient = {
    send: async (command: never) => {
      const { operation, input } = read(command);
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#call(operation, input);
        } catch (error) {
          if (attempt === maxAttempts || !this.#planned.has(error as Error)) throw error;
        }
      }
    },
  };

  /** One to which nothing ever happens, and whose calls take no time. */
  readonly untroubledClient: DynamodbClient = {
    send: async (command: never) => {
      const { operation, input } = read(command);
      return this.#store.answer(operation, input);
    },
  };

  /** Whether an error, or a cause of it, comes from a planned fault. */
  isPlanned(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false;
    return this.#planned.has(error) || this.isPlanned((error as { readonly cause?: unknown }).cause);
  }

  #call(operation: Operation, input: ItemInput): Promise<ItemOutput> {
    const throttles = this.#faults.at('table-throttles') !== undefined;
    const isLost = !throttles && this.#faults.at('table-answer-lost') !== undefined;
    const sender = Fence.current();
    const thereMs = this.#wayMs();
    const backMs = this.#wayMs();
    const leavesAnyway = this.#random() < 0.5;
    const time = this.#time;
    return new Promise((resolve, reject) => {
      let settle = (): void => {};
      this.#fence.run(() =>
        time.setTimeout(() => {
          if (sender?.ended && !leavesAnyway) return;
          settle = this.#arrived(operation, input, throttles, resolve, reject);
        }, thereMs),
      );
      if (isLost) time.setTimeout(() => reject(this.#plan('TimeoutError')), requestTimeoutMs);
      else time.setTimeout(() => settle(), thereMs + backMs);
    });
  }

  /** A request reaches the table; answers the delivery of the table's answer to the sender. */
  #arrived(
    operation: Operation,
    input: ItemInput,
    throttles: boolean,
    resolve: (output: ItemOutput) => void,
    reject: (error: unknown) => void,
  ): () => void {
    if (throttles) return () => reject(this.#plan('ProvisionedThroughputExceededException'));
    try {
      const output = this.#store.answer(operation, input);
      return () => resolve(output);
    } catch (error) {
      return () => reject(error);
    }
  }

  #plan(name: string): Error {
    const error = Object.assign(new Error(name), { name });
    this.#planned.add(error);
    return error;
  }

  #wayMs(): number {
    return wholeNumber(this.#random, wayMs.least, wayMs.most);
  }
}

function read(command: never): { readonly operation: Operation; readonly input: ItemInput } {
  const made = command as Command;
  return { operation: made.constructor.name.replace('Command', '') as Operation, input: made.input };
}

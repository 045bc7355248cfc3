import type { Discard } from './mapping/discard.ts';
import type { MappingAction, MappingMachine } from './mapping/event-source-mapping.ts';
import type { InvocationResult, Invoker, ReadPage, ShardCursor, SourceRecord, StreamReader } from './mapping/ports.ts';

/** The ports of a run: a virtual stream and function, or real ones. */
export interface DriverOptions<R extends SourceRecord> {
  readonly machine: MappingMachine<R>;
  readonly reader: StreamReader<R>;
  readonly invoker: Invoker;
  readonly clock: DriverClock;
  /** Called before each invocation with its batch. @default none */
  readonly invoking?: (shardId: string, records: readonly R[]) => void;
  /** Called after each invocation, before the mapping continues. @default none */
  readonly invoked?: (shardId: string, result: InvocationResult) => void;
  /** Delivers to the `OnFailure` destination. Must not throw. @default none */
  readonly discarded?: (discard: Discard<R>) => void;
  /** Called with an error of the simulation itself. @default none: the error becomes an unhandled rejection */
  readonly failed?: (error: unknown) => void;
  /** Called when the stream refuses a read; the mapping tries again. @default none */
  readonly readFailed?: (error: unknown) => void;
}

export interface DriverClock {
  /** Epoch milliseconds. */
  date(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Node's longest timer: 24.8 days. */
const maxTimerMs = 2 ** 31 - 1;

/** Carries out the machine's actions until it is stopped. */
export class MappingDriver<R extends SourceRecord> {
  readonly #options: DriverOptions<R>;
  readonly #cursors = new Map<string, ShardCursor<R>>();
  #timer: unknown;
  #isStopped = false;
  #inFlight = 0;
  #whenQuiet: (() => void) | undefined;

  constructor(options: DriverOptions<R>) {
    this.#options = options;
  }

  start(): void {
    this.#pump();
  }

  /** Starts no further action; settles when all actions in flight have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenQuiet = resolve));
  }

  /** Tells a mapping with enhanced fan-out of a new record, which it receives without polling. */
  arrived(shardId: string): void {
    const { machine, clock } = this.#options;
    machine.arrived(shardId, clock.date());
    this.#pump();
  }

  #pump(): void {
    const { machine, clock } = this.#options;
    clock.clearTimeout(this.#timer);
    if (this.#isStopped) return;
    for (;;) {
      const now = clock.date();
      const action = machine.next(now);
      if (typeof action !== 'number') {
        this.#begin(action);
      } else if (action > now) {
        if (action === Infinity) return;
        this.#timer = clock.setTimeout(() => this.#pump(), Math.min(maxTimerMs, action - now));
        return;
      }
    }
  }

  #begin(action: MappingAction<R>): void {
    const { discarded, failed, clock } = this.#options;
    if (action.kind === 'discard') {
      discarded?.(action.discard);
      return;
    }
    this.#inFlight++;
    const carriedOut = this.#carryOut(action).then((report) => {
      this.#inFlight--;
      report(clock.date());
      if (this.#isStopped && this.#inFlight === 0) this.#whenQuiet?.();
      this.#pump();
    });
    if (failed) void carriedOut.catch(failed);
  }

  async #carryOut(action: Exclude<MappingAction<R>, { kind: 'discard' }>): Promise<(now: number) => void> {
    const { reader, invoker, invoking, invoked } = this.#options;
    if (action.kind === 'invoke') {
      invoking?.(action.shardId, action.records);
      const result: InvocationResult = await invoker.invoke(action.event(), action.requestId);
      return (now) => {
        invoked?.(action.shardId, result);
        action.report(result, now);
      };
    }
    if (action.kind === 'read') {
      const page = await this.#orRefused(this.#readPage(action));
      return (now) => action.report(page, now);
    }
    const shards = await this.#orRefused(reader.listShards());
    return (now) => action.report(shards, now);
  }

  #readPage({ shardId, position, limit }: MappingAction<R> & { kind: 'read' }): Promise<ReadPage<R>> {
    let cursor = this.#cursors.get(shardId);
    if (!cursor) {
      cursor = this.#options.reader.openShard(shardId, position);
      this.#cursors.set(shardId, cursor);
    }
    return cursor.read(limit);
  }

  async #orRefused<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      this.#options.readFailed?.(error);
      return undefined;
    }
  }
}

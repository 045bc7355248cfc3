import { BatchProcessor, type EventType } from '@aws-lambda-powertools/batch';
import type {
  BaseRecord,
  BatchProcessorConfig,
  EventSourceDataClassTypes,
  FailureResponse,
  PartialItemFailureResponse,
  SuccessResponse,
} from '@aws-lambda-powertools/batch/types';
import { UndamError } from '../base/errors.ts';
import { Set } from '../base/intrinsics.ts';
import { badOption, checkOptions, integer, oneOf } from '../base/options.ts';
import type { Invocation } from '../engine/invocation/invocation.ts';
import { takeInvocationOf, wrapperMade } from '../engine/invocation/registry.ts';
import type { RecordAttempt } from '../engine/run/records/record-attempt.ts';
import { defaultConcurrency, type RecordHandling } from '../engine/run/records/record-handling.ts';
import { RecordRun } from '../engine/run/records/record-run.ts';
import type { EachRecordOptions } from '../handlers/each-record.ts';
import { ProcessorRun, type Started } from './processor-tally.ts';

/** The event types of streams. */
export type StreamEventType = Exclude<keyof typeof EventType, 'SQS'>;

/** The configuration of Powertools' `BatchProcessor`, and `order` and `concurrency` as in `eachRecord()`. */
export type StreamProcessorConfig = BatchProcessorConfig & EachRecordOptions;

/**
 * The third argument of a record handler under Undam's middlewares, behind the record and Lambda's context; `undefined` without
 * them.
 */
export type StreamProcessorAttempt = Pick<RecordAttempt<undefined>, 'attempt' | 'signal'>;

/**
 * Powertools' `BatchProcessor` for streams: a drop-in replacement in `processPartialResponse()`.
 *
 * Under Undam's middlewares it runs the records as `eachRecord()` does: in order within each key, up to `concurrency` at once
 * (one at a time with `processInParallel: false`), with attempts, budget, ledger and quarantine. The hooks are those of
 * `BatchProcessor`: `successHandler` and `failureHandler` run for each attempt. Undam makes the response; if every record of a
 * batch fails, it reports them and does not throw. It quarantines a record that `schema` or `innerSchema` refuses at once, as
 * `undecodable`.
 *
 * Without the middlewares, inside `wholeBatch()`, and for records other than the batch that Lambda delivered, it is a plain
 * `BatchProcessor`. In the last case, outside `wholeBatch()`, the invocation fails with `unwrapped`.
 *
 * @throws UndamError `bad-option` at construction. `process()` throws the errors of `eachRecord()`'s handler, and, before any
 *   record starts, `bad-option` for a parser without a usable schema
 */
export class StreamProcessor extends BatchProcessor {
  readonly #order: NonNullable<EachRecordOptions['order']>;
  readonly #concurrency: number;
  /** The run that ended last. Powertools keeps its records, too. */
  #last: ProcessorRun | undefined;
  /** The runs in progress: one, or several on Managed Instances. */
  readonly #live = new Set<ProcessorRun>();
  /** Starts that outlived their run, by record. */
  readonly #zombies = new WeakMap<object, Started>();
  /** True once Undam has run records through this processor. */
  #governs = false;

  constructor(eventType: StreamEventType, config: StreamProcessorConfig = {}) {
    const { order = 'key', concurrency = defaultConcurrency, ...parserConfig } = config;
    checkOptions(
      'StreamProcessor',
      { order, concurrency },
      { order: oneOf('key', 'shard', 'none'), concurrency: integer(1, 10_000) },
    );
    super(eventType, parserConfig);
    this.#order = order;
    this.#concurrency = concurrency;
    // Here, not at load, because `observeWith()` loads this module, too.
    wrapperMade();
  }

  protected override get batchResponse(): PartialItemFailureResponse {
    return super.batchResponse;
  }

  protected override set batchResponse(response: PartialItemFailureResponse) {
    // Powertools assigns it in its constructor and, on Managed Instances, throws there: no invocation exists while a module
    // loads.
    if (#order in this) super.batchResponse = response;
  }

  /**
   * Runs the registered records. Under Undam's middlewares the result, like `successMessages`, `failureMessages` and `errors`,
   * covers the last attempt of this invocation on each started record, in batch order.
   */
  override async process(): Promise<(SuccessResponse | FailureResponse)[]> {
    const invocation = takeInvocationOf(this.records, this.options?.context);
    if (invocation !== undefined) return this.#processUnder(invocation);
    if (this.#governs) this.#forget();
    return super.process();
  }

  /**
   * Powertools' synchronous path, on which Undam starts no record: put a subclass that uses it into `wholeBatch()`.
   *
   * @throws BatchProcessingError unless a subclass implements `processRecordSync()`
   */
  override processSync(): (SuccessResponse | FailureResponse)[] {
    // Powertools recognizes its own class by name and refuses it at once; so does this.
    if (this.constructor === StreamProcessor) this.processRecordSync(this.records[0] ?? {});
    return super.processSync();
  }

  override processRecord(record: BaseRecord): Promise<SuccessResponse | FailureResponse> {
    const started = this.#governs ? this.#startedOn(record) : undefined;
    return started === undefined ? super.processRecord(record) : this.#processAttempt(record, started);
  }

  override failureHandler(record: EventSourceDataClassTypes, error: Error): FailureResponse {
    // For a subclass with its own way of processing, this call is the only notice of a failure.
    if (this.#governs) {
      const started = this.#startedOn(record);
      if (started !== undefined) started.failure ??= { error, charged: error };
    }
    return super.failureHandler(record, error);
  }

  /** Builds the response, unless Undam has made it already. */
  override clean(): void {
    const response = this.#last?.registered === this.records ? this.#last.response : undefined;
    if (response === undefined) super.clean();
    else this.batchResponse = response;
  }

  async #processUnder(invocation: Invocation): Promise<(SuccessResponse | FailureResponse)[]> {
    const { records, handler, options } = this;
    this.#demandSchema();
    const hearsSuccess = this.successHandler !== BatchProcessor.prototype.successHandler;
    const run = new ProcessorRun(records as EventSourceDataClassTypes[], handler, options?.context, hearsSuccess);
    this.#governs = true;
    this.#forget();
    this.#live.add(run);
    try {
      this.prepare();
      const handling: RecordHandling = {
        handler: (record, attempt) => this.#attempt(run.start(record as EventSourceDataClassTypes, attempt)),
        decode: undefined,
        order: this.#order,
        concurrency: options?.processInParallel === false ? 1 : this.#concurrency,
      };
      run.response = await invocation.run({ Records: records }, (given) => new RecordRun(given, handling));
    } finally {
      run.over = true;
      this.#last = run;
      this.#live.delete(run);
      for (const started of run.unsettled()) this.#zombies.set(started.record, started);
    }
    const tally = run.tally();
    this.successMessages = tally.successMessages;
    this.failureMessages = tally.failureMessages;
    this.errors = tally.errors;
    this.clean();
    return tally.results;
  }

  /** One start of the engine on one record. A rejection is a failed attempt. */
  async #attempt(started: Started): Promise<void> {
    const { run, record } = started;
    try {
      const result = await run.inContext(() => this.processRecord(record));
      if (result?.[0] === 'success') return run.settle(started, result);
      started.result = result;
      started.failure ??= failureOf(result);
    } catch (error) {
      started.failure ??= { error, charged: error };
    }
    run.settle(started);
    throw started.failure.charged;
  }

  /** Processes a record as `BatchProcessor` does, with the handler and context of the attempt's own invocation. */
  async #processAttempt(record: BaseRecord, started: Started): Promise<SuccessResponse | FailureResponse> {
    const { run, attempt } = started;
    const { parserConfig } = this;
    let isParsed = false;
    try {
      let parsed: unknown = record;
      if (parserConfig?.parser) {
        parsed = await parserConfig.parser(record as never, this.eventType, this.logger, parserConfig);
        // The attempt may have ended during parsing: the handler must not start then.
        attempt.signal.throwIfAborted();
      }
      isParsed = true;
      const data = this.toBatchType(parsed as EventSourceDataClassTypes, this.eventType);
      const result: unknown = await run.handler(data, run.context, attempt);
      if (run.over) return tooLate(started);
      return run.hearsSuccess ? this.successHandler(started.record, result) : ['success', result, started.record];
    } catch (error) {
      started.failure = { error, charged: isParsed ? error : undecodable(error) };
      return run.over ? tooLate(started) : this.failureHandler(started.record, error as Error);
    }
  }

  /** Drops state of earlier runs on these records. */
  #forget(): void {
    if (this.#last?.registered === this.records) this.#last = undefined;
    for (const record of this.records) this.#zombies.delete(record);
  }

  #startedOn(record: object): Started | undefined {
    for (const run of this.#live) {
      const started = run.startedOn(record);
      if (started !== undefined) return started;
    }
    return this.#zombies.get(record);
  }

  /** Without a schema that the parser can use, it would refuse every record, and Undam would quarantine the whole stream. */
  #demandSchema(): void {
    const { parser, schema, innerSchema } = this.parserConfig ?? {};
    if (!parser || schema || innerSchema?.['~standard'].vendor === 'zod') return;
    const expected = 'expected a schema, or an innerSchema of Zod, beside the parser';
    throw badOption('StreamProcessor', `${expected}, got ${innerSchema ? 'an innerSchema of another vendor' : 'none'}`);
  }
}

/** The charged form of a parser error: a record that no schema accepts never succeeds. */
function undecodable(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ParsingError') return error;
  return new UndamError('undecodable', `the schema refuses the record: ${error.message}`, { cause: error });
}

/** The failure for a result that came without an error. */
function failureOf(result: FailureResponse | undefined): { readonly error: Error; readonly charged: Error } {
  const error = new Error(result?.[1] ?? 'the processor did not report success for the record');
  // It would point into Undam.
  delete error.stack;
  return { error, charged: error };
}

/** The result of an attempt that ended after its invocation. Calls no hooks: the processor may be in another invocation. */
function tooLate({ record }: Started): FailureResponse {
  return ['fail', 'the invocation has ended', record];
}

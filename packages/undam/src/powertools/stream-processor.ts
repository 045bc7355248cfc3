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
import type { RecordAttempt } from '../engine/run/records/attempt.ts';
import { defaultConcurrency, type RecordHandling, RecordRun } from '../engine/run/records/record-run.ts';
import type { EachRecordOptions } from '../handlers/each-record.ts';
import { ProcessorRun, type Started } from './processor-run.ts';

/** The streams whose batches Undam runs. */
export type StreamEventType = Exclude<keyof typeof EventType, 'SQS'>;

/** What Powertools' `BatchProcessor` takes, and how Undam is to run the records: `order` and `concurrency` as in `eachRecord()`. */
export type StreamProcessorConfig = BatchProcessorConfig & EachRecordOptions;

/**
 * What a record handler gets as its third argument under Undam's middlewares, behind the record and Lambda's context;
 * `undefined` without them.
 */
export type StreamProcessorAttempt = Pick<RecordAttempt<undefined>, 'attempt' | 'signal'>;

/**
 * Powertools' `BatchProcessor` for streams: put it into `processPartialResponse()` in that one's place.
 *
 * Under Undam's middlewares it claims the invocation as `eachRecord()` does: records of a key in order, `concurrency` of
 * them at once, in place of all (one at a time with `processInParallel: false`); attempts, budget, ledger and quarantine.
 * The hooks are those of `BatchProcessor`: `successHandler` and `failureHandler` run for each attempt. The answer is
 * Undam's; a batch of which every record failed is reported like any other and does not throw. A record that `schema` or
 * `innerSchema` refuses is quarantined at once, as `undecodable`.
 *
 * Without them, and inside `wholeBatch()`, it is a `BatchProcessor` and nothing else. So it is with records that are not the
 * batch that Lambda delivered; outside `wholeBatch()` the invocation fails then with `unwrapped`.
 *
 * @throws UndamError `bad-option` at construction; `process()` what `eachRecord()`'s handler throws, and `bad-option` for a
 * parser without a schema that it can use, and then no record has been started
 */
export class StreamProcessor extends BatchProcessor {
  readonly #order: NonNullable<EachRecordOptions['order']>;
  readonly #concurrency: number;
  /** The run that ended last. Powertools keeps its records, too. */
  #last: ProcessorRun | undefined;
  /** What Undam runs now: one batch, or a few on Managed Instances. */
  readonly #live = new Set<ProcessorRun>();
  /** Starts of runs that ended before them, by their records. */
  readonly #zombies = new WeakMap<object, Started>();
  /** Undam has run records through this processor. */
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
    // Not where the module is loaded, which `observeWith()` does, too.
    wrapperMade();
  }

  protected override get batchResponse(): PartialItemFailureResponse {
    return super.batchResponse;
  }

  protected override set batchResponse(response: PartialItemFailureResponse) {
    // Powertools sets it while it constructs, and on Managed Instances throws then: a module is loaded in no invocation.
    if (#order in this) super.batchResponse = response;
  }

  /**
   * Runs the registered records. Under Undam's middlewares the result is that of the last attempt on each record that was
   * started in this invocation, in batch order, and so are `successMessages`, `failureMessages` and `errors`.
   */
  override async process(): Promise<(SuccessResponse | FailureResponse)[]> {
    const invocation = takeInvocationOf(this.records, this.options?.context);
    if (invocation !== undefined) return this.#processUnder(invocation);
    if (this.#governs) this.#forget();
    return super.process();
  }

  /**
   * Powertools' own, of which Undam starts no record: a subclass that processes synchronously goes into `wholeBatch()`.
   *
   * @throws BatchProcessingError unless a subclass implements `processRecordSync()`
   */
  override processSync(): (SuccessResponse | FailureResponse)[] {
    // Powertools refuses at once what it recognises as its own class by its name.
    if (this.constructor === StreamProcessor) this.processRecordSync(this.records[0] ?? {});
    return super.processSync();
  }

  override processRecord(record: BaseRecord): Promise<SuccessResponse | FailureResponse> {
    const started = this.#governs ? this.#startedOn(record) : undefined;
    return started === undefined ? super.processRecord(record) : this.#processAttempt(record, started);
  }

  override failureHandler(record: EventSourceDataClassTypes, error: Error): FailureResponse {
    // A subclass may process records in a way of its own, and this is all that is heard of it then.
    if (this.#governs) {
      const started = this.#startedOn(record);
      if (started !== undefined) started.failure ??= { error, charged: error };
    }
    return super.failureHandler(record, error);
  }

  /** Builds the response, which under Undam's middlewares is there already. */
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

  /** One start of the engine on one record; a rejection is a failed attempt. */
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

  /** What `BatchProcessor` does with one record, with the handler and context of the attempt's own invocation. */
  async #processAttempt(record: BaseRecord, started: Started): Promise<SuccessResponse | FailureResponse> {
    const { run, attempt } = started;
    const { parserConfig } = this;
    let isParsed = false;
    try {
      let parsed: unknown = record;
      if (parserConfig?.parser) {
        parsed = await parserConfig.parser(record as never, this.eventType, this.logger, parserConfig);
        // Its time ended while it was parsed: the handler is not started any more.
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

  /** Of what was processed before, nothing bears on these records. */
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

  /** With no schema that the parser can use, it would refuse every record, and the whole stream would be quarantined. */
  #demandSchema(): void {
    const { parser, schema, innerSchema } = this.parserConfig ?? {};
    if (!parser || schema || innerSchema?.['~standard'].vendor === 'zod') return;
    const expected = 'expected a schema, or an innerSchema of Zod, beside the parser';
    throw badOption('StreamProcessor', `${expected}, got ${innerSchema ? 'an innerSchema of another vendor' : 'none'}`);
  }
}

/** What is charged for an error of the parser: that no schema accepts the record is for ever. */
function undecodable(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ParsingError') return error;
  return new UndamError('undecodable', `the schema refuses the record: ${error.message}`, { cause: error });
}

/** A result without an error of its own. */
function failureOf(result: FailureResponse | undefined): { readonly error: Error; readonly charged: Error } {
  const error = new Error(result?.[1] ?? 'the processor did not say that it has processed the record');
  // It was thrown nowhere.
  delete error.stack;
  return { error, charged: error };
}

/** The invocation has ended, and the processor may be in another one: its hooks do not hear of it. */
function tooLate({ record }: Started): FailureResponse {
  return ['fail', 'the invocation has ended', record];
}

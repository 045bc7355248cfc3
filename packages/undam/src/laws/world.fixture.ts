import middy from '@middy/core';
import type { RecordAttempt } from '../attempt.ts';
import type { Ambient, Clock } from '../clock.ts';
import type * as EachRecord from '../each-record.ts';
import type { Envelope } from '../envelope.ts';
import { OutageError, PermanentError } from '../errors.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../kinesis.ts';
import type { LambdaContext } from '../lambda-context.ts';
import type { Ledger, Memories } from '../ledger.ts';
import { memoryLedger } from '../ledgers/memory.ts';
import type * as Middy from '../middy.ts';
import type { SendResult, Sink } from '../sink.ts';
import type { Scenario, Step } from './scenario.fixture.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

/** The engine under test: the real one, or a copy with one line broken. */
export interface Engine {
  createMiddlewares: typeof Middy.createMiddlewares;
  eachRecord: typeof EachRecord.eachRecord;
}

/** One start of the handler on a record, as the handler saw it. */
export interface Start {
  readonly record: number;
  readonly delivery: number;
  readonly at: number;
  /** When the handler's own work ended, and how; absent while it has not. `aborted`: a rejection that follows the signal. */
  ended?: { readonly at: number; readonly how: 'ok' | 'rejected' | 'outage' | 'aborted' };
}

/** One entry of what the sink was given, and what it answered. */
export interface Sent {
  readonly record: number;
  readonly delivery: number;
  readonly envelope: Envelope;
  /** When it was stored; absent where it was not. */
  stored?: number;
  /** When Undam was told that it was stored; absent where it was not told. */
  acknowledged?: number;
}

/** One delivery, as the mapping saw it. */
export interface Delivery {
  readonly number: number;
  /** The records of the batch, in batch order. */
  readonly batch: readonly number[];
  readonly from: number;
  readonly deadline: number;
  readonly recalled: ReadonlyMap<number, string>;
  readonly trouble: boolean;
  /** When the invocation answered, threw or was killed. */
  readonly to: number;
  readonly result:
    | { readonly kind: 'response'; readonly reported: readonly number[] }
    | { readonly kind: 'threw' | 'killed' };
  /** Timers of the engine that were left when the invocation had ended. */
  readonly timersLeft: number;
}

/** Everything that can be seen from outside, in the order in which it happened. */
export interface Trace {
  readonly scenario: Scenario;
  readonly starts: readonly Start[];
  readonly sent: readonly Sent[];
  readonly deliveries: readonly Delivery[];
  /** When the event loop stood still. */
  readonly standstills: readonly { readonly from: number; readonly to: number }[];
}

const deliveriesMax = 120;

/** Runs a scenario to its end: deliveries as the mapping makes them (partial failures reported, bisect on, no retry limit). */
export async function play(engine: Engine, scenario: Scenario): Promise<Trace> {
  const world = new World(engine, scenario);
  const queue: number[][] = [scenario.records.map((_, index) => index)];
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    if (world.deliveries.length === deliveriesMax) break;
    const { result } = await world.deliver(batch);
    if (result.kind === 'response') {
      const checkpoint = Math.min(...result.reported.map((record) => batch.indexOf(record)), batch.length);
      if (checkpoint < batch.length) queue.unshift(batch.slice(checkpoint));
    } else if (batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      queue.unshift(batch.slice(0, half), batch.slice(half));
    } else {
      queue.unshift(batch);
    }
  }
  return world;
}

interface Begun {
  readonly start: Start;
  readonly step: Step;
}

type StreamHandler = (event: KinesisStreamEvent, context: LambdaContext) => Promise<unknown>;

class World implements Trace {
  readonly scenario: Scenario;
  readonly starts: Start[] = [];
  readonly sent: Sent[] = [];
  readonly deliveries: Delivery[] = [];
  readonly standstills: { from: number; to: number }[] = [];
  readonly #clock = new VirtualClock();
  readonly #engineTimers = new Set<unknown>();
  readonly #handler: StreamHandler;
  #sinkCalls = 0;
  #ledgerCalls = 0;
  #recalled = new Map<number, string>();
  #trouble = false;

  constructor(engine: Engine, scenario: Scenario) {
    this.scenario = scenario;
    const { partialBatch, quarantine, timeBudget } = engine.createMiddlewares(this.#ambient());
    const { order, concurrency, attempts, retry, reserveMs, recordMs } = scenario;
    this.#handler = middy({ timeoutEarlyInMillis: 0 })
      .use(quarantine({ sink: this.#sink(), attempts, retry }))
      .use(timeBudget({ reserveMs, ...(recordMs !== undefined && { recordMs }) }))
      .use(partialBatch({ ledger: this.#ledger(), observe: () => {} }))
      .handler(
        engine.eachRecord((_, attempt) => this.#handle(attempt), {
          order,
          concurrency,
          decode: (record: KinesisStreamRecord) => this.#decode(record),
        }),
      ) as unknown as StreamHandler;
  }

  async deliver(batch: readonly number[]): Promise<Delivery> {
    const from = this.#clock.now();
    const deadline = from + this.scenario.timeoutMs;
    this.#recalled = new Map();
    this.#trouble = false;
    const context = { invokedFunctionArn: 'fn', getRemainingTimeInMillis: () => deadline - this.#clock.now() };
    const answer = this.#handler({ Records: batch.map((index) => this.#record(index)) }, context as LambdaContext);
    const settled = await this.#clock.runUntil(answer, deadline);
    const to = this.#clock.now();
    const timersLeft = this.#engineTimers.size;
    const result = settled
      ? await answer.then(readResponse, () => ({ kind: 'threw' as const }))
      : { kind: 'killed' as const };
    const delivery: Delivery = {
      number: this.deliveries.length,
      batch,
      from,
      deadline,
      recalled: this.#recalled,
      trouble: this.#trouble,
      to,
      result,
      timersLeft,
    };
    this.deliveries.push(delivery);
    return delivery;
  }

  #ambient(): Ambient {
    let state = this.scenario.seed >>> 0;
    const clock: Clock = {
      now: this.#clock.now,
      date: this.#clock.date,
      setTimeout: (run, ms) => {
        const timer = this.#clock.setTimeout(() => {
          this.#engineTimers.delete(timer);
          run();
        }, ms);
        this.#engineTimers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.#engineTimers.delete(timer);
        this.#clock.clearTimeout(timer);
      },
    };
    return {
      clock,
      random() {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
      },
    };
  }

  #record(index: number): KinesisStreamRecord {
    const { key } = this.scenario.records[index]!;
    return {
      eventSource: 'aws:kinesis',
      eventSourceARN: 'arn:aws:kinesis:eu-west-1:1:stream/s',
      eventID: `shardId-000000000000:${index}`,
      eventName: 'aws:kinesis:record',
      eventVersion: '1.0',
      awsRegion: 'eu-west-1',
      invokeIdentityArn: 'arn',
      kinesis: {
        sequenceNumber: String(index),
        partitionKey: key ?? '',
        data: Buffer.from(`record ${index}`).toString('base64'),
        kinesisSchemaVersion: '1.0',
        approximateArrivalTimestamp: 1,
      },
    };
  }

  /** The decoder is where an attempt begins. */
  #decode(record: KinesisStreamRecord): Begun | Promise<Begun> {
    const index = Number(record.kinesis.sequenceNumber);
    const { steps } = this.scenario.records[index]!;
    const number = this.starts.filter((start) => start.record === index).length;
    const step = steps[Math.min(number, steps.length - 1)]!;
    const start: Start = { record: index, delivery: this.deliveries.length, at: this.#clock.now() };
    this.starts.push(start);
    const begun = { start, step };
    if (step.decodeMs === undefined) return begun;
    return this.#clock.sleep(step.decodeMs).then(() => {
      // Unless the handler is started now.
      start.ended = { at: this.#clock.now(), how: 'aborted' };
      return begun;
    });
  }

  async #handle({ signal, decoded: { start, step } }: RecordAttempt<Begun>): Promise<void> {
    const { does, ms } = step;
    delete start.ended;
    const end = (how: NonNullable<Start['ended']>['how']): void => {
      start.ended = { at: this.#clock.now(), how };
    };
    if (does === 'hang') return new Promise(() => {});
    if (does === 'block') {
      const from = this.#clock.now();
      this.#clock.block(ms);
      this.standstills.push({ from, to: from + ms });
    } else if (does === 'polite') {
      await Promise.race([
        this.#clock.sleep(ms),
        new Promise((_, reject) => signal.addEventListener('abort', reject)),
      ]).catch(() => {
        end('aborted');
        throw signal.reason;
      });
    } else {
      await this.#clock.sleep(ms);
    }
    if (does === 'throw' || does === 'permanent' || does === 'outage') {
      end(does === 'outage' ? 'outage' : 'rejected');
      throw new { throw: Error, permanent: PermanentError, outage: OutageError }[does]('scripted');
    }
    end('ok');
  }

  #sink(): Sink {
    const send = async (envelopes: readonly Envelope[]): Promise<SendResult[]> => {
      const does = this.scenario.sink[this.#sinkCalls++] ?? 'accept';
      const delivery = this.deliveries.length;
      const sent = envelopes.map((envelope): Sent => {
        return { record: Number(envelope.origin.sequenceNumber), delivery, envelope };
      });
      this.sent.push(...sent);
      if (does !== 'accept') this.#trouble = true;
      if (does === 'hang') return new Promise(() => {});
      if (does === 'reject') throw new Error('scripted');
      await this.#clock.sleep(does === 'slow' ? 200 : 5);
      return sent.map((entry, position) => {
        if (does === 'refuse' || (does === 'partly' && position % 2 === 0))
          return { accepted: false, error: new Error('scripted') };
        entry.stored = this.#clock.now();
        if (does === 'answer-lost') return { accepted: false, error: new Error('scripted: answer lost') };
        if (delivery === this.deliveries.length) entry.acknowledged = this.#clock.now();
        return { accepted: true };
      });
    };
    return { send };
  }

  #ledger(): Ledger {
    const ledger = memoryLedger();
    const scripted = <T>(call: () => T | Promise<T>): T | Promise<T> => {
      const does = this.scenario.ledger[this.#ledgerCalls++] ?? 'works';
      if (does === 'works') return call();
      this.#trouble = true;
      if (does === 'throws') throw new Error('scripted');
      if (does === 'rejects') return Promise.reject(new Error('scripted'));
      if (does === 'hangs') return new Promise(() => {});
      return this.#clock.sleep(30).then(call);
    };
    return {
      recall: (key, sequenceNumbers) =>
        scripted<Memories>(() => {
          const memories = ledger.recall(key, sequenceNumbers) as Memories;
          this.#recalled = new Map([...memories].map(([number, { state }]) => [Number(number), state]));
          return memories;
        }),
      remember: (key, changes) => scripted<void>(() => ledger.remember(key, changes)),
    };
  }
}

function readResponse(answer: unknown): Delivery['result'] {
  const { batchItemFailures } = answer as { batchItemFailures: { itemIdentifier: string }[] };
  return { kind: 'response', reported: batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)) };
}

import type { InvocationResult, Invoker, StreamEvent } from '../mapping/ports.ts';
import { wordsOf } from '../thrown.ts';
import type { SimulatedClock } from '../virtual/clock.ts';
import { VirtualDisk } from '../virtual/disk/virtual-disk.ts';
import { Fence } from '../virtual/fence.ts';
import type { Random } from '../virtual/random.ts';
import { firstVirtualPid } from '../virtual/virtual-process.ts';
import { type FunctionSettings, functionDefaults } from './function-settings.ts';
import {
  answerOf,
  type Ended,
  type FailedStart,
  failedStart,
  type HandlerError,
  type InvocationEnd,
  type SimulatedHandler,
  startedWith,
} from './handler-call.ts';
import { simulatedContext, uuid } from './simulated-context.ts';
import { TemporaryDirectory, type TemporaryFiles } from './temporary-directory.ts';

export type { HandlerError, InvocationEnd, SimulatedHandler } from './handler-call.ts';

/** The surroundings of a handler, for its factory at each cold start. */
export interface SimulatedEnvironment {
  /** Counts up from 1; a reset after a crash keeps it. */
  readonly id: number;
  readonly clock: SimulatedClock;
  readonly random: Random;
  /** Survives a reset, unlike everything else. */
  readonly temporaryFiles: TemporaryFiles;
  /** Ends the process as an uncaught error does; nothing that it started acts afterwards. */
  crash(error?: unknown): void;
}

/** Faults of Lambda itself; each is asked once per invocation. */
export interface InvocationFaults {
  throttles?(): boolean;
  /** All idle environments are gone before the invocation. */
  recycles?(): boolean;
  /** The process dies after the handler's answer and before the response has left, as nodejs24.x permits. */
  diesBehindAnswer?(environment: number): boolean;
  /** The function runs, but the mapping does not learn the result and delivers the batch again. */
  losesResult?(environment: number): boolean;
}

export interface FunctionObserver {
  environmentStarted?(environment: number): void;
  environmentReset?(environment: number): void;
  invocationStarted?(requestId: string, environment: number, event: StreamEvent): void;
  invocationEnded?(requestId: string, environment: number, end: InvocationEnd, error: HandlerError | undefined): void;
  throttled?(): void;
}

export interface SimulatedFunctionOptions {
  readonly settings: FunctionSettings;
  readonly clock: SimulatedClock;
  readonly random: Random;
  /** Called at every cold start; its closure holds the state of the modules. */
  readonly createHandler: (environment: SimulatedEnvironment) => SimulatedHandler | Promise<SimulatedHandler>;
  readonly faults?: InvocationFaults;
  readonly observer?: FunctionObserver;
}

interface Environment {
  readonly id: number;
  readonly directory: TemporaryDirectory;
  readonly disk: VirtualDisk;
  readonly startedAt: number;
  isBusy: boolean;
  /** Absent before a cold start and after a reset. */
  process: Process | undefined;
}

interface Process {
  readonly fence: Fence;
  readonly handler: SimulatedHandler;
  /** Ends the running invocation. */
  died: (error: HandlerError) => void;
}

/** Documented: the longest initialisation. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const maxInitMs = 10_000;

/**
 * Lambda around a handler, in the time of a given clock: environments with cold starts, reuse, resets and recycling; concurrency;
 * time-outs. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class SimulatedFunction implements Invoker {
  readonly #options: SimulatedFunctionOptions;
  readonly #settings: typeof functionDefaults & FunctionSettings;
  /** Idle environments are in the order of their last use. */
  #environments: Environment[] = [];
  #nextId = 1;
  #processes = 0;
  #requests = 0;
  #billedMs = 0;

  constructor(options: SimulatedFunctionOptions) {
    this.#options = options;
    this.#settings = { ...functionDefaults, ...options.settings };
  }

  /** Lambda's bill: requests, and duration (initialisation included) times memory. */
  get cost(): { readonly requests: number; readonly gbSeconds: number } {
    return { requests: this.#requests, gbSeconds: (this.#billedMs / 1_000) * (this.#settings.memorySizeMb / 1_024) };
  }

  /** Ends every process; nothing that they started acts afterwards. */
  end(): void {
    for (const { process } of this.#environments) process?.fence.end();
  }

  /** @param requestId a new one by default */
  async invoke(event: StreamEvent, requestId: string = uuid(this.#options.random)): Promise<InvocationResult> {
    const { faults, observer, clock } = this.#options;
    const { reservedConcurrency = this.#settings.accountConcurrency } = this.#settings;
    const busy = this.#environments.filter(({ isBusy }) => isBusy).length;
    if (busy >= reservedConcurrency || faults?.throttles?.()) {
      observer?.throttled?.();
      return { kind: 'throttled' };
    }
    const environment = this.#environmentFor();
    environment.isBusy = true;
    const from = clock.now();
    const { end, payload } = await this.#run(environment, event, requestId);
    this.#requests++;
    this.#billedMs += Math.ceil(clock.now() - from);
    environment.isBusy = false;
    if (faults?.losesResult?.(environment.id)) return { kind: 'throttled' };
    return end === 'response' ? { kind: 'response', payload } : { kind: 'function-error' };
  }

  /** The idle environment that was used last, or a new one. */
  #environmentFor(): Environment {
    const { clock, faults } = this.#options;
    const oldest = clock.now() - this.#settings.recycleAfterMs;
    const recycles = faults?.recycles?.() ?? false;
    for (const environment of this.#environments) {
      if (!environment.isBusy && (recycles || environment.startedAt < oldest)) environment.process?.fence.end();
    }
    this.#environments = this.#environments.filter(
      ({ isBusy, startedAt }) => isBusy || !(recycles || startedAt < oldest),
    );
    const idle = this.#environments.findLastIndex(({ isBusy }) => !isBusy);
    const [environment] =
      idle === -1
        ? [
            {
              id: this.#nextId++,
              directory: new TemporaryDirectory(),
              disk: new VirtualDisk({ date: () => clock.date() }),
              startedAt: clock.now(),
              isBusy: false,
              process: undefined,
            },
          ]
        : this.#environments.splice(idle, 1);
    this.#environments.push(environment!);
    return environment!;
  }

  async #run(environment: Environment, event: StreamEvent, requestId: string): Promise<Ended> {
    const { clock, observer } = this.#options;
    const { timeoutMs, functionArn, functionVersion, memorySizeMb } = this.#settings;
    const process = environment.process ?? (await this.#start(environment));
    const context = simulatedContext({ functionArn, functionVersion, memorySizeMb, timeoutMs, clock, requestId });
    observer?.invocationStarted?.(requestId, environment.id, event);
    if ('error' in process) {
      observer?.invocationEnded?.(requestId, environment.id, 'crashed', process.error);
      return { end: 'crashed' };
    }
    const { promise, resolve } = Promise.withResolvers<Ended>();
    process.died = (error) => resolve({ end: 'crashed', error });
    const startedAt = clock.now();
    const timer = clock.setTimeout(() => resolve({ end: 'timed-out' }), timeoutMs);
    process.fence.thaw();
    process.fence.run(() => void answerOf(process.handler, event, context).then(resolve));
    const answered = this.#leaves(await promise, environment);
    clock.clearTimeout(timer);
    // Documented: Lambda enforces the deadline, even if the handler has blocked the event loop past it.
    const isLate = answered.end !== 'crashed' && clock.now() - startedAt > timeoutMs;
    const ended: Ended = isLate ? { end: 'timed-out' } : answered;
    process.died = () => this.#reset(environment);
    if (ended.end === 'timed-out' || ended.end === 'crashed') this.#reset(environment);
    observer?.invocationEnded?.(requestId, environment.id, ended.end, ended.error);
    process.fence.freeze();
    return ended;
  }

  /** The end of a call as Lambda sees it: the process may die before the response has left. */
  #leaves(called: Ended, { id }: Environment): Ended {
    if (called.end !== 'response' || this.#options.faults?.diesBehindAnswer?.(id) !== true) return called;
    return { end: 'crashed', error: wordsOf(new Error('the process died before its response had left')) };
  }

  /** Runs a cold start; after a reset it is part of the next invocation (documented). */
  async #start(environment: Environment): Promise<Process | FailedStart> {
    const { clock, random, createHandler, observer } = this.#options;
    observer?.environmentStarted?.(environment.id);
    const ended = Promise.withResolvers<FailedStart>();
    const start = { died: (error: HandlerError) => ended.resolve({ error }) };
    const die = (error: HandlerError): void => {
      if (fence.ended) return;
      fence.end();
      (environment.process ?? start).died(error);
    };
    const crash = (error?: unknown): void => die(wordsOf(error ?? new Error('the process crashed')));
    const onExit = (code: number): void =>
      die({ name: 'Runtime.ExitError', message: `the process exited with code ${code}` });
    // The previous process's open files were closed with it.
    environment.disk.open.closeAll();
    const own = { pid: firstVirtualPid + ++this.#processes, disk: environment.disk };
    const fence = new Fence({ onExit, onCrash: crash }, own);
    const temporaryFiles = environment.directory.behind(fence);
    const view = { id: environment.id, clock, random, temporaryFiles, crash };
    const timer = clock.setTimeout(
      () => ended.resolve(failedStart('Runtime.InitTimeout', `the initialisation took more than ${maxInitMs} ms`)),
      maxInitMs,
    );
    const began = (async () => startedWith(await fence.run(() => createHandler(view))))().catch((error: unknown) => ({
      error: wordsOf(error),
    }));
    const outcome = await Promise.race([began, ended.promise]);
    clock.clearTimeout(timer);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, this.#settings.coldStartMs));
    if ('error' in outcome || fence.ended) {
      fence.end();
      return 'error' in outcome ? outcome : await ended.promise;
    }
    environment.process = { fence, handler: outcome.handler, died: () => this.#reset(environment) };
    return environment.process;
  }

  /** Documented: after a crash or a time-out a new process starts in the same environment, and `/tmp` stays. */
  #reset(environment: Environment): void {
    environment.process?.fence.end();
    environment.process = undefined;
    this.#options.observer?.environmentReset?.(environment.id);
  }
}

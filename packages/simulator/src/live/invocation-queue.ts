import { randomUUID } from 'node:crypto';
import type { Environment, Exit } from './environment.ts';
import { type EnvironmentResult, initExit, type RuntimeError } from './invocation-result.ts';

/** One event on its way through an environment. */
export interface Invocation {
  readonly id: string;
  readonly body: string;
}

/** Hands an invocation to the runtime client that asked for the next one. */
export type Deliver = (invocation: Invocation) => void;

export interface InvocationQueueOptions {
  readonly timeoutMs: number;
  readonly initTimeoutMs: number;
  start(): Environment;
  /** Called when an environment has ended, before another starts. */
  onEnded(): void;
}

/** Runs invocations one at a time in one environment, which it starts on demand. */
export interface InvocationQueue {
  add(body: string, requestId?: string): Promise<EnvironmentResult>;
  /** The runtime client asked for its next invocation. */
  next(deliver: Deliver): void;
  /** The runtime client posted the end of an invocation. */
  posted(id: string, result: EnvironmentResult): void;
  /** The runtime client posted that the handler failed to load. */
  initFailed(error: RuntimeError): void;
  stop(): Promise<void>;
}

interface Pending extends Invocation {
  readonly settle: (result: EnvironmentResult) => void;
  deadline?: NodeJS.Timeout;
  timedOut?: boolean;
}

/** One environment from start to end. */
interface Boot {
  readonly environment: Environment;
  readonly initTimer: NodeJS.Timeout;
  initError?: RuntimeError;
  ready?: boolean;
  deliver?: Deliver | undefined;
}

const initTimedOut: RuntimeError = {
  errorType: 'Sandbox.Timedout',
  errorMessage: 'the environment did not ask for an invocation in time',
};

export function invocationQueue(options: InvocationQueueOptions): InvocationQueue {
  const queue: Pending[] = [];
  let running: Pending | undefined;
  let boot: Boot | undefined;
  let stopped = false;

  function advance(): void {
    if (stopped || running || queue.length === 0) return;
    boot ??= startBoot(options, initFailed, ended);
    if (!boot.deliver) return;
    const { deliver, environment } = boot;
    boot.deliver = undefined;
    const invocation = queue.shift()!;
    running = invocation;
    invocation.deadline = setTimeout(() => {
      invocation.timedOut = true;
      environment.kill();
    }, options.timeoutMs);
    deliver(invocation);
  }

  function ended(exit: Exit): void {
    const last = boot!;
    clearTimeout(last.initTimer);
    boot = undefined;
    options.onEnded();
    const cutOff = running ?? (last.ready ? undefined : queue.shift());
    if (cutOff) settle(cutOff, resultOfEnd(cutOff, last, exit));
    advance();
  }

  function settle(invocation: Pending, result: EnvironmentResult): void {
    clearTimeout(invocation.deadline);
    running = undefined;
    invocation.settle(result);
  }

  function initFailed(error: RuntimeError): void {
    if (!boot || boot.ready) return;
    boot.initError = error;
    boot.environment.kill();
  }

  return {
    add: (body, requestId = randomUUID()) =>
      new Promise((resolve) => {
        queue.push({ id: requestId, body, settle: resolve });
        advance();
      }),
    next(deliver) {
      if (!boot) return;
      clearTimeout(boot.initTimer);
      boot.ready = true;
      boot.deliver = deliver;
      advance();
    },
    posted(id, result) {
      if (!running || id !== running.id) return;
      settle(running, result);
      advance();
    },
    initFailed,
    async stop() {
      stopped = true;
      boot?.environment.kill();
      await boot?.environment.exited;
      for (const waiting of queue.splice(0)) waiting.settle({ kind: 'exited', code: null, signal: 'SIGKILL' });
    },
  };
}

function startBoot(
  { start, initTimeoutMs }: InvocationQueueOptions,
  initFailed: (error: RuntimeError) => void,
  ended: (exit: Exit) => void,
): Boot {
  const environment = start();
  void environment.exited.then(ended);
  return { environment, initTimer: setTimeout(() => initFailed(initTimedOut), initTimeoutMs) };
}

/** The result of the invocation that the ended environment was running, or was started for. */
function resultOfEnd(invocation: Pending, boot: Boot, exit: Exit): EnvironmentResult {
  if (invocation.timedOut) return { kind: 'timed-out' };
  if (boot.ready) return { kind: 'exited', code: exit.code, signal: exit.signal };
  return boot.initError ? { kind: 'init-error', error: boot.initError } : initExit(exit);
}

import {
  type SimulatedEnvironment,
  SimulatedFunction,
  type SimulatedHandler,
  type StreamEvent,
  seededRandom,
} from '@undam/simulator/parts';
import type { StreamRecord } from 'undam';
import type { DeathBehindAnswer } from '../faults/death-behind-answer.ts';
import { QuarantineQueue } from '../stores/quarantine-queue.ts';
import { guardedHandler } from './guarded-handler.ts';
import type { Healing } from './healing.ts';
import { Ledgers } from './ledgers.ts';
import type { PlannedStream } from './planned-stream.ts';
import type { RunContext } from './run-context.ts';

const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:soak';

/** The function of a run, and the faults that its invocations meet. */
export class PlannedFunction {
  readonly ledgers: Ledgers;
  readonly #run: RunContext;
  readonly #records: PlannedStream;
  readonly #healing: Healing;
  readonly #queue: QuarantineQueue;
  /** Each environment's process has its own. */
  readonly #deaths = new Map<number, DeathBehindAnswer>();
  #throttlesLeft = 0;

  constructor(run: RunContext, records: PlannedStream, healing: Healing) {
    this.#run = run;
    this.#records = records;
    this.#healing = healing;
    this.#queue = new QuarantineQueue(run, records.recordOfMessage);
    this.ledgers = new Ledgers(run);
  }

  simulated(): SimulatedFunction {
    const { faults, witness, time, scenario, note } = this.#run;
    return new SimulatedFunction({
      settings: { timeoutMs: scenario.timeoutMs, functionArn },
      clock: time,
      random: seededRandom(`${scenario.seed}/function`),
      createHandler: (environment) => this.#createHandler(environment),
      faults: {
        throttles: () => this.#throttles(),
        recycles: () => faults.at('environment-recycled') !== undefined,
        diesBehindAnswer: (environment) => this.#deaths.get(environment)?.strikesBehind() ?? false,
        losesResult: (environment) => {
          const lost = faults.at('duplicate-delivery') !== undefined;
          if (lost) witness.function.resultLost(environment);
          return lost;
        },
      },
      observer: {
        invocationStarted: (_requestId, environment, event) => this.#invoked(environment, event),
        invocationEnded: (_requestId, environment, end) => witness.function.answered(environment, end),
        throttled: () => note?.(() => 'an invocation is throttled'),
      },
    });
  }

  #throttles(): boolean {
    const { faults } = this.#run;
    this.#throttlesLeft += faults.planned('expired-prefix')?.ms ?? 0;
    if (this.#throttlesLeft > 0) {
      this.#throttlesLeft--;
      return true;
    }
    return faults.at('invocation-throttled') !== undefined;
  }

  #invoked(environment: number, { Records }: StreamEvent): void {
    const batch = Records.map((record) => this.#records.recordOf(record as StreamRecord));
    this.#healing.invoked();
    this.#run.witness.function.invoked(environment, batch);
  }

  #createHandler(environment: SimulatedEnvironment): SimulatedHandler {
    const { process, ledger } = this.ledgers.processStarted(environment.id);
    const actor = { process, crash: () => environment.crash() };
    const { handler, death } = guardedHandler({
      run: this.#run,
      actor,
      ledger,
      queue: this.#queue,
      records: this.#records,
    });
    this.#deaths.set(environment.id, death);
    return handler;
  }
}

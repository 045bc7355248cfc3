import type { SimulatedHandler } from '@undam/simulator/parts';
import type { Ledger, StreamRecord, UndamEvent } from 'undam';
import { DeathBehindAnswer } from '../faults/death-behind-answer.ts';
import { allOrNothingHandler } from '../handlers/all-or-nothing-handler.ts';
import { batchHandler } from '../handlers/batch-handler.ts';
import type { Actor } from '../handlers/handler-acts.ts';
import { processorHandler } from '../handlers/processor-handler.ts';
import { recordDecoder } from '../handlers/record-decoder.ts';
import { recordHandler } from '../handlers/record-handler.ts';
import { type QuarantineQueue, queueUrl } from '../stores/quarantine-queue.ts';
import type { PlannedStream } from './planned-stream.ts';
import type { RunContext } from './run-context.ts';
import { eachRecord, middy, splitOnError, sqsSink, streamGuard, wholeBatch } from './under-test.ts';

export interface GuardedHandlerOptions {
  readonly run: RunContext;
  readonly actor: Actor;
  readonly ledger: Ledger;
  readonly queue: QuarantineQueue;
  readonly records: PlannedStream;
}

export interface GuardedHandler {
  readonly handler: SimulatedHandler;
  readonly death: DeathBehindAnswer;
}

/** The handler of one process, with the middlewares under test around it. */
export function guardedHandler(options: GuardedHandlerOptions): GuardedHandler {
  const { run, actor } = options;
  const { process } = actor;
  const guard = guardOf(options);
  const wrapped = wrappedHandler(options);
  const death = new DeathBehindAnswer(actor, run.faults, run.witness);
  const guarded = middy({ timeoutEarlyInMillis: 0 })
    .use(death.outside)
    .use(guard)
    .use(death.inside)
    .handler(wrapped as never) as unknown as StreamHandler;
  return {
    death,
    handler: async (event: object, context: object) => {
      const { invocation } = process;
      if (invocation) invocation.context = context;
      death.plan();
      const payload = await guarded(event, context);
      // Lambda may have ended it before.
      if (invocation && invocation.end === undefined) invocation.payload = payload;
      return payload;
    },
  };
}

type StreamHandler = (event: object, context: object) => Promise<unknown>;

function guardOf({ run, actor, ledger, queue, records }: GuardedHandlerOptions) {
  const { attempts, retry, reserveMs, recordMs } = run.scenario.guard;
  const { witness } = run;
  const { process } = actor;
  const sink = sqsSink({ queueUrl, client: queue.clientOf(actor) });
  return streamGuard({
    quarantine: { sink, attempts, retry },
    timeBudget: { reserveMs, ...(recordMs > 0 && { recordMs }) },
    ledger,
    observe: (event: UndamEvent) => {
      if (event.type === 'passed-unresolved')
        witness.events.toldOfPassed(records.groupOf(event.sequenceNumber), process);
      if (event.type !== 'died-after-answer') return;
      const lost = event.sequenceNumbers.map((number) => records.lostOf(number, process.invocation));
      witness.events.toldOfLoss(lost, event.isCertain);
    },
  });
}

/** The planned handler in the wrapper that the scenario has for it. */
function wrappedHandler({ run, actor, records: { recordOf, kind } }: GuardedHandlerOptions): unknown {
  const { order, concurrency, reports, handler, decoder, isProcessor = false } = run.scenario.guard;
  if (handler === 'splitOnError')
    return splitOnError<StreamRecord>(allOrNothingHandler(actor, run, recordOf), { order });
  if (handler === 'wholeBatch') return wholeBatch(batchHandler(actor, run, recordOf), { reports });
  const handle = recordHandler(actor, run, recordOf);
  if (isProcessor) return processorHandler(handle, kind === 'dynamodb', { order, concurrency });
  if (decoder === undefined) return eachRecord<StreamRecord>(handle, { order, concurrency });
  const decode = recordDecoder(actor, run, recordOf);
  return eachRecord<unknown, StreamRecord>(handle, { order, concurrency, decode });
}

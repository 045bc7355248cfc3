import { type QueueFault, VirtualQueues } from '@undam/simulator/parts';
import type { SqsClient } from 'undam/sqs';
import type { FaultPlan } from './fault-plan.ts';
import type { Actor, Stage } from './handler-acts.ts';
import type { RecordSight } from './sights.ts';
import { SQSClient } from './under-test.ts';

export const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine';

interface SendCommand {
  readonly input: { readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[] };
}

interface Answer {
  readonly Successful?: readonly { readonly Id?: string }[];
}

/** How long a call takes that comes to no answer. */
const timeOutMs = 1_000;

const real = new SQSClient({ region: 'eu-west-1' });

/** The quarantine's queue behind the real client, whose every message and acknowledgement is seen on its way. */
export class QuarantineQueue {
  readonly #stage: Stage;
  readonly #recordOf: (sequenceNumber: string) => RecordSight;
  /** Who sends, while a call begins. */
  #sending: { readonly actor: Actor; readonly entries: number } | undefined;

  constructor(stage: Stage, recordOf: (sequenceNumber: string) => RecordSight) {
    this.#stage = stage;
    this.#recordOf = recordOf;
    const queues = new VirtualQueues({ clock: stage.time, fault: () => this.#fault() });
    SQSClient.prototype.send = queues.send as typeof SQSClient.prototype.send;
  }

  /** The client of one process. */
  clientOf(actor: Actor): SqsClient {
    const { process } = actor;
    const { witness } = this.#stage;
    return {
      send: async (command, options) => {
        const { invocation } = process;
        const { Entries } = (command as SendCommand).input;
        const records = new Map(Entries.map(({ Id, MessageBody }) => [Id, this.#seen(actor, MessageBody)]));
        this.#sending = { actor, entries: Entries.length };
        const answer = (await real.send(command, options)) as Answer;
        if (process.fence.ended) return new Promise(() => {});
        for (const { Id } of answer.Successful ?? []) {
          const record = records.get(Id ?? '');
          if (record) witness.acknowledged(record, invocation);
        }
        return answer;
      },
    };
  }

  #seen({ process }: Actor, body: string): RecordSight {
    const { id, reason, data, origin, attempts } = JSON.parse(body);
    const charges = attempts.failed + attempts.timedOut + attempts.crashed;
    const record = this.#recordOf(origin.sequenceNumber);
    this.#stage.witness.sent({ record, invocation: process.invocation, id, reason, data, charges });
    return record;
  }

  #fault(): QueueFault | undefined {
    const { faults, witness } = this.#stage;
    const { actor, entries } = this.#sending!;
    const fault = faultOf(faults, entries);
    if (fault) witness.sinkTrouble(actor.process, fault.kind);
    return fault;
  }
}

function faultOf(faults: FaultPlan, entries: number): QueueFault | undefined {
  if (faults.at('sink-throttles')) return { kind: 'throttled' };
  if (faults.at('sink-times-out')) return { kind: 'times-out', afterMs: timeOutMs };
  if (faults.at('sink-answer-lost')) return { kind: 'answer-lost' };
  const partly = entries > 1 ? faults.at('sink-takes-a-part') : undefined;
  return partly && { kind: 'partial', failed: (index) => index % 2 === partly.ms % 2 };
}

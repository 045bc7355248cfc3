import { type QueueFault, VirtualQueues } from '@undam/simulator/parts';
import type { SqsClient } from 'undam/sqs';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Actor } from '../handlers/handler-acts.ts';
import type { RunContext } from '../run/run-context.ts';
import { SQSClient } from '../run/under-test.ts';
import type { InvocationSight, RecordSight } from '../sights/sights.ts';

export const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine';

interface SendCommand {
  readonly input: { readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[] };
}

/** The origin of a message's record. */
export interface MessageOrigin {
  readonly sequenceNumber: string;
  readonly data: string;
  /** Its place in its unit, where it was delivered with others of it. */
  readonly position: number | undefined;
}

type RecordOfMessage = (origin: MessageOrigin, invocation: InvocationSight | undefined) => RecordSight;

interface Answer {
  readonly Successful?: readonly { readonly Id?: string }[];
}

/** How long a call takes that comes to no answer. */
const timeOutMs = 1_000;

const real = new SQSClient({ region: 'eu-west-1' });

/** The quarantine's queue behind the real client, whose every message and acknowledgement is seen on its way. */
export class QuarantineQueue {
  readonly #run: RunContext;
  readonly #recordOf: RecordOfMessage;
  /** Who sends, while a call begins. */
  #sending: { readonly actor: Actor; readonly entries: number } | undefined;

  constructor(run: RunContext, recordOf: RecordOfMessage) {
    this.#run = run;
    this.#recordOf = recordOf;
    const queues = new VirtualQueues({ clock: run.time, fault: () => this.#fault() });
    SQSClient.prototype.send = queues.send as typeof SQSClient.prototype.send;
  }

  /** The client of one process. */
  clientOf(actor: Actor): SqsClient {
    const { process } = actor;
    const { witness } = this.#run;
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
          if (record) witness.sink.acknowledged(record, invocation);
        }
        return answer;
      },
    };
  }

  #seen({ process }: Actor, body: string): RecordSight {
    const { id, reason, data, origin, attempts, unit } = JSON.parse(body);
    const charges = attempts.failed + attempts.timedOut + attempts.crashed;
    const { invocation } = process;
    const record = this.#recordOf(
      { sequenceNumber: origin.sequenceNumber, data, position: unit?.position },
      invocation,
    );
    this.#run.witness.sink.sent({ record, invocation, id, reason, data, charges });
    return record;
  }

  #fault(): QueueFault | undefined {
    const { faults, witness } = this.#run;
    const { actor, entries } = this.#sending!;
    const fault = faultOf(faults, entries);
    if (fault) witness.sink.trouble(actor.process, fault.kind);
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

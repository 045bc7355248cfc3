import type { StreamHandler } from '@undam/simulator';
import type { Envelope } from 'undam/envelope';
import { type Emulators, localAccount } from './emulators.ts';
import { type Figures, figuresOf } from './figures.ts';
import { brokenLaws } from './laws.ts';
import type { OrderEvent } from './order-events.ts';
import { fillStream, type OrderStream } from './order-stream.ts';
import { createQuarantine, readQuarantine } from './quarantine-queue.ts';
import { type Progress, plainSide, runSide, type SideRun, undamSide } from './side.ts';

/** Both sides of the comparison, on the same records. */
export interface Comparison {
  readonly stream: OrderStream;
  readonly plain: Outcome;
  readonly undam: Outcome;
  /** What lay in the queue after both runs. */
  readonly quarantine: readonly Envelope[];
}

export interface Outcome {
  readonly figures: Figures;
  /** The promises this side did not keep, in words. */
  readonly broken: readonly string[];
}

/** Where to say how far a side is; `end` comes after its last step. */
export interface Watcher {
  show(progress: Progress): void;
  end(): void;
}

/** Fills a stream and sends it through both handlers, one after the other. */
export async function compare(
  { kinesis, sqs, sqsUrl }: Emulators,
  events: readonly OrderEvent[],
  watch: (side: string) => Watcher,
): Promise<Comparison> {
  const stream = await fillStream(kinesis, events);
  const queueUrl = await createQuarantine(sqs, sqsUrl);
  // As Lambda would: the variables are there before the handlers' modules are loaded.
  Object.assign(process.env, localAccount, { QUARANTINE_URL: queueUrl });
  const { handler: plainHandler } = await import('./plain.ts');
  const { handler } = await import('./handler.ts');

  async function run(side: typeof plainSide, sideHandler: StreamHandler): Promise<SideRun> {
    const { name, ...rest } = side(sideHandler);
    const watcher = watch(name);
    const done = await runSide({ name, ...rest }, { kinesis, stream, onProgress: watcher.show });
    watcher.end();
    return done;
  }
  const plainRun = await run(plainSide, plainHandler);
  const undamRun = await run(undamSide, (event, context) => handler(event, context as Parameters<typeof handler>[1]));

  const quarantine = await readQuarantine(sqs, queueUrl);
  const kept = new Set(quarantine.map((envelope) => envelope.origin.sequenceNumber));
  const outcome = (sideRun: SideRun, quarantined: ReadonlySet<string>): Outcome => ({
    figures: figuresOf(sideRun, stream, quarantined),
    broken: brokenLaws(sideRun, stream, quarantined),
  });
  return { stream, plain: outcome(plainRun, new Set()), undam: outcome(undamRun, kept), quarantine };
}

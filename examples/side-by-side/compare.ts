import type { Envelope } from 'undam/envelope';
import type { Column } from './comparison.ts';
import { type Emulators, localAccount } from './emulators.ts';
import { figuresOf } from './figures.ts';
import { brokenLaws } from './laws.ts';
import type { OrderEvent } from './order-events.ts';
import { fillStream, type OrderStream } from './order-stream.ts';
import { createQuarantine, readQuarantine } from './quarantine-queue.ts';
import { type Progress, plainSide, powertoolsSide, runSide, type Side, type SideRun, undamSide } from './side.ts';

/** The sides of the comparison, on the same records. */
export interface Comparison {
  readonly stream: OrderStream;
  readonly plain: Outcome;
  readonly powertools: Outcome;
  readonly undam: Outcome;
  /** What lay in the queue after all runs. */
  readonly quarantine: readonly Envelope[];
}

export interface Outcome extends Column {
  /** The promises this side did not keep, in words. */
  readonly broken: readonly string[];
}

/**
 * Fills a stream and sends it through the handlers. The two that wait for time-outs run at the same time, then Undam runs
 * alone.
 */
export async function compare(
  { kinesis, sqs, sqsUrl }: Emulators,
  events: readonly OrderEvent[],
  onProgress?: (side: string, progress: Progress) => void,
): Promise<Comparison> {
  const stream = await fillStream(kinesis, events);
  const queueUrl = await createQuarantine(sqs, sqsUrl);
  // As Lambda would: the variables are there before the handlers' modules are loaded.
  Object.assign(process.env, localAccount, { QUARANTINE_URL: queueUrl });
  const plain = plainSide((await import('./plain.ts')).handler);
  const powertools = powertoolsSide((await import('./powertools.ts')).handler);
  const { handler } = await import('./handler.ts');
  const undam = undamSide((event, context) => handler(event, context as Parameters<typeof handler>[1]));

  const run = (side: Side): Promise<SideRun> =>
    runSide(side, { kinesis, stream, onProgress: (progress) => onProgress?.(side.name, progress) });
  const [plainRun, powertoolsRun] = await Promise.all([run(plain), run(powertools)]);
  const undamRun = await run(undam);

  const quarantine = await readQuarantine(sqs, queueUrl);
  const kept = new Set(quarantine.map((envelope) => envelope.origin.sequenceNumber));
  const outcome = ({ name, mapping }: Side, sideRun: SideRun, quarantined: ReadonlySet<string>): Outcome => ({
    name,
    mapping,
    figures: figuresOf(sideRun, stream, quarantined),
    broken: brokenLaws(sideRun, stream, quarantined),
  });
  return {
    stream,
    plain: outcome(plain, plainRun, new Set()),
    powertools: outcome(powertools, powertoolsRun, new Set()),
    undam: outcome(undam, undamRun, kept),
    quarantine,
  };
}

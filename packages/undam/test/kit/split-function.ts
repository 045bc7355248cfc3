import { type AllOrNothingHandler, type SplitOnErrorOptions, splitOnError } from '../../src/handlers/split-on-error.ts';
import type { QuarantineOptions } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { numbersOf } from './batch-handlers.ts';
import { middyVersions } from './middy-versions.ts';
import { StoringSink } from './storing-sink.ts';
import { kinesisEvent } from './stream.ts';
import { type Ending, VirtualLambda } from './virtual-lambda.ts';

type Handler = AllOrNothingHandler<KinesisStreamRecord>;

/** A function of `splitOnError()` under all three middlewares, in virtual time; `N` is 2 and retries wait for redelivery. */
export class SplitFunction {
  readonly lambda = new VirtualLambda();
  readonly sink: StoringSink;
  readonly events: UndamEvent[] = [];
  /** The sequence numbers of each call. */
  readonly calls: string[][] = [];
  readonly chain: (event: never, context: never) => unknown;

  constructor(
    handler: (numbers: string[], lambda: VirtualLambda, ...rest: Parameters<Handler>) => unknown,
    options: SplitOnErrorOptions & Omit<QuarantineOptions, 'sink'> = {},
    sink: StoringSink = new StoringSink(),
  ) {
    const { order, ...quarantine } = options;
    const { lambda, events } = this;
    this.sink = sink;
    const { streamGuard } = lambda.middlewares;
    this.chain = middyVersions[0]![1]()
      .use(
        streamGuard({
          quarantine: { sink, attempts: 2, retry: 'redelivery', ...quarantine },
          timeBudget: { reserveMs: 1_000 },
          observe: (event) => void events.push(event),
        }),
      )
      .handler(
        splitOnError(
          (event, context, more) => {
            this.calls.push(numbersOf(event));
            return handler(numbersOf(event), lambda, event, context, more);
          },
          { ...(order && { order }) },
        ),
      ) as unknown as SplitFunction['chain'];
  }

  deliver(...numbers: readonly string[]): Promise<Ending> {
    return this.lambda.invoke(this.chain, kinesisEvent(...numbers), this.lambda.context(5_000));
  }

  /** The calls since this was last asked. */
  takeCalls(): string[] {
    return this.calls.splice(0).map((call) => call.join(' '));
  }

  /** The sequence number of each charge. */
  get charged(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'attempt-failed' && event.next !== 'hold' ? [event.record.sequenceNumber] : [],
    );
  }

  get summary() {
    return this.events.findLast((event) => event.type === 'invocation-ended');
  }

  get outcomes(): unknown {
    return this.summary?.outcomes;
  }
}

/** A handler that throws for a call with one of these. */
export function badAre(...bad: readonly string[]): (numbers: readonly string[]) => void {
  return (numbers) => {
    if (numbers.some((number) => bad.includes(number))) throw new Error('names nobody');
  };
}

/** The first letters of the alphabet: sequence numbers of records that are lanes of their own. */
export function letters(count: number): string[] {
  return Array.from({ length: count }, (_, n) => String.fromCharCode(97 + n));
}

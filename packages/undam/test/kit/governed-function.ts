import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { BatchProcessingOptions } from '@aws-lambda-powertools/batch/types';
import type { StreamGuardOptions } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import { type MiddyChain, middyVersions } from './middy-versions.ts';
import { StoringSink } from './storing-sink.ts';
import { VirtualLambda } from './virtual-lambda.ts';

export interface GovernedOptions extends Omit<StreamGuardOptions, 'quarantine'> {
  readonly middy?: (typeof middyVersions)[number][1];
  readonly processor?: StreamProcessor;
  /** What `processPartialResponse` gets beside the context. `false` gives it nothing, no context either. */
  readonly processing?: BatchProcessingOptions<StreamProcessor> | false;
  readonly quarantine?: Omit<StreamGuardOptions['quarantine'], 'sink'>;
  readonly sink?: StoringSink;
}

/** A function as Powertools' documentation writes it, under all three middlewares, in virtual time; `N` is 2, retries wait for redelivery. */
export class GovernedFunction {
  readonly lambda = new VirtualLambda();
  readonly sink: StoringSink;
  readonly events: UndamEvent[] = [];
  readonly processor: StreamProcessor;
  readonly chain: MiddyChain;

  constructor(recordHandler: CallableFunction, options: GovernedOptions = {}) {
    const {
      middy = middyVersions[0]![1],
      processor = new StreamProcessor(EventType.KinesisDataStreams),
      processing = {},
      quarantine,
      sink = new StoringSink(),
      ...guard
    } = options;
    this.processor = processor;
    this.sink = sink;
    const handler = async (event: never, context: never): Promise<unknown> => {
      const given = processing === false ? [] : [{ context, ...processing }];
      return processPartialResponse(event, recordHandler, processor, ...given);
    };
    this.chain = middy()
      .use(
        this.lambda.middlewares.streamGuard({
          quarantine: { sink, attempts: 2, retry: 'redelivery', ...quarantine },
          timeBudget: {},
          observe: (event) => void this.events.push(event),
          ...guard,
        }),
      )
      .handler(handler);
  }

  deliver(event: unknown, timeoutMs = 5_000) {
    return this.lambda.invoke(this.chain, event, this.lambda.context(timeoutMs));
  }
}

import { EventType } from '@aws-lambda-powertools/batch';
import type { EachRecordOptions, LambdaContext, RecordAttempt, StreamEvent, StreamRecord } from 'undam';
import type { StreamProcessorAttempt } from 'undam/powertools';
import { processPartialResponse, StreamProcessor } from '../run/under-test.ts';

type Handle = (record: StreamRecord, attempt: RecordAttempt<unknown>) => unknown;

/** The handler of one record, in Powertools' hands. */
export function processorHandler(
  handle: Handle,
  isDynamodb: boolean,
  options: EachRecordOptions,
): (event: StreamEvent, context: LambdaContext) => Promise<unknown> {
  const processor = new StreamProcessor(isDynamodb ? EventType.DynamoDBStreams : EventType.KinesisDataStreams, options);
  return (event, context) => {
    const handleOne = (record: StreamRecord, _: unknown, attempt: StreamProcessorAttempt): unknown =>
      handle(record, {
        attempt: attempt.attempt,
        context,
        decoded: undefined,
        get signal() {
          return attempt.signal;
        },
      });
    return processPartialResponse(event as never, handleOne as never, processor, { context: context as never });
  };
}

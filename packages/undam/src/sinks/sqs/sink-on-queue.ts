import { UndamError } from '../../base/errors.ts';
import { Promise } from '../../base/intrinsics.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SendResult, Sink } from '../sink.ts';
import { type SendBatch, sendBatchOnce } from './client.ts';
import { type Delivery, deliver, type SqsAmbient } from './delivery.ts';
import { type SqsSinkOptions, sqsClientSettings, sqsSettings } from './options.ts';
import { problemsOfSending } from './permission.ts';

/** The implementation of {@link sqsSink}, with an injected environment. */
export function createSqsSink(options: SqsSinkOptions, ambient: SqsAmbient): Sink {
  const settings = sqsSettings(options);
  const sender = sendBatchOnce(settings.queueUrl, ambient.load, options.client ?? sqsClientSettings(options));
  const prepare = (): void => {
    sender().catch(() => {}); // Each send() reports it.
  };
  if (options.load === 'init') prepare();
  return {
    prepare,
    check: async ({ permissions }) => {
      const sendBatch = await sender();
      return permissions ? problemsOfSending(sendBatch) : [];
    },
    send: async (envelopes, limits) => {
      if (envelopes.length === 0) return [];
      const delivery: Delivery = { settings, ambient, limits, results: [], lastErrors: [] };
      const work = limits.signal.aborted ? Promise.resolve() : deliverAll(envelopes, delivery, sender);
      await settledOrAborted(work, limits.signal);
      // A copy: a call that outlives the abort must not change the answer.
      return envelopes.map((_envelope, position) => resultAt(position, delivery));
    },
  };
}

async function deliverAll(
  envelopes: readonly Envelope[],
  delivery: Delivery,
  sender: () => Promise<SendBatch>,
): Promise<void> {
  try {
    await deliver(envelopes, await sender(), delivery);
  } catch (error) {
    for (const position of envelopes.keys()) delivery.results[position] ??= { accepted: false, error };
  }
}

function resultAt(position: number, { results, lastErrors }: Delivery): SendResult {
  return results[position] ?? { accepted: false, error: notInTime(lastErrors[position]) };
}

function notInTime(last: Error | undefined): UndamError {
  const problem = "SQS did not acknowledge the message in the sink's time; raise reserveMs if this recurs";
  return new UndamError('too-slow', last === undefined ? problem : `${problem} (${last.message})`, { cause: last });
}

function settledOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', end);
    work.then(end, end);
  });
}

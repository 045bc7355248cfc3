/** Simulates one contender and sends its story, in a process of its own, because it replaces the clocks. */
import {
  installVirtualTime,
  runSimulation,
  type SimulatedHandler,
  VirtualQueues,
  withVirtualTime,
} from '@undam/simulator/parts';
import { type ContenderStory, contenders, parameters, type StoryFigures, type StoryShard } from './story-data.ts';

installVirtualTime();
const { recordCalls } = await import('./business.ts');
const { handlerOf, queueUrl } = await import('./handlers.ts');

const contender = contenders.find(({ key }) => key === process.argv[2]);
if (!contender)
  throw new Error(`expected one of ${contenders.map(({ key }) => key).join(', ')}, got ${process.argv[2]}`);
const { shards, recordsPerSecond, writtenHours, watchedHours, poisonAtHour, retentionHours } = parameters;
const hour = 3_600_000;

/** The keys of the stream's records; the MD5 of a key selects its shard. */
const keys = Array.from({ length: 40 }, (_, index) => `customer ${index}`);

function* arrivals() {
  const gapMs = 1_000 / (recordsPerSecond * shards);
  const count = (writtenHours * hour) / gapMs;
  const poison = Math.round((poisonAtHour * hour) / gapMs);
  for (let n = 0; n < count; n++) {
    yield {
      atMs: Math.floor(n * gapMs),
      put: { partitionKey: keys[n % keys.length]!, data: n === poison ? 'poison' : 'order' },
    };
  }
}

/** Sent at each hour of virtual time, and at the end. */
export type ContenderMessage = { readonly hours: number } | { readonly story: ContenderStory };

function send(message: ContenderMessage, sent: () => void = () => {}): void {
  process.send!(message, sent);
}

const story: ContenderStory = await withVirtualTime({}, async (time) => {
  const sendHours = (hours: number): void => {
    time.setTimeout(() => {
      send({ hours });
      sendHours(hours + 1);
    }, hour);
  };
  sendHours(1);
  const queues = new VirtualQueues({ clock: time });
  const { settings, key } = contender;
  const run = await runSimulation(time, {
    createHandler: () => handlerOf(key, queues) as unknown as SimulatedHandler,
    records: arrivals(),
    stream: { shards, retentionHours },
    mapping: {
      MaximumBatchingWindowInSeconds: parameters.batchingWindowSeconds,
      BisectBatchOnFunctionError: 'BisectBatchOnFunctionError' in settings,
      ...('MaximumRetryAttempts' in settings && { MaximumRetryAttempts: Number(settings.MaximumRetryAttempts) }),
      ...('FunctionResponseTypes' in settings && { FunctionResponseTypes: ['ReportBatchItemFailures'] as const }),
    },
    function: { timeoutMs: 30_000 },
    sampleMs: hour / 4,
    untilMs: watchedHours * hour,
  });
  const isPoison = (data: Uint8Array): boolean => Buffer.from(data).toString() === 'poison';
  const count = (fate: string): number => run.records.filter((record) => record.fate === fate).length;
  const poison = run.records.find(({ record }) => 'data' in record && isPoison(record.data))!;
  const quarantined = queues.queues.get(queueUrl)?.length === 1;
  const { gbSeconds, requests } = run.cost;
  const figures: StoryFigures = {
    records: run.records.length,
    processed: count('processed') - (quarantined ? 1 : 0),
    expired: count('expired'),
    healthyDiscarded: count('discarded') - (poison.fate === 'discarded' ? 1 : 0),
    poison: quarantined ? 'quarantined' : poison.fate === 'discarded' ? 'discarded' : 'expired',
    payload: payloadOf(quarantined, poison.fate),
    invocations: run.invocations.length,
    recordCalls: recordCalls(),
    longestBlockMs: Math.max(...run.iteratorAge.map(({ ageMs }) => ageMs)),
    gbSeconds,
    requests,
    // Lambda's prices for x86 in us-east-1: https://aws.amazon.com/lambda/pricing/
    usd: gbSeconds * 0.0000166667 + requests * 0.0000002,
  };
  const samples = Map.groupBy(run.iteratorAge, ({ shardId }) => shardId);
  const byShard: StoryShard[] = [...samples].sort().map(([shardId, ofShard]) => ({
    shardId,
    holdsPoison: shardId === poison.record.shardId,
    samples: ofShard.map(({ atMs, ageMs, processed, discarded, expired }) => ({
      atMs,
      ageMs,
      passed: processed + discarded + expired,
    })),
  }));
  return { ...contender, figures, shards: byShard };
});
send({ story }, () => process.disconnect());

function payloadOf(quarantined: boolean, fate: string): string {
  if (quarantined) return 'in the quarantine queue';
  return fate === 'discarded' ? 'in the stream until it expires; the queue has metadata only' : 'gone with the stream';
}

/** The parameters of the story. Times in milliseconds of virtual time. */
export interface StoryParameters {
  readonly shards: number;
  readonly recordsPerSecond: number;
  readonly batchingWindowSeconds: number;
  readonly retentionHours: number;
  /** Hours for which records are written, and for which the run is watched. */
  readonly writtenHours: number;
  readonly watchedHours: number;
  /** Hour at which the record that can never succeed is written. */
  readonly poisonAtHour: number;
}

/** One way to consume the stream. */
export interface Contender {
  readonly key: ContenderKey;
  readonly name: string;
  readonly summary: string;
  /** The mapping's settings that differ from AWS's defaults, under AWS's names. */
  readonly settings: Readonly<Record<string, string>>;
}

export type ContenderKey = 'defaults' | 'bisect' | 'powertools' | 'undam';

export interface StoryFigures {
  readonly records: number;
  readonly processed: number;
  /** Records that left the stream before they were passed, the poison record included. */
  readonly expired: number;
  /** Records that the mapping discarded, without the poison record. */
  readonly healthyDiscarded: number;
  readonly poison: 'expired' | 'discarded' | 'quarantined';
  /** The final place of the poison record's payload. */
  readonly payload: string;
  readonly invocations: number;
  /** Records handed to the business function, repeats included. */
  readonly recordCalls: number;
  readonly longestBlockMs: number;
  readonly gbSeconds: number;
  readonly requests: number;
  readonly usd: number;
}

export interface StorySample {
  readonly atMs: number;
  readonly ageMs: number;
  /** Records that the checkpoint has passed: processed, discarded or expired. */
  readonly passed: number;
}

export interface StoryShard {
  readonly shardId: string;
  readonly holdsPoison: boolean;
  readonly samples: readonly StorySample[];
}

export interface ContenderStory extends Contender {
  readonly figures: StoryFigures;
  readonly shards: readonly StoryShard[];
}

export interface StoryData {
  readonly parameters: StoryParameters;
  readonly contenders: readonly ContenderStory[];
}

export const parameters: StoryParameters = {
  shards: 4,
  recordsPerSecond: 1,
  batchingWindowSeconds: 60,
  retentionHours: 24,
  writtenHours: 32,
  watchedHours: 36,
  poisonAtHour: 2,
};

export const contenders: readonly Contender[] = [
  {
    key: 'defaults',
    name: 'The defaults',
    summary: 'An ordinary handler that throws, and a mapping with AWS defaults.',
    settings: {},
  },
  {
    key: 'bisect',
    name: 'Bisect, retries and a queue',
    summary: 'The same handler. The mapping halves failed batches, retries 3 times and sends metadata to SQS.',
    settings: { BisectBatchOnFunctionError: 'true', MaximumRetryAttempts: '3', OnFailure: 'an SQS queue' },
  },
  {
    key: 'powertools',
    name: 'Powertools batch',
    summary:
      'Partial responses by Powertools for AWS Lambda, 3 retries and the same queue; a whole batch at once, in no order.',
    settings: {
      FunctionResponseTypes: 'ReportBatchItemFailures',
      MaximumRetryAttempts: '3',
      OnFailure: 'an SQS queue',
    },
  },
  {
    key: 'undam',
    name: 'Undam',
    summary:
      'The same business function under Undam: the orders of a customer one after the other, the bad one quarantined with its payload after 3 attempts.',
    settings: { FunctionResponseTypes: 'ReportBatchItemFailures', BisectBatchOnFunctionError: 'true' },
  },
];

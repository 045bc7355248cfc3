// One table of facts, an entry for each rule: as long as there are rules.
import type { MappingAssumptions } from './assumptions.ts';

/** One rule of the event source mapping, and what it rests on. */
export interface MappingRule {
  readonly about:
    | 'create'
    | 'response'
    | 'retries'
    | 'split'
    | 'request id'
    | 'age'
    | 'OnFailure'
    | 'batch'
    | 'filter'
    | 'KPL'
    | 'shards'
    | 'window';
  readonly rule: string;
  readonly basis: /** AWS's own pages. */
    | { readonly documented: string }
    /** Names of vectors in `fixtures/`. */
    | { readonly recorded: readonly string[] }
    /** Nobody has seen it: an option, with a default. */
    | { readonly assumed: keyof MappingAssumptions };
}

const guide = 'https://docs.aws.amazon.com/lambda/latest/dg/';
const documented = (page: string): MappingRule['basis'] => ({ documented: `${guide}${page}` });
const recorded = (...vectors: readonly string[]): MappingRule['basis'] => ({ recorded: vectors });
const assumed = (name: keyof MappingAssumptions): MappingRule['basis'] => ({ assumed: name });

/** The rules that the state machine follows, with the source of each. */
export const mappingRules: readonly MappingRule[] = [
  {
    about: 'create',
    rule: 'A new mapping echoes the defaults.',
    basis: recorded('kinesis/create_defaults'),
  },
  {
    about: 'create',
    rule: 'A starting position is required; DynamoDB Streams have no AT_TIMESTAMP, and no timestamp is in the future.',
    basis: recorded(
      'create/missing_starting_position',
      'create/invalid_starting_position',
      'create/dynamodb_at_timestamp',
      'stackd/create/kinesis_missing_start',
      'stackd/create/kinesis_timestamp_in_the_future',
      'stackd/create/dynamodb_at_timestamp',
      'stackd/create/dynamodb_bad_start',
    ),
  },
  {
    about: 'create',
    rule: 'A record age from 0 to 59 is refused.',
    basis: recorded('stackd/create/dynamodb_age_0_and_59'),
  },
  {
    about: 'create',
    rule: 'A batch of more than 10 records needs no batching window.',
    basis: recorded('stackd/create/kinesis_batch_101_window_0'),
  },
  {
    about: 'create',
    rule: 'A tumbling window goes with neither a ParallelizationFactor nor filters.',
    basis: recorded('stackd/create/dynamodb_parallel_and_tumbling', 'stackd/create/dynamodb_filter_and_tumbling'),
  },
  {
    about: 'create',
    rule: 'A filter pattern is JSON whose leaves are lists; a ScalingConfig is for queues.',
    basis: recorded(
      'create/invalid_filter_pattern',
      'stackd/create/dynamodb_filter_not_json',
      'stackd/create/dynamodb_scaling_config',
    ),
  },
  {
    about: 'create',
    rule: 'A stream has to be there; it has one mapping for each qualified name of a function.',
    basis: recorded(
      'create/unknown_stream',
      'create/duplicate_mapping',
      'stackd/create/duplicates_go_by_qualified_name',
    ),
  },
  {
    about: 'response',
    rule: 'Without ReportBatchItemFailures a returned list is ignored: every record is passed.',
    basis: recorded('stackd/kinesis/partial_off'),
  },
  {
    about: 'response',
    rule: 'null, {}, an empty text, an empty list, and an empty or null batchItemFailures are a complete success.',
    basis: recorded(
      'kinesis/null_success',
      'kinesis/empty_dict_success',
      'kinesis/empty_string_success',
      'kinesis/empty_list_success',
      'kinesis/empty_batch_item_failure_success',
      'dynamodb/null_success',
      'dynamodb/empty_list_success',
      'dynamodb/empty_batch_item_failure_success',
      'dynamodb/null_batch_item_failure_success',
    ),
  },
  {
    about: 'response',
    rule: 'An identifier that is empty, null, no text or under a wrong key is a complete failure.',
    basis: recorded(
      'kinesis/item_identifier_not_present_failure',
      'kinesis/empty_string_item_identifier_failure',
      'kinesis/null_item_identifier_failure',
      'kinesis/invalid_key_foo_failure',
      'dynamodb/empty_string_item_identifier_failure',
      'dynamodb/null_item_identifier_failure',
      'dynamodb/invalid_key_foo_failure',
      'dynamodb/invalid_key_foo_null_value_failure',
    ),
  },
  {
    about: 'response',
    rule: 'Of several identifiers the lowest sequence number is the checkpoint.',
    basis: documented('services-kinesis-batchfailurereporting.html'),
  },
  { about: 'response', rule: 'An identifier that is not in the batch.', basis: assumed('unknownIdentifier') },
  { about: 'response', rule: 'A bad identifier beside good ones.', basis: assumed('badIdentifierBesideGood') },
  { about: 'response', rule: 'A batchItemFailures that is neither a list nor null.', basis: assumed('failuresNoList') },
  { about: 'response', rule: 'An object with other keys only.', basis: assumed('objectWithoutKey') },
  { about: 'response', rule: 'A response that is neither an object nor empty.', basis: assumed('otherResponse') },
  {
    about: 'retries',
    rule: 'A throw, a crash or a time-out counts as an attempt of the batch; R retries are R + 1 attempts.',
    basis: recorded('kinesis/unhandled_exception_in_function', 'dynamodb/unhandled_exception_in_function'),
  },
  { about: 'retries', rule: 'A time-out is a function error.', basis: documented('monitoring-metrics-types.html') },
  {
    about: 'retries',
    rule: 'A throttle is no attempt: it is repeated until the records expire or are over age.',
    basis: documented('kinesis-on-failure-destination.html'),
  },
  {
    about: 'retries',
    rule: 'A response moves the checkpoint to the lowest record it names; the rest has a fresh counter.',
    basis: recorded(
      'kinesis/partial_progress_resets_counter',
      'stackd/kinesis/partial_on',
      'stackd/dynamodb/partial_enabled',
    ),
  },
  {
    about: 'retries',
    rule: 'Once the attempts are spent everything from the checkpoint to the end of the batch is discarded, healthy records too.',
    basis: recorded('stackd/kinesis/partial_on', 'stackd/dynamodb/partial_enabled'),
  },
  {
    about: 'retries',
    rule: 'A record that no event of 6 MB can carry spends an attempt each time, and never reaches the function.',
    basis: recorded('stackd/kinesis/oversized_standard_R0', 'stackd/kinesis/oversized_consumer_R2'),
  },
  {
    about: 'retries',
    rule: 'The waits between unchanged retries: recorded are the first two, about 0.2 s and 0.4 s.',
    basis: assumed('backoffMs'),
  },
  {
    about: 'split',
    rule: 'With bisect an error halves the batch at its first failure; each part has a fresh counter, the first runs to its end first.',
    basis: recorded('stackd/dynamodb/raise_bisect'),
  },
  {
    about: 'split',
    rule: 'With bisect a response that names the first record splits the batch, too.',
    basis: recorded('stackd/kinesis/partial_bisect'),
  },
  {
    about: 'split',
    rule: 'Splitting spends no retry.',
    basis: documented('kinesis-on-failure-destination.html'),
  },
  {
    about: 'split',
    rule: 'How a response that names the first record splits the batch.',
    basis: assumed('firstReportedSplit'),
  },
  { about: 'split', rule: 'Which half takes the middle record.', basis: assumed('middleGoesTo') },
  {
    about: 'split',
    rule: 'Whether a response that is a complete failure splits the batch.',
    basis: assumed('bisectOnBadResponse'),
  },
  {
    about: 'request id',
    rule: 'An unchanged retry keeps its awsRequestId; each new composition of a batch has a new one. The OnFailure message names it.',
    basis: recorded('stackd/kinesis/partial_on', 'stackd/kinesis/partial_bisect', 'stackd/dynamodb/raise_bisect'),
  },
  {
    about: 'request id',
    rule: 'A message about records that no invocation carried has an id of its own.',
    basis: recorded('stackd/dynamodb/maximum_age_before_invocation', 'stackd/kinesis/two_expired_records_batch_size_1'),
  },
  {
    about: 'age',
    rule: 'Age is judged record by record before each invocation; records over age leave the batch by themselves.',
    basis: recorded('kinesis/record_age_while_retrying', 'stackd/dynamodb/maximum_age_before_invocation'),
  },
  { about: 'age', rule: 'Whether records over age of one batch share a message.', basis: assumed('recordsOverAge') },
  {
    about: 'age',
    rule: 'The retry counter of the records that stay when others leave by age.',
    basis: assumed('counterAfterAge'),
  },
  {
    about: 'age',
    rule: 'Records that leave the stream while they wait are lost, in no metric and no destination.',
    basis: documented('monitoring-metrics-types.html'),
  },
  {
    about: 'OnFailure',
    rule: 'approximateInvokeCount counts the attempts on this very batch; functionError is null after a response; executedVersion is the version behind an alias.',
    basis: recorded('kinesis/sqs_on_failure', 'stackd/dynamodb/partial_enabled', 'stackd/kinesis/consumer_destination'),
  },
  {
    about: 'OnFailure',
    rule: 'responseContext is absent for RecordAgeExceeded, and where no attempt reached the function.',
    basis: recorded('stackd/dynamodb/maximum_age_before_invocation', 'stackd/kinesis/oversized_standard_R0'),
  },
  { about: 'OnFailure', rule: 'A bucket keeps the event as a JSON text.', basis: recorded('kinesis/s3_on_failure') },
  {
    about: 'OnFailure',
    rule: 'A FIFO queue or topic takes nothing, and the records are gone.',
    basis: documented('monitoring-metrics-types.html'),
  },
  {
    about: 'OnFailure',
    rule: 'The delivery to OnFailure does not hold the shard.',
    basis: recorded('stackd/dynamodb/raise_bisect'),
  },
  {
    about: 'batch',
    rule: 'A batch is full at BatchSize, at 6 MB of its event, or when its batching window ends.',
    basis: recorded('stackd/dynamodb/batch_size_window', 'kinesis/trim_horizon_backlog'),
  },
  {
    about: 'batch',
    rule: 'The next batching window opens when the invocation has ended; one that passed empty is over.',
    basis: recorded('stackd/dynamodb/batch_size_window', 'stackd/kinesis/window_over_while_idle_efo'),
  },
  {
    about: 'batch',
    rule: 'Batches of a lane run one after the other.',
    basis: recorded('stackd/kinesis/one_shard_serial'),
  },
  {
    about: 'batch',
    rule: 'Under ParallelizationFactor records of one key stay in one lane.',
    basis: documented('with-kinesis.html'),
  },
  { about: 'batch', rule: 'Which lanes wait while one fails.', basis: assumed('failingLaneStops') },
  { about: 'batch', rule: 'How far the poller reads ahead.', basis: assumed('readAheadRecords') },
  {
    about: 'filter',
    rule: 'Records that no pattern matches are never invoked for.',
    basis: recorded('stackd/dynamodb/filter'),
  },
  {
    about: 'filter',
    rule: 'A pattern for data drops payloads that are no JSON, silently.',
    basis: documented('invocation-eventfiltering.html'),
  },
  {
    about: 'KPL',
    rule: 'The shared iterator delivers an aggregate as one record.',
    basis: recorded('stackd/kinesis/kpl_shared_is_opaque', 'stackd/kinesis/kpl_shared_foreign_hash_is_delivered'),
  },
  {
    about: 'KPL',
    rule: 'Enhanced fan-out takes an aggregate apart; its user records share sequence number, eventID and arrival.',
    basis: recorded('stackd/kinesis/kpl_efo_is_taken_apart'),
  },
  {
    about: 'KPL',
    rule: 'Enhanced fan-out drops an aggregate of which one user record belongs to another shard.',
    basis: recorded('stackd/kinesis/kpl_efo_foreign_hash_drops_the_whole_aggregate'),
  },
  { about: 'KPL', rule: 'The partition key of a user record.', basis: assumed('userRecordKey') },
  {
    about: 'shards',
    rule: 'Children begin when their parents are done.',
    basis: recorded('stackd/kinesis/reshard_order'),
  },
  {
    about: 'shards',
    rule: 'How long after its parents a child begins: recorded are 8.0 s and 7.7 s.',
    basis: assumed('childShardAfterMs'),
  },
  { about: 'shards', rule: 'How often the poller looks for new shards.', basis: assumed('listShardsEveryMs') },
  {
    about: 'shards',
    rule: 'LATEST and AT_TIMESTAMP begin behind the records before them.',
    basis: recorded('stackd/kinesis/at_timestamp', 'stackd/kinesis/latest_created_enabled'),
  },
  {
    about: 'shards',
    rule: 'A read that is refused is repeated; it spends no retry.',
    basis: recorded('stackd/dynamodb/permission_revoked'),
  },
  {
    about: 'shards',
    rule: 'The shared iterator polls a Kinesis shard once a second, a DynamoDB shard four times.',
    basis: documented('with-kinesis.html'),
  },
  {
    about: 'shards',
    rule: 'How long a record takes by enhanced fan-out: recorded are 23 to 88 ms.',
    basis: assumed('enhancedFanOutMs'),
  },
  {
    about: 'window',
    rule: 'A tumbling window lies on multiples of its length since the epoch; its state begins as {} and is dropped at its end.',
    basis: recorded('stackd/dynamodb/tumbling'),
  },
  {
    about: 'window',
    rule: 'The final invocation of a window comes with the first record of a later window, or after 2 minutes without any.',
    basis: documented('services-kinesis-windows.html'),
  },
  {
    about: 'window',
    rule: 'A response without state is a failed invocation.',
    basis: documented('services-kinesis-windows.html'),
  },
  {
    about: 'window',
    rule: 'A state over 1 MB ends the window early, with one final invocation that gets it whole.',
    basis: recorded('stackd/dynamodb/window_oversized_state'),
  },
  {
    about: 'window',
    rule: 'With no retries a final invocation that fails is given up, with a message of its own.',
    basis: recorded('stackd/dynamodb/window_final_fails_R0'),
  },
  {
    about: 'window',
    rule: 'Whether a final invocation that fails spends the retries, or suspends the shard.',
    basis: assumed('failingFinalInvocation'),
  },
  {
    about: 'window',
    rule: 'The state that the remainder of a partly failed batch gets.',
    basis: assumed('stateAfterPartialFailure'),
  },
  { about: 'window', rule: 'The end of a window in which nothing succeeded.', basis: assumed('windowWithoutState') },
];

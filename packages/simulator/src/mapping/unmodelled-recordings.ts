/** Recordings of AWS that are not modelled here, by the name of the vector, with the reason. */
export const unmodelledRecordings: Readonly<Record<string, string>> = {
  'stackd/dynamodb/latest_misses_after_enabled': 'life cycle: the time from Enabled to the first poll is not modelled',
  'stackd/kinesis/disabled_still_delivers': 'life cycle: a mapping cannot be updated here',
  'stackd/kinesis/deleted_still_delivers': 'life cycle: a mapping cannot be deleted here',
  'stackd/kinesis/enabled_to_first_invocation': 'life cycle: a delay, never asserted',
  'stackd/dynamodb/metrics_delivered': 'metrics are not modelled',
  'stackd/dynamodb/metrics_no_destination': 'metrics are not modelled',
  'stackd/create/kinesis_permissions': 'permissions are not modelled',
  'stackd/kinesis/put_large_without_throttle': "a fact about PutRecords, which is the producer's side",
};

import type { Problem } from '../../base/problem.ts';
import type { Calls } from './client.ts';
import { isConflict, problemOfTable } from './errors.ts';
import type { Expressions } from './writes.ts';

/** No shard has this key: shards' keys are JSON. */
const probeKey = 'undam-check';

/** Never true, so nothing is written. For an authorized caller DynamoDB answers ConditionalCheckFailedException. */
const never: Expressions = {
  ConditionExpression: 'attribute_exists(#pk) AND attribute_not_exists(#pk)',
  ExpressionAttributeNames: { '#pk': 'pk' },
};

/** Probes the permission for the ledger's three calls and returns the first problem. */
export async function problemsOfCalling(tableName: string, calls: Calls): Promise<Problem[]> {
  try {
    await calls.get(probeKey);
    await refused(calls.update(probeKey, never));
    await refused(calls.delete(probeKey, never));
    return [];
  } catch (error) {
    return [problemOfTable(tableName, error)];
  }
}

async function refused(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

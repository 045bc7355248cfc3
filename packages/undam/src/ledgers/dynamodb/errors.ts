import { UndamError } from '../../base/errors.ts';
import { JSON } from '../../base/intrinsics.ts';
import { type Problem, sentence, wordsOf } from '../../base/problem.ts';

/** True for a failed condition: another process has written in the meantime. */
export function isConflict(error: unknown): boolean {
  return codeOf(error) === 'ConditionalCheckFailedException';
}

/** True for a write that would exceed DynamoDB's limit of 400 KB per item. */
export function isTooLarge(error: unknown): boolean {
  return codeOf(error) === 'ValidationException' && /item size/i.test(wordsOf(error));
}

/** The error for a failed call: names the remedy and keeps the SDK's error as cause. */
export function tableError(tableName: string, error: unknown): UndamError {
  const problem = problemOfTable(tableName, error);
  return new UndamError('ledger-unusable', `dynamodbLedger(): ${sentence(problem)}`, { cause: error });
}

/** The problem that a failed call reveals, by its error code. */
export function problemOfTable(tableName: string, error: unknown): Problem {
  const code = codeOf(error);
  const known = remedies[code] ?? (/key element|key schema/i.test(wordsOf(error)) ? keys : otherRemedy(code));
  return { what: `the table ${JSON.stringify(tableName)} could not be used: ${code}`, remedy: known(tableName) };
}

const keys = (tableName: string): string =>
  `${JSON.stringify(tableName)} needs a partition key "pk" of type string, and no sort key`;
const unreached = (): string =>
  'give the function network access to DynamoDB: in a VPC, a NAT gateway or a gateway endpoint';
const unknownRemedy = (): string => 'look the code up among the common errors of the DynamoDB API reference';
const throttled = (): string => 'the table is throttled: use on-demand capacity, or provision more';

const remedies: Readonly<Record<string, (tableName: string) => string>> = {
  ResourceNotFoundException: (tableName) =>
    `there is no such table in this region and account: create it with the partition key "pk" (string), or correct tableName or region. ${keys(tableName)}`,
  AccessDeniedException: () =>
    "allow dynamodb:GetItem, dynamodb:UpdateItem and dynamodb:DeleteItem on the table in the function's role",
  ProvisionedThroughputExceededException: throttled,
  RequestLimitExceeded: throttled,
  ThrottlingException: throttled,
  CredentialsProviderError: () => 'give the function a role that may use the table',
};

/** For network errors, such as `ECONNREFUSED`, and unknown ones. */
function otherRemedy(code: string): () => string {
  return /^(E[A-Z_]+|TimeoutError|no answer)$/.test(code) ? unreached : unknownRemedy;
}

function codeOf(error: unknown): string {
  try {
    const { name, code } = Object(error) as Record<string, unknown>;
    const known = [name, code].find((each) => typeof each === 'string' && each !== '' && each !== 'Error');
    return known === undefined ? 'no answer' : (known as string).slice(0, 100);
  } catch {
    return 'no answer';
  }
}

import { UndamError } from '../../base/errors.ts';
import { textOf } from '../../base/text.ts';

/**
 * The kind of a failed call: `passing` may resolve itself; `content` lies in one of the messages; `final` needs a change of the
 * set-up.
 */
export type CallFault = 'passing' | 'content' | 'final';

const CONTENT_CODES =
  /^(BatchRequestTooLong|EmptyBatchRequest|InvalidAttribute(Name|Value)|InvalidMessageContents|InvalidParameterValue|RequestEntityTooLarge(Exception)?|Validation(Error|Exception))$/;

/** Codes of passing faults with a 4xx status: those of SQS, and the errors common to all AWS services. */
const PASSING_CODES =
  /^(Internal(Error|Failure)|KmsThrottled|LimitExceededException|PriorRequestNotComplete|Request(Expired|InTheFuture|LimitExceeded|(Throttled|Timeout)(Exception)?|TimeTooSkewed)|ServiceUnavailable|SlowDown|Throttling(Exception)?|TimeoutError|TooManyRequestsException)$/;

/** True for AWS error codes of faults that may pass. */
export function isPassing(code: string): boolean {
  return PASSING_CODES.test(bare(code));
}

/**
 * Classifies the error of a call. An error without a status comes from the network or is unknown: it counts as passing, since the
 * reserve bounds the retries.
 */
export function faultOf(error: unknown): CallFault {
  const { code, status, clockCorrected } = factsOf(error);
  if (isPassing(code) || clockCorrected) return 'passing';
  if (CONTENT_CODES.test(code) || status === 413) return 'content';
  if (code === 'CredentialsProviderError') return 'final';
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429
    ? 'final'
    : 'passing';
}

/** Codes for rights, keys and queues. Their messages name resources; those for refused values may quote the payload. */
const CODES_WITH_WORDS =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|Kms|InvalidClientTokenId|QueueDoesNotExist|Unrecognized)/;

/** The error for a failed call, with AWS's code and status. */
export function callFailed(error: unknown): UndamError {
  const { code, status, requestId } = factsOf(error);
  const cause = new Error(status === undefined ? 'no answer' : `status ${status}, request ${requestId}`);
  cause.name = code;
  return sqsError(inWords(error), cause);
}

/** A failed call in words: AWS's code, and its message if that cannot quote a payload. */
export function inWords(error: unknown): string {
  const { code, message } = factsOf(error);
  const words = CODES_WITH_WORDS.test(code) && message !== '' ? `: ${message.slice(0, 500)}` : '';
  return `SQS could not be called: ${code}${words}`;
}

/** The error for an entry in the `Failed` list. */
export function entryRefused(code: string): UndamError {
  return sqsError(`SQS refused the message: ${bare(code)}`);
}

/** The error of a refusal. */
export function sqsError(problem: string, cause?: unknown): UndamError {
  return new UndamError('sink-refused', problem, ...(cause === undefined ? [] : [{ cause }]));
}

interface Facts {
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly requestId: string;
  readonly clockCorrected: boolean;
}

/** Never throws, even if reading the error does. */
function factsOf(error: unknown): Facts {
  try {
    const { name, code, message, $metadata } = Object(error) as Record<string, unknown>;
    const metadata = Object($metadata) as Record<string, unknown>;
    const status = metadata.httpStatusCode;
    return {
      code: bare(textOf(code) || textOf(name) || 'unknown'),
      status: typeof status === 'number' ? status : undefined,
      message: textOf(message) ?? '',
      requestId: String(metadata.requestId ?? 'unknown'),
      clockCorrected: metadata.clockSkewCorrected === true,
    };
  } catch {
    return { code: 'unknown', status: undefined, message: '', requestId: 'unknown', clockCorrected: false };
  }
}

/** The code in `AWS.SimpleQueueService.BatchRequestTooLong` and `com.amazonaws.sqs#BatchRequestTooLong`, without its prefix. */
function bare(code: string): string {
  return code.slice(Math.max(code.lastIndexOf('.'), code.lastIndexOf('#')) + 1).slice(0, 100);
}

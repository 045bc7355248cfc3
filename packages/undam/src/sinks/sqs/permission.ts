import { AbortController } from '../../base/intrinsics.ts';
import type { Problem } from '../../base/problem.ts';
import type { SendBatch } from './client.ts';
import { faultOf, inWords } from './errors.ts';

/**
 * Probes the permission to send with an empty call, which cannot store anything. For an authorized caller SQS answers
 * EmptyBatchRequest. AWS does not document which checks (rights, queue, key) come before that.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export async function problemsOfSending(sendBatch: SendBatch): Promise<Problem[]> {
  try {
    await sendBatch([], new AbortController().signal);
    return [];
  } catch (error) {
    if (faultOf(error) === 'content') return [];
    const what = inWords(error);
    return [{ what, remedy: remedies.find(([code]) => code.test(what))?.[1] ?? unknownRemedy }];
  }
}

/** By the error code in the message. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/: Kms/, "allow kms:GenerateDataKey and kms:Decrypt on the queue's key in the function's role"],
  [/: AccessDenied/, "allow sqs:SendMessage on the queue in the function's role and in the queue's policy"],
  [/: (QueueDoesNotExist|NonExistentQueue|InvalidAddress)/, 'correct queueUrl, or create the queue that it names'],
  [
    /: (Credentials|ExpiredToken|InvalidClientTokenId|Unrecognized)/,
    'give the function a role, and remove other credentials from the client',
  ],
  [
    /: (E[A-Z_]+|Error|TimeoutError|unknown)/,
    'give the function network access to SQS: in a VPC, a NAT gateway or an interface endpoint',
  ],
];
const unknownRemedy = 'look the code up among the common errors of the SQS API reference';

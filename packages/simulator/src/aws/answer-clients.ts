import { createRequire } from 'node:module';
import type { VirtualQueues } from './virtual-queues.ts';

type Prototype = { send: (...args: never[]) => unknown };

/**
 * Answers every SQS client of the SDK copy that `from` resolves with these queues, until the returned function is called. Does
 * nothing if `from` resolves no SDK.
 */
export function answerClients(queues: VirtualQueues, from: URL): () => void {
  let prototype: Prototype;
  try {
    const sdk = createRequire(from)('@aws-sdk/client-sqs') as { readonly SQSClient: { readonly prototype: Prototype } };
    prototype = sdk.SQSClient.prototype;
  } catch (error) {
    if ((error as { code?: string }).code === 'MODULE_NOT_FOUND') return () => undefined;
    throw error;
  }
  const own = Object.getOwnPropertyDescriptor(prototype, 'send');
  prototype.send = queues.send as Prototype['send'];
  return () => {
    if (own) Object.defineProperty(prototype, 'send', own);
    else Reflect.deleteProperty(prototype, 'send');
  };
}

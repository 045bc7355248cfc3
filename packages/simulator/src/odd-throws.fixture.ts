/** Handlers that reject with, die of or answer the value that their record names. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const refuse = (): never => {
  throw new Error('asked');
};
const named = (name: unknown): Error => Object.assign(new Error('odd'), { name });

const odd: Readonly<Record<string, () => unknown>> = {
  'a symbol as name': () => named(Symbol('name')),
  'an object as message': () => Object.assign(new Error(), { message: Object.create(null) as unknown }),
  'a name that throws': () => Object.defineProperty(new Error('odd'), 'name', { get: refuse }),
  'a message that throws': () => Object.defineProperty(new Error(), 'message', { get: refuse }),
  'a proxy that throws': () => new Proxy(new Error('odd'), { get: refuse, getPrototypeOf: refuse, has: refuse }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'nothing to inherit': () => Object.create(null),
  'a text that throws': () => ({ toString: refuse }),
  'a huge message': () => new Error('x'.repeat(20_000_000)),
  'a symbol': () => Symbol('thrown'),
  nothing: () => undefined,
  text: () => 'no error',
  'a class of its own': () =>
    new (class OrderError extends Error {
      override name = 'OrderError';
    })('odd'),
};

const answers: Readonly<Record<string, () => unknown>> = {
  'a toJSON that throws': () => ({ toJSON: refuse }),
  'a big number': () => ({ batchItemFailures: 1n }),
  'a circle': () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    return circle;
  },
  'a proxy': () => new Proxy({}, { ownKeys: refuse, get: (_, key) => (key === 'then' ? undefined : refuse()) }),
  'a then that throws': () => Object.defineProperty({}, 'then', { get: refuse }),
};

export const oddNames: readonly string[] = Object.keys(odd);
export const answerNames: readonly string[] = Object.keys(answers);

type Event = { readonly Records: readonly { readonly kinesis: { readonly data: string } }[] };
const nameIn = ({ Records }: Event): string => Buffer.from(Records[0]!.kinesis.data, 'base64').toString();
const forever = new Promise<never>(() => {});

export const rejects = async (event: Event): Promise<never> => {
  throw odd[nameIn(event)]!();
};
export const throwsLater = async (event: Event): Promise<never> => {
  setTimeout(() => {
    throw odd[nameIn(event)]!();
  }, 1);
  return forever;
};
export const leavesARejection = async (event: Event): Promise<never> => {
  setTimeout(() => void Promise.reject(odd[nameIn(event)]!()), 1);
  return forever;
};
export const answersOddly = async (event: Event): Promise<unknown> => answers[nameIn(event)]!();

/** Lambda reads a function's number of parameters. */
export const hasNoLength: unknown = new Proxy(async () => null, {
  get: (_, key) => (key === 'length' ? refuse() : undefined),
});

/** Sends a value that cannot even be cloned out of the thread. */
export const sendsAFunction = async (): Promise<null> => {
  const client = new SQSClient({});
  const MessageAttributes = { odd: { DataType: 'String', StringValue: 'value', more: refuse } };
  await client.send(new SendMessageCommand({ QueueUrl: 'https://sqs/1/odd', MessageBody: 'body', MessageAttributes }));
  return null;
};

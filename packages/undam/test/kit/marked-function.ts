import type { Ledger } from '../../src/ledgers/ledger.ts';
import type { QuarantineOptions } from '../../src/middlewares/index.ts';
import { type FunctionOptions, GuardedFunction, type Handle } from './guarded-function.ts';
import { MarkingLedger } from './marking-ledger.ts';
import { type MiddyRequest, middyVersions } from './middy-versions.ts';
import { kinesisEvent } from './stream.ts';
import { type Ending, VirtualLambda } from './virtual-lambda.ts';

/** A function of `eachRecord()` whose ledger lists its marks, each start among them. */
export function markedFunction(handle: Handle = () => {}, options: FunctionOptions = {}) {
  const ledger = new MarkingLedger();
  return { ledger, fn: new GuardedFunction(handle, { ledger, ...options }) };
}

export interface MarkedHandler {
  readonly lambda: VirtualLambda;
  deliver(...numbers: readonly string[]): Promise<Ending>;
  deliverEvent(event: object): Promise<Ending>;
}

interface MarkedOptions {
  /** Puts it under `streamGuard()`. @default `partialBatch()` alone */
  readonly quarantine?: QuarantineOptions;
  /** A hook of another middleware, inside of ours. */
  readonly before?: (request: MiddyRequest) => unknown;
  readonly lambda?: VirtualLambda;
}

/** A function of a handler that the test has wrapped, with a ledger that lists its marks. */
export function markedHandler(
  ledger: Ledger,
  handler: (event: never, context: never) => unknown,
  { quarantine, before = () => undefined, lambda = new VirtualLambda() }: MarkedOptions = {},
): MarkedHandler {
  const { partialBatch, streamGuard } = lambda.middlewares;
  const common = { ledger, observe: () => {} };
  const chain = middyVersions[0]![1]()
    .use(quarantine === undefined ? partialBatch(common) : streamGuard({ quarantine, ...common }))
    .before(before)
    .handler(handler);
  const deliverEvent = (event: object) => lambda.invoke(chain, event);
  return { lambda, deliverEvent, deliver: (...numbers) => deliverEvent(kinesisEvent(...numbers)) };
}

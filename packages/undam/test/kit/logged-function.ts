import { runInThisContext } from 'node:vm';
import { type FunctionOptions, GuardedFunction, type Handle } from './guarded-function.ts';

/** A word of a payload, which no line may show. */
export const secret = 'card-4111';

/** The user's file: each of its functions fails in a line of its own. */
export const fail = runInThisContext(
  `({
  lookUp: (order) => order.lines[0],
  reserve(order) { throw Object.assign(new RangeError(order), { code: 'OUT_OF_STOCK' }); },
})`,
  { filename: '/var/task/orders.js' },
) as Record<'lookUp' | 'reserve', (order: unknown) => unknown>;

/** A function with the default lines. @param handle @default records fail as their sequence numbers begin: `type`, `range`, `hang` */
export function loggedFunction(options: FunctionOptions = {}, handle: Handle = byName): GuardedFunction {
  const { observe = undefined, ...rest } = options;
  return new GuardedFunction(handle, { ...rest, observe: observe as never });
}

const byName: Handle = ({ kinesis: { sequenceNumber } }) => {
  if (sequenceNumber.startsWith('type')) return fail.lookUp({});
  if (sequenceNumber.startsWith('range')) return fail.reserve(secret);
  return sequenceNumber.startsWith('hang') ? new Promise(() => {}) : undefined;
};

import { isUndamError, UndamError } from './errors.ts';
import { unheard } from './thenable.ts';

/** By a registered symbol, so that every copy of this package knows it. */
const mark = Symbol.for('undam.copy');

/** This copy: the ES modules and the CommonJS ones are two, and so are two installed versions. */
const own = Symbol('undam');

/** Notes on objects of an invocation that this copy has met it. It shows nowhere; what is frozen stays as it is. */
export function markAsOwn(...objects: readonly unknown[]): void {
  for (const object of objects) unheard(() => setMark(object, own));
}

export function unmark(...objects: readonly unknown[]): void {
  for (const object of objects) unheard(() => setMark(object, undefined));
}

/** Not deleted where it is taken back: that would cost more than all the rest. */
function setMark(object: unknown, value: symbol | undefined): void {
  Object.defineProperty(object, mark, { value, configurable: true });
}

/** @throws UndamError `two-copies` where another copy has met an invocation with one of these */
export function mustBeOwn(...objects: readonly unknown[]): void {
  if (objects.some(isOfAnother)) {
    throw new UndamError(
      'two-copies',
      'this handler is made with two copies of undam that know nothing of each other: load it in one way, by import everywhere or by require everywhere, and in one version (npm ls undam)',
    );
  }
}

/** Whether an error, of whatever copy, says that two of them meet: that is no record's fault. */
export function isOfTwoCopies(error: unknown): boolean {
  return isUndamError(error) && error.code === 'two-copies';
}

function isOfAnother(object: unknown): boolean {
  const copy = unheard(() => (object as { readonly [mark]?: unknown } | null | undefined)?.[mark]);
  return copy !== undefined && copy !== own;
}

import { isError } from '../base/errors.ts';
import { Set } from '../base/intrinsics.ts';
import { isObject } from '../base/is-object.ts';
import { textOf } from '../base/text.ts';
import type { KeptError } from './envelope.ts';

const maxNameChars = 128;
const maxMessageChars = 1_024;
const maxStackChars = 4_096;
const maxCauses = 5;

/**
 * Converts any thrown value to a bounded {@link KeptError}: a name of up to 128 characters, a message of up to 1,024, a stack of
 * up to 4,096, and at most 5 nested causes. For an `AggregateError` without a cause, the first of its errors is the cause. Never
 * throws, and never changes the value.
 */
export function keepError(error: unknown): KeptError {
  return keep(error, new Set(), maxCauses);
}

function keep(error: unknown, seen: Set<unknown>, causesLeft: number): KeptError {
  if (!isObject(error)) return keepPrimitive(error);
  seen.add(error);
  const message = textIn(error, 'message') ?? 'an object without a message';
  const stack = textIn(error, 'stack');
  const cause = causesLeft > 0 ? causeOf(error) : undefined;
  return {
    name: errorName(error).slice(0, maxNameChars),
    message: message.slice(0, maxMessageChars),
    ...(stack && { stack: cutStack(stack) }),
    ...(cause !== undefined && cause !== null && !seen.has(cause) && { cause: keep(cause, seen, causesLeft - 1) }),
  };
}

function keepPrimitive(value: unknown): KeptError {
  const message = typeof value === 'function' ? 'a function' : String(value);
  return { name: 'NonError', message: message.slice(0, maxMessageChars) };
}

/** The name may be a symbol or not a name at all. */
function errorName(error: object): string {
  const name = look(error, 'name');
  const text = typeof name === 'symbol' ? name.description : name;
  if (typeof text === 'string' && text !== '') return text;
  return isError(error) ? 'Error' : 'NonError';
}

function causeOf(error: object): unknown {
  const cause = look(error, 'cause');
  if (cause !== undefined && cause !== null) return cause;
  const errors = look(error, 'errors');
  return isObject(errors) ? look(errors, '0') : undefined;
}

/** A stack begins with the message; if a long message would displace the frames, keeps the frames. */
function cutStack(stack: string): string {
  const frames = stack.length > maxStackChars ? stack.indexOf('\n    at ') : -1;
  return stack.slice(frames + 1, frames + 1 + maxStackChars);
}

function textIn(from: object, key: string): string | undefined {
  return textOf(look(from, key));
}

/** Getters and proxies may throw. */
function look(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

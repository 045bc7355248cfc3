import { isError, isUndamError } from '../base/errors.ts';

/** The name of an engine function. No frame below it is the user's, not even in a bundle. */
export const engineFrame = 'undam:call';

const maxFramesChars = 8_192;
const maxPathChars = 300;

/**
 * The place where an error was made: the first frame of its stack in the user's code, as `function (file:line:column)`. Skips
 * frames of Node, `node_modules`, Lambda's runtime and this package. In a bundle without source maps, all of these but Node's
 * share a file with the user's code: the place is then the innermost frame of the bundle.
 *
 * `undefined` if the error has no such frame, or if its stack cannot be separated from its message, which may quote a payload.
 * Never throws. Reading a stack makes V8 format it: 11 us, more with source maps.
 */
export function placeOf(error: unknown): string | undefined {
  try {
    // Anything but a genuine error may be a payload, even its `stack`.
    if (!isError(error)) return undefined;
    const own = ownFolder();
    // Undam's own errors begin with Undam's frames, which a bundle makes indistinguishable.
    if (own === undefined && isUndamError(error)) return undefined;
    for (const line of framesOf(error).split('\n')) {
      const [, name = '', file = '', position = ''] = frame.exec(line) ?? [];
      if (name === engineFrame) return undefined;
      if (file !== '' && isUsers(file, own)) return placeText(name, `${file.replace('file://', '')}${position}`);
    }
  } catch {
    // A proxy, a getter or a custom `Error.prepareStackTrace`.
  }
  return undefined;
}

/** `    at name (file:line:column)`, or the same without a name. The file is an absolute path or has a scheme. */
const frame = /^ {4}at (?:async )?(?:([^(]+) \()?((?:[a-z][\w+.-]*:\/\/|\/|[A-Za-z]:[\\/]).+?)(:\d+:\d+)\)?$/;

/** A computed name may be data: only the position is then shown. */
const functionName = /^(?:(?:new|get|set|static) )*[A-Za-z_$][\w$.#<>]{0,99}(?: \[as [\w$.#]{1,50}\])?$/;

/** The frames of a stack, behind the message, some lines of which may look like frames. */
function framesOf({ stack, message }: Error): string {
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  const at = stack.indexOf(message);
  // The message has changed since, so the old one's end is unknown.
  if (at < 0 || (message === '' && !/^[\w$.]*(?:\n|$)/.test(stack))) return '';
  return stack.slice(at + message.length, at + message.length + maxFramesChars);
}

function isUsers(file: string, own: string | undefined): boolean {
  if (/[\\/]node_modules[\\/]/.test(file) || /^(?:file:\/\/)?\/var\/runtime\//.test(file)) return false;
  return own === undefined || !file.startsWith(own);
}

function placeText(name: string, where: string): string {
  const path = where.length > maxPathChars ? `…${where.slice(-maxPathChars)}` : where;
  return functionName.test(name) ? `${name} (${path})` : path;
}

let found: { readonly folder: string | undefined } | undefined;

/** The folder of this package's files, as in stacks; `undefined` in a bundle, where this file has another name. */
function ownFolder(): string | undefined {
  if (found === undefined) {
    const [, , file = ''] = frame.exec(new Error().stack?.split('\n')[1] ?? '') ?? [];
    found = { folder: /^(.*[\\/])observe[\\/]error-place\.[cm]?[jt]s$/.exec(file)?.[1] };
  }
  return found.folder;
}

import { isError, isUndamError } from '../base/errors.ts';

/** The name of a function of the engine below which no frame is the user's, in a bundle, too. */
export const engineFrame = 'undam:call';

const FRAMES_CHARS = 8_192;
const PATH_CHARS = 300;

/**
 * Where an error was made: the first frame of its stack in the user's code, as `function (file:line:column)`. Node's own
 * frames, those of `node_modules`, of Lambda's runtime and of this package are passed over. In a bundle without source maps
 * all of these but Node's share a file: the user's code is what is bundled, and the innermost frame of it is the place.
 *
 * `undefined` where the error has no such frame, or no stack that can be told from its message, which may quote a payload.
 * Never throws, whatever was thrown. The first look at a stack makes V8 format it: 11 us, more with source maps.
 */
export function placeOf(error: unknown): string | undefined {
  try {
    // What stands in the place of a real error may be a payload, with a `stack` in it, too.
    if (!isError(error)) return undefined;
    const own = ownFolder();
    // What we throw begins with our frames, and in a bundle nothing tells them from others.
    if (own === undefined && isUndamError(error)) return undefined;
    for (const line of framesOf(error).split('\n')) {
      const [, name = '', file = '', position = ''] = frame.exec(line) ?? [];
      if (name === engineFrame) return undefined;
      if (file !== '' && isUsers(file, own)) return shownPlace(name, `${file.replace('file://', '')}${position}`);
    }
  } catch {
    // A proxy, a getter, somebody's `Error.prepareStackTrace`.
  }
  return undefined;
}

/** `    at name (file:line:column)`, or the same without a name; the file is an absolute path or has a scheme. */
const frame = /^ {4}at (?:async )?(?:([^(]+) \()?((?:[a-z][\w+.-]*:\/\/|\/|[A-Za-z]:[\\/]).+?)(:\d+:\d+)\)?$/;

/** A name that is computed may be data: then only the position is shown. */
const functionName = /^(?:(?:new|get|set|static) )*[A-Za-z_$][\w$.#<>]{0,99}(?: \[as [\w$.#]{1,50}\])?$/;

/** What of a stack stands behind the message, whose own lines may look like frames. */
function framesOf({ stack, message }: Error): string {
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  const at = stack.indexOf(message);
  // The message was changed since: nobody knows any more where the old one ends.
  if (at < 0 || (message === '' && !/^[\w$.]*(?:\n|$)/.test(stack))) return '';
  return stack.slice(at + message.length, at + message.length + FRAMES_CHARS);
}

function isUsers(file: string, own: string | undefined): boolean {
  if (/[\\/]node_modules[\\/]/.test(file) || /^(?:file:\/\/)?\/var\/runtime\//.test(file)) return false;
  return own === undefined || !file.startsWith(own);
}

function shownPlace(name: string, where: string): string {
  const shown = where.length > PATH_CHARS ? `…${where.slice(-PATH_CHARS)}` : where;
  return functionName.test(name) ? `${name} (${shown})` : shown;
}

let found: { readonly folder: string | undefined } | undefined;

/** The folder of this package's files, as stacks have it; `undefined` in a bundle, where this file has another's name. */
function ownFolder(): string | undefined {
  if (found === undefined) {
    const [, , file = ''] = frame.exec(new Error().stack?.split('\n')[1] ?? '') ?? [];
    found = { folder: /^(.*[\\/])observe[\\/]error-place\.[cm]?[jt]s$/.exec(file)?.[1] };
  }
  return found.folder;
}

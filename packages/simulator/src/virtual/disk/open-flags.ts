import { constants } from 'node:fs';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC = 0 } = constants;

const byName: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  as: O_WRONLY | O_CREAT | O_APPEND | O_SYNC,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
  'as+': O_RDWR | O_CREAT | O_APPEND | O_SYNC,
};

/** The meaning of the flags with which a file is opened. */
export interface OpenFlags {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly appends: boolean;
  readonly creates: boolean;
  readonly isExclusive: boolean;
  readonly truncates: boolean;
  readonly followsLink: boolean;
  readonly wantsFolder: boolean;
}

/** @throws TypeError for a flag that Node does not know */
export function openFlags(flags: number | string): OpenFlags {
  const bits = typeof flags === 'number' ? flags : (byName[flags] ?? byName[swapped(flags)]);
  if (bits === undefined) {
    const message = `The argument 'flags' is invalid. Received '${flags}'`;
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const has = (flag: number | undefined): boolean => flag !== undefined && flag !== 0 && (bits & flag) === flag;
  const access = bits & (O_WRONLY | O_RDWR);
  return {
    reads: access !== O_WRONLY,
    writes: access !== O_RDONLY,
    appends: has(O_APPEND),
    creates: has(O_CREAT),
    isExclusive: has(O_EXCL),
    truncates: has(O_TRUNC),
    followsLink: !has(constants.O_NOFOLLOW) && !(has(O_CREAT) && has(O_EXCL)),
    wantsFolder: has(constants.O_DIRECTORY),
  };
}

/** Node accepts `xw` for `wx`, and so on. */
function swapped(flags: string): string {
  return flags.replace(/^([xs])([rwa])/, '$2$1');
}

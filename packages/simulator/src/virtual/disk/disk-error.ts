import { getSystemErrorMap } from 'node:util';

/** The call that an error names. */
export interface DiskCall {
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

const known = new Map([...getSystemErrorMap()].map(([errno, [code, text]]) => [code, { errno, text }]));

/** An error as Node makes it from the kernel's. */
export function diskError(code: string, { syscall, path, dest }: DiskCall): NodeJS.ErrnoException {
  const { errno, text } = known.get(code)!;
  const where = [path, dest].filter((name) => name !== undefined).map((name) => `'${name}'`);
  const message = `${code}: ${text}, ${[syscall, where.join(' -> ')].join(' ').trimEnd()}`;
  const error = Object.assign(new Error(message), { errno, code, syscall });
  return Object.assign(error, path !== undefined && { path }, dest !== undefined && { dest });
}

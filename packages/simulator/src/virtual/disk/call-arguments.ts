/** One of Node's encodings, or `buffer`; given alone or in an object of options. */
export type EncodingOption = string | null | undefined | { readonly encoding?: string | null };

export function encodingOf(options: EncodingOption): string | undefined {
  return (typeof options === 'string' ? options : options?.encoding) ?? undefined;
}

/** A name or path in the caller's encoding. */
export function encodedName(name: string, options: EncodingOption): string | Buffer {
  const encoding = encodingOf(options);
  if (encoding === undefined || encoding === 'utf8' || encoding === 'utf-8') return name;
  const bytes = Buffer.from(name);
  return encoding === 'buffer' ? bytes : bytes.toString(encoding as BufferEncoding);
}

/** Permission bits from a number or octal digits, under the umask of a Lambda process. */
export function modeOf(mode: unknown, otherwise: number): number {
  const bits = typeof mode === 'string' ? Number.parseInt(mode, 8) : Number(mode ?? otherwise);
  return bits & 0o7777 & ~umask;
}

const umask = 0o022;

/** The bytes of an argument of `fs.write` and its relatives. @throws TypeError for any other type */
export function bytesOf(data: unknown, encoding: string | undefined): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const message = `The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${typeof data}`;
  throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** Epoch milliseconds of an argument of `fs.utimes`: seconds as a number or digits, or a date. */
export function timeMsOf(time: unknown): number {
  return typeof time === 'object' && time !== null ? Number(time) : Number(time) * 1_000;
}

/** The last four characters; the bits that padding leaves over are zero, as every encoder writes them. */
const tail = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)$/;

/**
 * Whether a text is what an encoder of base64 writes, and so what Lambda delivers. Costs one look at each character; without
 * a repeated group, because on 10 MiB of text a backtracking pattern could exhaust the engine's stack.
 */
export function isCanonicalBase64(text: string): boolean {
  if (text === '') return true;
  const cut = text.length - 4;
  return text.length % 4 === 0 && tail.test(text.slice(cut)) && !/[^A-Za-z0-9+/]/.test(text.slice(0, cut));
}

/** The text in UTF-8, in base64. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

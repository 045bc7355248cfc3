/**
 * Front coding for strings with common beginnings, such as a shard's sequence numbers: the length shared with the previous
 * string, then the rest.
 */
export type FrontCoded = readonly (number | string)[];

export function frontCode(texts: readonly string[]): FrontCoded {
  const coded: (number | string)[] = [];
  let before = '';
  for (const text of texts) {
    let shared = 0;
    while (shared < text.length && text.charCodeAt(shared) === before.charCodeAt(shared)) shared++;
    coded.push(shared, text.slice(shared));
    before = text;
  }
  return coded;
}

/** @throws TypeError for a value that `frontCode` cannot have returned */
export function frontDecode(coded: unknown): string[] {
  if (!Array.isArray(coded) || coded.length % 2 !== 0) throw new TypeError('not a list of pairs');
  const texts: string[] = [];
  let before = '';
  for (let at = 0; at < coded.length; at += 2) {
    const shared: unknown = coded[at];
    const rest: unknown = coded[at + 1];
    if (!isLength(shared, before.length) || typeof rest !== 'string') throw new TypeError('not a length and a rest');
    before = before.slice(0, shared) + rest;
    texts.push(before);
  }
  return texts;
}

function isLength(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

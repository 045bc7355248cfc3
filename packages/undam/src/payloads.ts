import { base64, isCanonicalBase64 } from './base64.ts';
import type { Envelope } from './envelope.ts';
import { JSON } from './intrinsics.ts';

/** What an envelope keeps of a record. */
export type KeptPayload = Pick<Envelope, 'data' | 'altered'>;

/**
 * The payloads of a Kinesis batch as they are kept: base64 as it came. A middleware that decodes one record decodes all of
 * them, and the text of one may look like base64, so where any is not base64 all are kept as text. Looks at each
 * character of the batch, once, at the first quarantine.
 */
export function keptData(payloads: readonly string[]): (index: number) => KeptPayload {
  let areText: boolean | undefined;
  return (index) => {
    const data = payloads[index]!;
    areText ??= !payloads.every(isCanonicalBase64);
    if (!areText) return { data };
    // UTF-8 has nothing for half of a surrogate pair.
    return data.isWellFormed()
      ? { data: base64(data), altered: 'text' }
      : { data: base64(JSON.stringify(data)), altered: 'json' };
  };
}

/** The payloads of a batch of JSON texts. */
export function keptJson(payloads: readonly string[]): (index: number) => KeptPayload {
  return (index) => ({ data: base64(payloads[index]!) });
}

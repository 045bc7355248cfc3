import { base64, isCanonicalBase64 } from '../base/base64.ts';
import { JSON } from '../base/intrinsics.ts';

/** What an envelope keeps of a record. */
export interface KeptPayload {
  /** Base64. */
  readonly data: string;
  /** Present where another middleware had decoded the data: the form in which `data` holds that text. */
  readonly altered?: 'text' | 'json';
}

/**
 * Whether another middleware had made text of the data before it was read. One that decodes one record decodes all of them, and
 * the text of one may look like base64: so all are text where any is not base64. Looks at each character of the batch, once, when
 * it is first asked.
 */
export function areText(payloads: readonly string[]): () => boolean {
  let are: boolean | undefined;
  return () => {
    are ??= !payloads.every(isCanonicalBase64);
    return are;
  };
}

/** The payloads of a Kinesis batch as they are kept: base64 as it came, else as text. */
export function keptData(payloads: readonly string[], areText: () => boolean): (index: number) => KeptPayload {
  return (index) => {
    const data = payloads[index]!;
    if (!areText()) return { data };
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

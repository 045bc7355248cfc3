import { base64, isCanonicalBase64 } from '../base/base64.ts';
import { JSON } from '../base/intrinsics.ts';

/** A payload as an envelope stores it. */
export interface KeptPayload {
  /** The payload in base64. */
  readonly data: string;
  /** Present if another middleware had decoded the data: the encoding of that text in `data`. */
  readonly altered?: 'text' | 'json';
}

/**
 * True if another middleware had decoded the data to text before it was read. Such a middleware decodes all records, and a
 * decoded text may look like base64, so one payload that is not base64 makes all of them text. Scans the whole batch, at the
 * first call only.
 */
export function areText(payloads: readonly string[]): () => boolean {
  let are: boolean | undefined;
  return () => {
    are ??= !payloads.every(isCanonicalBase64);
    return are;
  };
}

/** The payloads of a Kinesis batch for envelopes: the base64 as delivered, or the decoded text. */
export function keptData(payloads: readonly string[], areText: () => boolean): (index: number) => KeptPayload {
  return (index) => {
    const data = payloads[index]!;
    if (!areText()) return { data };
    // UTF-8 cannot encode half of a surrogate pair.
    return data.isWellFormed()
      ? { data: base64(data), altered: 'text' }
      : { data: base64(JSON.stringify(data)), altered: 'json' };
  };
}

/** The payloads of a batch of JSON texts, for envelopes. */
export function keptJson(payloads: readonly string[]): (index: number) => KeptPayload {
  return (index) => ({ data: base64(payloads[index]!) });
}

import { Promise } from '../../src/base/intrinsics.ts';
import type { Envelope } from '../../src/envelope/index.ts';
import type { SendLimits, SendResult, Sink } from '../../src/sinks/sink.ts';

/** A sink that keeps its calls and stores the envelopes that `accepts` takes. */
export class StoringSink implements Sink {
  readonly calls: (readonly Envelope[])[] = [];
  readonly stored: Envelope[] = [];
  readonly #accepts: (envelope: Envelope, call: number) => boolean;

  constructor(accepts: (envelope: Envelope, call: number) => boolean = () => true) {
    this.#accepts = accepts;
  }

  /** The sequence numbers of the stored envelopes. */
  get numbers(): string[] {
    return this.stored.map(({ origin }) => origin.sequenceNumber);
  }

  send(envelopes: readonly Envelope[], _limits: SendLimits): Promise<SendResult[]> {
    const call = this.calls.push(envelopes);
    const results = envelopes.map((envelope): SendResult => {
      if (!this.#accepts(envelope, call)) return { accepted: false, error: new Error('scripted refusal') };
      this.stored.push(envelope);
      return { accepted: true };
    });
    return Promise.resolve(results);
  }
}

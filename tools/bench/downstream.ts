export interface DownstreamLimits {
  /** Maximum of calls in flight of a client; the others wait. */
  readonly sockets?: number;
  /** Maximum of calls that the downstream takes at once; it refuses the others. */
  readonly maxTakes?: number;
}

const refusalMs = 5;

/** The service that records are sent to: each call takes its time. Counts the calls. */
export class Downstream {
  maxAtOnce = 0;
  refused = 0;
  #atOnce = 0;
  #freeSockets: number;
  readonly #maxTakes: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ sockets = Infinity, maxTakes = Infinity }: DownstreamLimits) {
    this.#freeSockets = sockets;
    this.#maxTakes = maxTakes;
  }

  async call(ms: number): Promise<void> {
    if (this.#freeSockets > 0) this.#freeSockets--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await this.#answer(ms);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#freeSockets++;
    }
  }

  async #answer(ms: number): Promise<void> {
    if (this.#atOnce >= this.#maxTakes) {
      this.refused++;
      await sleep(refusalMs);
      throw Object.assign(new Error('too many calls at once'), { name: 'ThrottlingException' });
    }
    this.maxAtOnce = Math.max(this.maxAtOnce, ++this.#atOnce);
    await sleep(ms);
    this.#atOnce--;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

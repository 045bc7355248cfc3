export interface DownstreamLimits {
  /** Calls that a client has under way at once, at most; the others wait. */
  readonly sockets?: number;
  /** Calls that the downstream takes at once, at most; the others it refuses. */
  readonly takesMost?: number;
}

const refusalMs = 5;

/** What records are sent to: each call takes its time. Counts them. */
export class Downstream {
  mostAtOnce = 0;
  refused = 0;
  #atOnce = 0;
  #freeSockets: number;
  readonly #takesMost: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ sockets = Infinity, takesMost = Infinity }: DownstreamLimits) {
    this.#freeSockets = sockets;
    this.#takesMost = takesMost;
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
    if (this.#atOnce >= this.#takesMost) {
      this.refused++;
      await sleep(refusalMs);
      throw Object.assign(new Error('too many calls at once'), { name: 'ThrottlingException' });
    }
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    await sleep(ms);
    this.#atOnce--;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

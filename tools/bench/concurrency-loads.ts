import { type Random, seededRandom } from '@undam/simulator/parts';

/** A batch, and the downstream's time for each of its records. */
export interface Load {
  readonly name: string;
  readonly records: number;
  /** Partition keys, taken in turn. */
  readonly keys: number;
  /** Median milliseconds of the records that are not slow. */
  readonly quickMs: number;
  readonly slow: 'one in a hundred' | 'ten at the head';
  /** Maximum of calls in flight of the function's client; the others wait for a socket. */
  readonly sockets: number;
}

const slowMs = 1_500;

/** The default of the AWS SDK's clients. https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html */
const sdkSockets = 50;

const keyEach = { keys: Infinity, quickMs: 30, slow: 'one in a hundred', sockets: Infinity } as const;

export const loads = {
  small: { ...keyEach, name: '100 a batch', records: 100 },
  medium: { ...keyEach, name: '1,000 a batch', records: 1_000 },
  large: { ...keyEach, name: '10,000 a batch', records: 10_000 },
  slowHead: { ...keyEach, name: '1,000 a batch, the first ten slow', records: 1_000, slow: 'ten at the head' },
  quickBehindSlow: {
    ...keyEach,
    name: '1,000 a batch of 5 ms, the first ten slow',
    records: 1_000,
    slow: 'ten at the head',
    quickMs: 5,
  },
  fewKeys: { ...keyEach, name: '1,000 a batch, 20 keys', records: 1_000, keys: 20 },
  fewSockets: { ...keyEach, name: `1,000 a batch, ${sdkSockets} sockets`, records: 1_000, sockets: sdkSockets },
} satisfies Record<string, Load>;

/**
 * Milliseconds of each record, the same for every contender and for all loads of one size: log-normal around the median, 1,500
 * for the slow ones.
 */
export function latencies({ records, quickMs, slow }: Load): number[] {
  const random = seededRandom(records);
  const isSlow = (position: number): boolean => (slow === 'ten at the head' ? position < 10 : random() < 0.01);
  return Array.from({ length: records }, (_, position) => {
    const ms = lognormal(random, quickMs, 0.5);
    return isSlow(position) ? slowMs : Math.max(1, Math.round(ms));
  });
}

/** Box-Muller: normal numbers, as powers of e. */
function lognormal(random: Random, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * normal);
}

import { runInProgress } from './run-in-progress.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Replaces every clock of the realm; outside a run they tell the real time. */
export function installClocks(realm: typeof globalThis): void {
  const RealDate = realm.Date;
  const realNow = RealDate.now;
  const now = (): number => read()?.date() ?? realNow();
  RealDate.now = now;
  realm.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = realm.Date;

  const { performance } = realm;
  const realPerformanceNow = performance.now.bind(performance);
  const performanceNow = (): number => {
    const time = read();
    return time ? time.now() : realPerformanceNow();
  };
  Object.defineProperty(performance, 'now', { configurable: true, writable: true, value: performanceNow });
  installMarks(performance);
  installFormats(realm);

  const realHrtime = process.hrtime.bind(process);
  const realBigint = process.hrtime.bigint.bind(process.hrtime);
  const bigint = (): bigint => {
    const time = read();
    return time ? BigInt(Math.round(time.now() * 1e6)) : realBigint();
  };
  const hrtime = (since?: [number, number]): [number, number] => {
    if (!runInProgress()) return realHrtime(since);
    const at = bigint() - (since ? BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]) : 0n);
    return [Number(at / 1_000_000_000n), Number(at % 1_000_000_000n)];
  };
  process.hrtime = Object.assign(hrtime, { bigint });
  const realUptime = process.uptime.bind(process);
  process.uptime = () => (runInProgress() ? performanceNow() / 1_000 : realUptime());

  const realTimeout = realm.AbortSignal.timeout;
  realm.AbortSignal.timeout = (ms: number): AbortSignal => {
    const run = runInProgress();
    if (!run) return realTimeout(ms);
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    run.time.setTimeout(() => controller.abort(reason), ms);
    return controller.signal;
  };
}

/** Reads of the clock in one turn of the event loop before further reads let time pass. */
const maxReads = 100_000;
const readsPerMs = 1_000;

let turn = -1;
let reads = 0;

/** Assumed: a loop that waits for the clock blocks the event loop. Without this it would never end. */
function read(): VirtualTime | undefined {
  const time = runInProgress()?.time;
  if (!time) return undefined;
  if (time.turns !== turn) {
    turn = time.turns;
    reads = 0;
  }
  if (++reads > maxReads && reads % readsPerMs === 0) time.block(1);
  return time;
}

/** The time origin, and marks: they get a `startTime`, because Node would read its own clock. */
function installMarks(performance: typeof globalThis.performance): void {
  const realOrigin = performance.timeOrigin;
  const timeOrigin = (): number => {
    const time = runInProgress()?.time;
    return time ? time.date() - time.now() : realOrigin;
  };
  Object.defineProperty(performance, 'timeOrigin', { configurable: true, get: timeOrigin });
  const realMark = performance.mark.bind(performance);
  const realMeasure = performance.measure.bind(performance);
  const mark: typeof realMark = (name, options) =>
    runInProgress() ? realMark(name, { startTime: performance.now(), ...options }) : realMark(name, options);
  const measure = (name: string, from?: unknown, to?: unknown): unknown => {
    if (!runInProgress()) return realMeasure(name, from as never, to as never);
    const options =
      typeof from === 'object' && from !== null ? from : { start: from ?? 0, ...(to !== undefined && { end: to }) };
    const isBounded = 'end' in options || 'duration' in options;
    return realMeasure(name, { ...options, ...(!isBounded && { end: performance.now() }) });
  };
  Object.defineProperties(performance, {
    mark: { configurable: true, writable: true, value: mark },
    measure: { configurable: true, writable: true, value: measure },
  });
}

/** A format without a date takes the present one. */
function installFormats(realm: typeof globalThis): void {
  const { prototype } = realm.Intl.DateTimeFormat;
  const format = Object.getOwnPropertyDescriptor(prototype, 'format')!.get!;
  Object.defineProperty(prototype, 'format', {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      const real = Reflect.apply(format, this, []) as Intl.DateTimeFormat['format'];
      return (date?: Date | number) => real(date ?? Date.now());
    },
  });
  const formatToParts = prototype.formatToParts;
  prototype.formatToParts = function (date) {
    return Reflect.apply(formatToParts, this, [date ?? Date.now()]);
  };
}

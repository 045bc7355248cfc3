import { runInProgress } from './run-in-progress.ts';

/** Replaces everything that tells the time in the realm; outside a run it tells the real one. */
export function installClocks(realm: typeof globalThis): void {
  const RealDate = realm.Date;
  const realNow = RealDate.now;
  const now = (): number => runInProgress()?.time.date() ?? realNow();
  RealDate.now = now;
  realm.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = realm.Date;

  const { performance } = realm;
  const realPerformanceNow = performance.now.bind(performance);
  const performanceNow = (): number => runInProgress()?.time.now() ?? realPerformanceNow();
  Object.defineProperty(performance, 'now', { configurable: true, writable: true, value: performanceNow });

  const realHrtime = process.hrtime.bind(process);
  const realBigint = process.hrtime.bigint.bind(process.hrtime);
  const bigint = (): bigint => {
    const run = runInProgress();
    return run ? BigInt(Math.round(run.time.now() * 1e6)) : realBigint();
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

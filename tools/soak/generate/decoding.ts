import { type Random, seededRandom, wholeNumber } from '@undam/simulator/parts';
import type { Site } from '../faults/sites.ts';
import type { Decoding, GuardPlan, Nature, PlannedRecord, Step } from '../scenario/scenario.ts';

/** Of the seeds whose records `eachRecord()` handles. */
const decoderShare = { sync: 0.25, async: 0.4 };

/** The decoder that `eachRecord()` is given, if any. Its draws are its own: no other draw of a seed moves for it. */
export function decoderPlan(seed: number, { handler, isProcessor }: GuardPlan): Pick<GuardPlan, 'decoder'> {
  if (handler !== 'eachRecord' || isProcessor) return {};
  const share = seededRandom(`${seed}/decoder`)();
  if (share < decoderShare.sync) return { decoder: 'sync' };
  return share < decoderShare.sync + decoderShare.async ? { decoder: 'async' } : {};
}

/** Sites that fire in the decoder, with the range of their chance for each record. */
const decoderSteps: Readonly<Partial<Record<Site, readonly [number, number]>>> = {
  'decoder-throws': [0.01, 0.08],
  'decoder-throws-permanently': [0.005, 0.04],
  'decoder-says-outage': [0.005, 0.04],
  'decoder-hangs': [0.003, 0.04],
  'decoder-is-slow': [0.01, 0.2],
  'decoder-blocks': [0.005, 0.04],
  'decoder-crashes': [0.003, 0.02],
};

/** Whether a site may fire with this decoder; sites that are not a decoder's may. */
export function mayFireInDecoder(site: Site, { decoder }: GuardPlan): boolean {
  if (decoderSteps[site] === undefined || decoder === 'async') return true;
  return decoder === 'sync' && site !== 'decoder-hangs' && site !== 'decoder-is-slow';
}

/**
 * Adds the decoder's steps to the records.
 *
 * @param bounded records that always kill the process are passed in time
 */
export function withDecodings(
  records: readonly PlannedRecord[],
  seed: number,
  on: readonly Site[],
  guard: GuardPlan,
  bounded: boolean,
): readonly PlannedRecord[] {
  if (guard.decoder === undefined) return records;
  const quick = seededRandom(`${seed}/decoder/ms`);
  const planned = on.flatMap((site) => {
    const range = decoderSteps[site];
    if (!range) return [];
    const own = seededRandom(`${seed}/${site}`);
    return [{ site, own, chance: range[0] + own() * (range[1] - range[0]) }];
  });
  return records.map((record) => {
    const ms = quick() < 0.7 ? 0 : wholeNumber(quick, 1, 20);
    const met = planned.filter(({ own, chance }) => own() < chance);
    const decoding: Decoding = {
      ms: guard.decoder === 'async' ? ms : 0,
      nature: met.reduce<Nature>((nature, { site, own }) => natureBy(site, own, bounded) ?? nature, 'ok'),
      steps: met.flatMap(({ site, own }) => stepsOf(site, own, guard)),
    };
    return decoding.ms > 0 || met.length > 0 ? { ...record, decoding } : record;
  });
}

/** A record may be unreadable for good: that does not heal. */
function natureBy(site: Site, own: Random, bounded: boolean): Nature | undefined {
  if (site === 'decoder-throws') return own() < 0.4 ? 'throw' : undefined;
  if (site === 'decoder-throws-permanently') return own() < 0.5 ? 'permanent' : undefined;
  if (site === 'decoder-hangs') return own() < 0.3 ? 'hang' : undefined;
  if (site === 'decoder-crashes' && bounded) return own() < 0.4 ? 'crash' : undefined;
  return undefined;
}

function stepsOf(site: Site, own: Random, { attempts, recordMs }: GuardPlan): Step[] {
  const step = (does: Step['does'], most: number, least = 0): Step => ({
    does,
    ms: wholeNumber(own, least, most),
    site,
  });
  switch (site) {
    case 'decoder-throws':
      return Array.from({ length: own() < 0.5 ? 1 : wholeNumber(own, 1, attempts + 1) }, () => step('throw', 40));
    case 'decoder-throws-permanently':
      return [step('permanent', own() < 0.5 ? 0 : 20)];
    case 'decoder-says-outage':
      return [step('outage', 20)];
    case 'decoder-hangs':
      return [step('hang', 0)];
    case 'decoder-is-slow':
      return [slow(own, recordMs, step)];
    case 'decoder-blocks':
      return [step('block', own() < 0.7 ? 400 : 4_000, 1)];
    case 'decoder-crashes':
      return [step('crash', 30)];
    default:
      return [];
  }
}

/** Shorter or longer than the record's time, to the millisecond of it, or until the batch's budget ends. */
function slow(own: Random, recordMs: number, step: (does: 'slow', most: number, least: number) => Step): Step {
  const share = own();
  if (share < 0.15) return step('slow', 8_000, 1_000);
  if (recordMs === 0) return step('slow', 600, 60);
  if (share < 0.4) return step('slow', recordMs + 3, recordMs - 3);
  return share < 0.7 ? step('slow', recordMs + 600, recordMs + 1) : step('slow', recordMs, 1);
}

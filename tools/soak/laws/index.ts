import { apart } from './apart.ts';
import { boundedBlock } from './bounded-block.ts';
import { doneOnce } from './done-once.ts';
import { failClosed } from './fail-closed.ts';
import { headProgress } from './head-progress.ts';
import { inBudget } from './in-budget.ts';
import { innocent } from './innocent.ts';
import { laneOrder } from './lane-order.ts';
import type { Law } from './law.ts';
import { noLoss } from './no-loss.ts';
import { uncharged } from './uncharged.ts';

/** The laws under their names. */
export const laws = {
  'no-loss': noLoss,
  'lane-order': laneOrder,
  'bounded-block': boundedBlock,
  'head-progress': headProgress,
  innocent,
  uncharged,
  'done-once': doneOnce,
  'fail-closed': failClosed,
  'in-budget': inBudget,
  apart,
} as const satisfies Readonly<Record<string, Law>>;

export type LawName = keyof typeof laws;

export const lawNames = Object.keys(laws) as readonly LawName[];

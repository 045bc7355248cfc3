import type { Scenario } from '../scenario/scenario.ts';
import type { InvocationSight, Lane, RecordSight } from './sights.ts';

/** A record of which nothing has been seen. */
export function recordSight(planned: Scenario['records'][number], index: number): RecordSight {
  return {
    index,
    planned,
    sequenceNumber: '',
    unit: '',
    equals: [],
    isCutOtherwise: false,
    data: () => '',
    invocation: undefined,
    position: 0,
    starts: 0,
    wasTroubled: false,
    wasPermanent: false,
    wasUndecodable: false,
    inDecoder: undefined,
    isDone: false,
    isAcknowledged: false,
    id: undefined,
    charges: 0,
    open: [],
    remembered: undefined,
    deaths: undefined,
    blocked: undefined,
    rememberedBefore: undefined,
    chargedIn: undefined,
    held: undefined,
    diedAlone: false,
    doneAt: -Infinity,
    doneIn: undefined,
    diedIn: undefined,
    passedIn: undefined,
    lostIn: [],
    sentIn: undefined,
    end: undefined,
  };
}

type Begun = Pick<InvocationSight, 'number' | 'process' | 'batch' | 'from' | 'deadline' | 'standStills'>;

/** An invocation that begins. */
export function invocationSight({
  number,
  process,
  batch,
  from,
  deadline,
  standStills,
  order,
}: Begun & { readonly order: Order }): InvocationSight {
  return {
    number,
    context: undefined,
    process,
    batch,
    from,
    deadline,
    standStills,
    ledgerTroubles: process.memory.troubles,
    knows: true,
    started: new Set(),
    remembering: 'not yet',
    recalled: [],
    resolved: new Array<boolean>(batch.length).fill(false),
    running: new Array<boolean>(batch.length).fill(false),
    inFlight: [],
    lanes: lanesOf(batch, order),
    headSize: headSizeOf(batch),
    hadTrouble: false,
    repeats: 0,
    hasOldRepeat: false,
    lastStartAt: from,
    marksFailed: false,
    headMoved: false,
    startsOnHead: [],
    hasSucceeded: false,
    loneThrew: false,
    mayHold: false,
    mustFail: undefined,
    end: undefined,
    to: Infinity,
    payload: undefined,
    lostAt: undefined,
    reported: [],
  };
}

type Order = Scenario['guard']['order'];

function headSizeOf(batch: readonly RecordSight[]): number {
  const size = batch.findIndex(({ sequenceNumber }) => sequenceNumber !== batch[0]!.sequenceNumber);
  return size < 0 ? batch.length : size;
}

function lanesOf(batch: readonly RecordSight[], order: Order): Lane[] {
  const names = batch.map(({ planned }, position) => {
    if (order === 'none') return `record ${position}`;
    return order === 'key' ? `key ${planned.key}` : 'shard';
  });
  for (let position = 1; position < batch.length; position++) {
    const [before, name] = [names[position - 1]!, names[position]!];
    if (batch[position]!.sequenceNumber !== batch[position - 1]!.sequenceNumber || name === before) continue;
    for (const [other, one] of names.entries()) if (one === name) names[other] = before;
  }
  const lanes = new Map<string, Lane>();
  return names.map((name, position) => {
    const lane = lanes.get(name) ?? { positions: [], next: 0 };
    lane.positions.push(position);
    lanes.set(name, lane);
    return lane;
  });
}

import type { Scenario } from './scenario.ts';
import type { InvocationSight, Lane, RecordSight } from './sights.ts';

/** A record of which nothing has been seen. */
export function recordSight(planned: Scenario['records'][number], index: number): RecordSight {
  return {
    index,
    planned,
    sequenceNumber: '',
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

function lanesOf(batch: readonly RecordSight[], order: Order): Map<number, Lane> {
  const lanes = new Map<number, Lane>();
  if (order === 'none') return lanes;
  for (const [position, { planned }] of batch.entries()) {
    const name = order === 'key' ? planned.key : 0;
    const lane = lanes.get(name);
    if (lane) lane.positions.push(position);
    else lanes.set(name, { positions: [position], next: 0 });
  }
  return lanes;
}

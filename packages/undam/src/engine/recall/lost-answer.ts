import { Map } from '../../base/intrinsics.ts';
import { isResolved, type Memories, type Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import { sequenceNumberIn } from '../../streams/units.ts';

/** Records that an event names: an event is a line in a log, which has 256 KB at most. */
const maxNamed = 100;

const died =
  'the process died behind its answer, which was lost: something that a handler started was not awaited, as @typescript-eslint/no-floating-promises finds';
const cameAgain =
  'another environment had answered that they are done, and they came again: Lambda delivered them twice, or that one died behind its answer, where something that a handler started was not awaited';

/** Tells of records that an answer had passed; what is remembered of them is not news from here on. */
export function withoutLostAnswer(memories: Memories, emit: Emit): Memories {
  const answered = [...memories].filter(([, memory]) => memory.answered !== undefined);
  if (answered.length === 0) return memories;
  const resolved = answered.filter(([, memory]) => isResolved(memory));
  if (resolved.length > 0) tell(resolved, emit);
  return new Map([...memories].map(([id, { answered: _, mayGoOn: __, ...memory }]) => [id, memory]));
}

function tell(lost: readonly (readonly [string, Memory])[], emit: Emit): void {
  const isCertain = lost.some(([, { answered }]) => answered === 'lost');
  const sequenceNumbers = lost.slice(0, maxNamed).map(([id]) => sequenceNumberIn(id));
  const problem = isCertain ? died : cameAgain;
  emit({ type: 'died-after-answer', records: lost.length, sequenceNumbers, isCertain, problem });
}

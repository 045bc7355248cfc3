import { Map } from '../../base/intrinsics.ts';
import { isResolved, type Memories, type Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import { sequenceNumberIn } from '../../streams/record-id.ts';

/** The maximum number of records that an event names: an event becomes one log line, of at most 256 KB. */
const maxNamed = 100;

const died =
  'the process died after its answer, and the answer was lost: a handler did not await work that it had started. Find it with @typescript-eslint/no-floating-promises';
const cameAgain =
  'another environment had answered that these records are done, but they came again: Lambda delivered them twice, or that environment died after its answer because a handler did not await work that it had started';

/** Emits an event for records that an answer had passed, and drops that mark from their memories. */
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

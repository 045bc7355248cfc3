import type { Ledger, Marks, Memory } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { kinesisEvent } from './stream.ts';

/**
 * A memory ledger that writes its marks into a list: `started a1`, `alone a1`, `done a1 a2`, `open a1`,
 * `answered a1 behind a2`, `closed`.
 */
export class MarkingLedger implements Ledger {
  readonly marks: string[] = [];
  readonly #memory = memoryLedger();
  readonly #everyStart: boolean;
  readonly #claims: boolean;
  remembered = 0;

  constructor(everyStart = true, claims = false) {
    this.#everyStart = everyStart;
    this.#claims = claims;
  }

  get claims(): boolean {
    return this.#claims;
  }

  readonly recall: Ledger['recall'] = (key, sequenceNumbers) => this.#memory.recall(key, sequenceNumbers);

  readonly remember: Ledger['remember'] = (key, changes) => {
    this.remembered++;
    return this.#memory.remember(key, changes);
  };

  mark(): Marks {
    const { marks } = this;
    return {
      everyStart: this.#everyStart,
      started: (number, _attempts, alone) => void marks.push(`${alone ? 'alone' : 'started'} ${number}`),
      done: (numbers) => void marks.push(`done ${numbers.join(' ')}`),
      learned: (number, { state }, running) => void marks.push(`${state} ${number}${running ? ' (running)' : ''}`),
      answered: (done, behind) =>
        void marks.push(['answered', ...done, ...(behind.length > 0 ? ['behind', ...behind] : [])].join(' ')),
      withdraw: () => void marks.push('closed'),
      close: () => void marks.push('closed'),
    };
  }

  /** What it knows before the next delivery. */
  know(memories: Readonly<Record<string, Partial<Memory>>>): void {
    const { eventSourceARN } = kinesisEvent('a').Records[0]!;
    const key = {
      functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:f',
      eventSourceArn: eventSourceARN,
      shardId: 'shardId-000000000000',
    };
    const attempts = { started: 2, failed: 0, timedOut: 0, crashed: 0 };
    const entries = Object.entries(memories).map(([number, memory]): [string, Memory] => [
      number,
      { state: 'open', attempts, ...memory },
    ]);
    this.#memory.remember(key, new Map(entries));
  }
}

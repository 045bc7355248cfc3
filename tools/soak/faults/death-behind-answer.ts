import type { Actor } from '../handlers/handler-acts.ts';
import type { Witness } from '../witness/witness.ts';
import type { FaultPlan } from './fault-plan.ts';

interface Request {
  readonly response?: unknown;
}

interface Hooks {
  after(request: Request): Promise<void>;
}

/** Where it strikes, by the number of its fault: in hooks within ours or around them, else when Lambda's runtime has it. */
const places = ['behind', 'behind', 'outside', 'inside'] as const;
type Place = (typeof places)[number];

/** The death of a process that has fixed its answer, before Lambda has it: the effect of a promise without an await. */
export class DeathBehindAnswer {
  readonly #actor: Actor;
  readonly #faults: FaultPlan;
  readonly #witness: Witness;
  #place: Place | undefined;
  readonly outside: Hooks = { after: ({ response }) => this.#at('outside', response) };
  readonly inside: Hooks = { after: ({ response }) => this.#at('inside', response) };

  constructor(actor: Actor, faults: FaultPlan, witness: Witness) {
    this.#actor = actor;
    this.#faults = faults;
    this.#witness = witness;
  }

  /** An invocation begins. */
  plan(): void {
    const fault = this.#faults.planned('dies-behind-answer');
    this.#place = fault && places[fault.ms];
  }

  /** The function has answered: whether it strikes now. */
  strikesBehind(): boolean {
    return this.#strikes('behind', this.#actor.process.invocation?.payload);
  }

  async #at(place: Place, answer: unknown): Promise<void> {
    if (!this.#strikes(place, answer)) return;
    this.#actor.crash();
    await new Promise(() => {});
  }

  #strikes(place: Place, answer: unknown): boolean {
    const { process } = this.#actor;
    const { invocation, fence } = process;
    if (this.#place !== place || fence.ended || this.#faults.healed || invocation?.end !== undefined) return false;
    this.#faults.count('dies-behind-answer');
    this.#witness.function.diesBehind(process, answer);
    return true;
  }
}

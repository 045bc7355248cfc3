import type { Fault, Scenario } from '../scenario/scenario.ts';
import { noSites, type Site, type SiteCounts } from './sites.ts';

/** The faults of one run: which call of which site meets one, and how often each has fired. */
export class FaultPlan {
  readonly fired: SiteCounts = noSites();
  readonly #planned = new Map<Site, Map<number, Fault>>();
  readonly #calls = new Map<Site, number>();
  #healed = false;

  constructor({ faults }: Pick<Scenario, 'faults'>) {
    for (const fault of faults) {
      const planned = this.#planned.get(fault.site);
      if (planned) planned.set(fault.at, fault);
      else this.#planned.set(fault.site, new Map([[fault.at, fault]]));
    }
  }

  get healed(): boolean {
    return this.#healed;
  }

  heal(): void {
    this.#healed = true;
  }

  /** The fault that meets this call of a site, if any; it counts as fired. */
  at(site: Site): Fault | undefined {
    const fault = this.planned(site);
    if (fault) this.fired[site]++;
    return fault;
  }

  /** The same, not counted: whether it comes to anything is seen later. */
  planned(site: Site): Fault | undefined {
    const planned = this.#planned.get(site);
    if (!planned) return undefined;
    const call = this.#calls.get(site) ?? 0;
    this.#calls.set(site, call + 1);
    return this.#healed ? undefined : planned.get(call);
  }

  count(site: Site): void {
    this.fired[site]++;
  }
}

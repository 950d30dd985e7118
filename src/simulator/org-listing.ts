import type { Engine } from './engine.js';
import type { SimMachine, SimState } from './model.js';
import { renderOverview } from './render.js';

/** What the organization's list knows of a machine: true at some moment of the last seconds. */
export interface ListedMachine {
  readonly id: string;
  readonly region: string;
  readonly state: SimState;
  readonly updatedAtMs: number;
  /** Rendered; without configuration and with it. */
  readonly summaryJson: string;
  readonly fullJson: string;
}

/**
 * The organization's machine list, oldest change first. It runs behind the truth: each change shows after a delay of its own,
 * with its old `updated_at`, so that it can appear among entries that a reader has already seen.
 */
export class OrgListing {
  readonly #orgs = new Map<string, OrgEntries>();

  constructor(readonly engine: Engine) {}

  announce(machine: SimMachine): void {
    const delayMs = this.engine.draw(this.engine.config.delaysMs.orgListLag);
    if (delayMs === 0) this.publish(machine);
    else this.engine.after(delayMs, () => this.publish(machine));
  }

  /** Shows the machine as it is now. */
  publish(machine: SimMachine): void {
    if (machine.app.machines.get(machine.id) !== machine) return;
    const entries = this.#of(machine.app.org.slug);
    entries.byId.set(machine.id, {
      id: machine.id,
      region: machine.region,
      state: machine.state,
      updatedAtMs: machine.updatedAtMs,
      summaryJson: renderOverview(machine, false),
      fullJson: renderOverview(machine, true),
    });
    entries.sorted = null;
    machine.listedAtMs = machine.updatedAtMs;
  }

  drop(machine: SimMachine): void {
    const entries = this.#of(machine.app.org.slug);
    entries.byId.delete(machine.id);
    entries.sorted = null;
  }

  /** Sorted by time of the change, then by id. */
  sorted(orgSlug: string): readonly ListedMachine[] {
    const entries = this.#of(orgSlug);
    entries.sorted ??= [...entries.byId.values()].sort(
      (a, b) => a.updatedAtMs - b.updatedAtMs || (a.id < b.id ? -1 : 1),
    );
    return entries.sorted;
  }

  #of(orgSlug: string): OrgEntries {
    let entries = this.#orgs.get(orgSlug);
    if (entries === undefined) {
      entries = { byId: new Map(), sorted: null };
      this.#orgs.set(orgSlug, entries);
    }
    return entries;
  }
}

interface OrgEntries {
  readonly byId: Map<string, ListedMachine>;
  sorted: readonly ListedMachine[] | null;
}

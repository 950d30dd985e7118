/** What our processes did since a list, told apart by machine. */
import type { Forbidden, Ground, OwnEffect } from './invariant.js';
import { RUNS, type AppSnapshot, type MachineSnapshot } from './snapshots.js';

/** The goal that a mark names; null when the effect writes no mark. */
export function markedGoal({ entry }: OwnEffect): string | null {
  if (entry.effect !== 'metadata') return null;
  const patch = entry.detail['patch'] as Record<string, string | null> | undefined;
  const text = patch?.['fas-remove'];
  return text == null ? null : ((JSON.parse(text) as { goal?: string }).goal ?? null);
}

export function isForced({ entry }: OwnEffect): boolean {
  return entry.detail['isForced'] === true;
}

export function isForbidden(effect: OwnEffect, what: Forbidden): boolean {
  switch (effect.entry.effect) {
    case 'create':
    case 'start':
      return what !== 'in';
    case 'stop':
    case 'suspend':
    case 'cordon':
      return what !== 'out';
    case 'destroy':
      return what !== 'out' && !isForced(effect);
    case 'metadata':
      return what !== 'out' && markedGoal(effect) !== null;
    default:
      return false;
  }
}

export class Deeds {
  readonly #deeds: readonly OwnEffect[];
  readonly #byId: ReadonlyMap<string, MachineSnapshot>;

  constructor(
    ground: Ground,
    { entry, by, plan }: OwnEffect,
    snapshot: AppSnapshot,
    whose: 'own' | 'all' = 'all',
  ) {
    this.#byId = new Map(snapshot.members.map((member) => [member.id, member]));
    this.#deeds = ground
      .deedsOf(entry.app)
      // What was done for another policy of the app is not this one's.
      .filter((deed) => deed.plan?.profile === plan?.profile)
      .filter((deed) => deed.atMs >= snapshot.atMs && (whose === 'all' || deed.by === by));
  }

  /** Machines made that the list did not show. */
  get creates(): readonly OwnEffect[] {
    return this.#deeds.filter(
      ({ entry }) => entry.effect === 'create' && !this.#byId.has(entry.machine ?? ''),
    );
  }

  get launches(): readonly OwnEffect[] {
    return this.creates.filter(({ entry }) => entry.detail['skipLaunch'] !== true);
  }

  /** Of machines that the list showed at rest. */
  get starts(): ReadonlySet<string> {
    return this.#ids(
      (deed) => deed.entry.effect === 'start',
      (m) => !RUNS.has(m.state),
    );
  }

  /** Machines that stayed by the list and whose end was begun since. */
  get removals(): ReadonlySet<string> {
    return this.#ids(
      (deed) =>
        markedGoal(deed) === 'destroy' || (deed.entry.effect === 'destroy' && !isForced(deed)),
      (m) => m.mark === null,
    );
  }

  /** Machines on their way out by the list, and taken back since. */
  get undone(): ReadonlySet<string> {
    return this.#ids(
      (deed) => deed.entry.effect === 'metadata' && markedGoal(deed) === null,
      (m) => m.mark !== null,
    );
  }

  /** Running machines that were told to stop since, whatever comes of them. */
  get stops(): ReadonlySet<string> {
    return this.#ids(
      (deed) => markedGoal(deed) !== null,
      (m) => m.mark === null && RUNS.has(m.state),
    );
  }

  /** Those of them that are to stay. */
  get mereStops(): ReadonlySet<string> {
    return this.#ids(
      (deed) => markedGoal(deed) === 'stop' || markedGoal(deed) === 'suspend',
      (m) => m.mark === null,
    );
  }

  #ids(
    isMeant: (deed: OwnEffect) => boolean,
    wasSo: (machine: MachineSnapshot) => boolean,
  ): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const deed of this.#deeds) {
      const machine = this.#byId.get(deed.entry.machine ?? '');
      if (machine !== undefined && wasSo(machine) && isMeant(deed)) ids.add(machine.id);
    }
    return ids;
  }
}

import type { Member } from '../machines/census.js';
import type { BusyOf } from '../machines/drain.js';
import type { Heading } from '../machines/states.js';
import { limitOf, type RegionLimits } from '../model/region-limits.js';

/** Failed machines are of no use; idle ones serve nobody; a started one costs somebody something. */
const RANK: Readonly<Partial<Record<Heading, number>>> = {
  failed: 0,
  created: 1,
  stopped: 2,
  suspended: 3,
  started: 4,
};

export interface RemovalPreferences {
  readonly busy: BusyOf;
  readonly limits: RegionLimits;
  /** Which machines stand for their region. */
  readonly counts: (member: Member) => boolean;
}

/** Machines between which only regions, releases and ids decide. */
interface Tier {
  readonly rank: number;
  /** Infinity where nobody knows, and for machines that do not run. */
  readonly busy: number;
  /** Region -> machines, last first, so that the next one is popped. */
  readonly queues: Map<string, Member[]>;
}

/**
 * Who goes next: by use, then the least busy, then from the most crowded region, then the oldest release, then by id.
 * A region above its maximum is more crowded than any that is not.
 */
export class RemovalOrder {
  readonly #limits: RegionLimits;
  readonly #counts: (member: Member) => boolean;
  /** Last first. */
  readonly #tiers: Tier[];
  /** Region -> machines that stay, as far as is decided. */
  readonly #crowd = new Map<string, number>();

  constructor(
    members: readonly Member[],
    candidates: readonly Member[],
    { busy, limits, counts }: RemovalPreferences,
  ) {
    this.#limits = limits;
    this.#counts = counts;
    for (const member of members) this.#add(member, 1);
    this.#tiers = tiersOf(candidates, busy);
  }

  /** Each candidate once; null when there are no more. */
  next(): Member | null {
    for (;;) {
      const tier = this.#tiers.at(-1);
      if (tier === undefined) return null;
      const next = this.#nextOf(tier);
      if (next !== null) return next;
      this.#tiers.pop();
    }
  }

  /** The member goes: its region is less crowded from now on. */
  take(member: Member): void {
    this.#add(member, -1);
  }

  #add(member: Member, change: 1 | -1): void {
    const { region } = member.machine;
    if (this.#counts(member)) this.#crowd.set(region, this.#crowdOf(region) + change);
  }

  #nextOf({ queues }: Tier): Member | null {
    let best: Member[] | null = null;
    for (const queue of queues.values()) {
      if (queue.length > 0 && (best === null || this.#comesFirst(queue, best))) best = queue;
    }
    return best?.pop() ?? null;
  }

  #comesFirst(queue: readonly Member[], other: readonly Member[]): boolean {
    const [first, second] = [queue.at(-1), other.at(-1)];
    if (first === undefined || second === undefined) return first !== undefined;
    const [a, b] = [first.machine.region, second.machine.region];
    const crowding = this.#excessOf(b) - this.#excessOf(a) || this.#crowdOf(b) - this.#crowdOf(a);
    return crowding === 0 ? isBefore(first, second) : crowding < 0;
  }

  #excessOf(region: string): number {
    const { max } = limitOf(this.#limits, region);
    return max === null ? 0 : Math.max(0, this.#crowdOf(region) - max);
  }

  #crowdOf(region: string): number {
    return this.#crowd.get(region) ?? 0;
  }
}

function tiersOf(candidates: readonly Member[], busy: BusyOf): Tier[] {
  const tiers = new Map<string, Tier>();
  for (const member of candidates) {
    const { heading, machine } = member;
    const rank = RANK[heading] ?? 9;
    const load = (heading === 'started' ? busy(machine.id) : null) ?? Number.POSITIVE_INFINITY;
    const key = `${rank} ${load}`;
    const tier = tiers.get(key) ?? { rank, busy: load, queues: new Map<string, Member[]>() };
    const queue = tier.queues.get(machine.region) ?? [];
    queue.push(member);
    tier.queues.set(machine.region, queue);
    tiers.set(key, tier);
  }
  for (const { queues } of tiers.values()) {
    for (const queue of queues.values()) queue.sort((a, b) => (isBefore(a, b) ? 1 : -1));
  }
  // Two unknown loads are one tier, so no difference of infinities is ever asked for.
  return [...tiers.values()].sort((a, b) => b.rank - a.rank || (a.busy < b.busy ? 1 : -1));
}

function isBefore(a: Member, b: Member): boolean {
  const [release, other] = [releaseOf(a), releaseOf(b)];
  return release === other ? a.machine.id < b.machine.id : release < other;
}

function releaseOf({ machine }: Member): number {
  return Number(machine.metadata['fly_release_version']) || 0;
}

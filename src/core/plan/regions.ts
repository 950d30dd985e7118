/** How many machines each region has at least and at most, and which region comes next. */
import type { Member } from '../machines/census.js';
import { limitOf, type RegionLimits } from '../model/region-limits.js';

/**
 * Where the next machine goes: to the region that lacks most of its minimum, else to the one with the fewest machines;
 * among equals to the first. Null when every region is at its maximum.
 * `standing`: those of them that are of use to their region, and so count for its minimum; default all.
 */
export function neediest(
  perRegion: ReadonlyMap<string, number>,
  limits: RegionLimits,
  standing: ReadonlyMap<string, number> = perRegion,
): string | null {
  let best: string | null = null;
  let [most, least] = [0, Number.POSITIVE_INFINITY];
  for (const [region, count] of perRegion) {
    const { min, max } = limitOf(limits, region);
    if (max !== null && count >= max) continue;
    const lack = Math.max(0, min - (standing.get(region) ?? 0));
    if (lack > most || (lack === most && count < least))
      [best, most, least] = [region, lack, count];
  }
  return best;
}

/** What removals leave in each region. */
export class RegionFloor {
  readonly #limits: RegionLimits;
  readonly #counts: (member: Member) => boolean;
  /** Region -> machines that stay, as far as is decided. */
  readonly #staying = new Map<string, number>();

  /** `counts` says which machines stand for their region. */
  constructor(
    limits: RegionLimits,
    members: readonly Member[],
    counts: (member: Member) => boolean,
  ) {
    this.#limits = limits;
    this.#counts = counts;
    for (const member of members) if (counts(member)) this.#add(member, 1);
  }

  /** True when its region would be left with less than its minimum. */
  holds(member: Member): boolean {
    const { region } = member.machine;
    return this.#counts(member) && this.#stayingIn(region) <= limitOf(this.#limits, region).min;
  }

  /** A machine that stays is to go. */
  take(member: Member): void {
    if (this.#counts(member)) this.#add(member, -1);
  }

  /** Of machines on their way out, those that their regions lack, in the order given. */
  lacking(leaving: readonly Member[]): Member[] {
    return leaving.filter((member) => {
      const { region } = member.machine;
      if (this.#stayingIn(region) >= limitOf(this.#limits, region).min) return false;
      this.#add(member, 1);
      return true;
    });
  }

  #add({ machine: { region } }: Member, change: 1 | -1): void {
    this.#staying.set(region, this.#stayingIn(region) + change);
  }

  #stayingIn(region: string): number {
    return this.#staying.get(region) ?? 0;
  }
}

/** Stands for its region among the machines that exist: failed ones are of no use to it. */
export function existsInRegion(member: Member): boolean {
  return member.isHealthy && member.heading !== 'failed' && member.mark?.goal !== 'destroy';
}

/** Stands for its region among the machines that run. */
export function runsInRegion(member: Member): boolean {
  return member.isHealthy && member.heading === 'started' && member.mark === null;
}

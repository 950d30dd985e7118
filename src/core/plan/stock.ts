/** What each process group keeps: new machines are cloned from it. */
import type { Member } from '../machines/census.js';
import type { PlanContext } from './plan-context.js';

/**
 * Counts the machines that stay, by group. A group keeps one that is fit to be cloned, and where its machines are all
 * of another release, one whose host is healthy, rather one that has not failed.
 */
export class Stock {
  readonly #kinds: readonly ((member: Member) => boolean)[];
  /** Group -> how many of each kind stay. */
  readonly #staying = new Map<string, number[]>();

  constructor({ members, standing }: PlanContext) {
    this.#kinds = [
      (m) => standing.isFit(m),
      (m) => m.isHealthy && m.heading !== 'failed',
      (m) => m.isHealthy,
    ];
    for (const member of members) if (stays(member)) this.#add(member, 1);
  }

  /** True when its group would be left with nothing of some kind that it is of. */
  isLast(member: Member): boolean {
    const own = stays(member) ? 1 : 0;
    const counts = this.#staying.get(member.group);
    return this.#kinds.some((isKind, kind) => isKind(member) && (counts?.[kind] ?? 0) <= own);
  }

  /** A machine that stays is to go. */
  take(member: Member): void {
    this.#add(member, -1);
  }

  #add(member: Member, change: 1 | -1): void {
    const counts = this.#staying.get(member.group) ?? this.#kinds.map(() => 0);
    this.#staying.set(
      member.group,
      counts.map((count, kind) => count + (this.#kinds[kind]?.(member) === true ? change : 0)),
    );
  }
}

function stays(member: Member): boolean {
  return member.mark?.goal !== 'destroy';
}

import type { Member } from './census.js';
import type { Heading } from './states.js';

/** Failed machines are of no use; idle ones serve nobody; a started one costs somebody something. */
const RANK: Readonly<Partial<Record<Heading, number>>> = {
  failed: 0,
  created: 1,
  stopped: 2,
  suspended: 3,
  started: 4,
};

interface Queue {
  readonly rank: number;
  readonly region: string;
  /** Last first, so that the next one is popped. */
  readonly members: Member[];
}

/** Who goes next: by use, then from the most crowded region, then the oldest release, then by id. */
export class RemovalOrder {
  readonly #queues = new Map<string, Queue>();
  /** Region -> machines that stay, as far as is decided. */
  readonly #crowd = new Map<string, number>();

  constructor(members: readonly Member[], candidates: readonly Member[]) {
    for (const { machine, mark } of members) {
      if (mark === null) this.#crowd.set(machine.region, this.#crowdOf(machine.region) + 1);
    }
    for (const member of candidates) this.#enqueue(member);
    for (const { members: queued } of this.#queues.values()) {
      queued.sort((a, b) => (isBefore(a, b) ? 1 : -1));
    }
  }

  /** Each candidate once; null when there are no more. */
  next(): Member | null {
    let best: Queue | null = null;
    for (const queue of this.#queues.values()) {
      if (queue.members.length > 0 && (best === null || this.#comesFirst(queue, best))) {
        best = queue;
      }
    }
    return best?.members.pop() ?? null;
  }

  /** The member goes: its region is less crowded from now on. */
  take({ machine: { region } }: Member): void {
    this.#crowd.set(region, this.#crowdOf(region) - 1);
  }

  #enqueue(member: Member): void {
    const rank = RANK[member.heading] ?? 9;
    const { region } = member.machine;
    const key = `${rank} ${region}`;
    const queue = this.#queues.get(key) ?? { rank, region, members: [] };
    queue.members.push(member);
    this.#queues.set(key, queue);
  }

  #comesFirst(a: Queue, b: Queue): boolean {
    const crowding = this.#crowdOf(b.region) - this.#crowdOf(a.region);
    if (a.rank !== b.rank || crowding !== 0) return (a.rank - b.rank || crowding) < 0;
    const [first, second] = [a.members.at(-1), b.members.at(-1)];
    return first !== undefined && second !== undefined && isBefore(first, second);
  }

  #crowdOf(region: string): number {
    return this.#crowd.get(region) ?? 0;
  }
}

function isBefore(a: Member, b: Member): boolean {
  const [release, other] = [releaseOf(a), releaseOf(b)];
  return release === other ? a.machine.id < b.machine.id : release < other;
}

function releaseOf({ machine }: Member): number {
  return Number(machine.metadata['fly_release_version']) || 0;
}

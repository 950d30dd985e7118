/** Who wanted a share of what the fleet has too little of, and got nothing. */
import { takenBy, type GrantRequest, type Rooms } from '../../core/fleet-wide/grant.js';

/** Passes come an interval apart, and later by what sources and lists take to answer. */
const LATE_MS = 30_000;

interface Place {
  readonly request: GrantRequest;
  /** Of two places the lower one is older. */
  readonly number: number;
  /** Monotonic. Whoever has not asked again by then is not waited for. */
  readonly untilMs: number;
}

/**
 * A line in which those stand who were refused, until they get something or want nothing any more. Their metrics may come
 * later than those of others, always: whoever is not there when shares are given keeps the place all the same.
 */
export class Refused {
  readonly #intervalMs: () => number;
  /** The longest waiting first. */
  readonly #places = new Map<string, Place>();
  #placesGiven = 0;

  constructor(intervalMs: () => number) {
    this.#intervalMs = intervalMs;
  }

  /** Those who ask and those who are waited for, in the order in which they take. */
  lineUp(asking: readonly GrantRequest[], rooms: Rooms, nowMs: number): readonly GrantRequest[] {
    const present = new Set(asking.map(keyOf));
    const last = this.#placesGiven + 1;
    const standing = [...asking, ...this.#waitedFor(present, rooms, nowMs)].map((request) => ({
      request,
      number: this.#places.get(keyOf(request))?.number ?? last,
    }));
    standing.sort((one, other) => one.number - other.number);
    return standing.map(({ request }) => request);
  }

  /** They stay where they stand, or come to the end of the line. */
  keep(request: GrantRequest, nowMs: number): void {
    const key = keyOf(request);
    const number = this.#places.get(key)?.number ?? (this.#placesGiven += 1);
    const untilMs = nowMs + this.#intervalMs() + LATE_MS;
    this.#places.set(key, { request, number, untilMs });
  }

  /** Got something, or wants nothing any more. */
  leave(who: Who): void {
    this.#places.delete(keyOf(who));
  }

  /** The app has left the fleet. */
  drop(app: string): void {
    for (const { request } of this.#places.values()) if (request.app === app) this.leave(request);
  }

  /** No more of them than could get one each: a line may be as long as the fleet. */
  *#waitedFor(
    present: ReadonlySet<string>,
    rooms: Rooms,
    nowMs: number,
  ): Generator<GrantRequest, undefined> {
    let creates = scarce(rooms.creates);
    let taken = scarce(rooms.taken);
    for (const [key, place] of this.#places) {
      if (creates <= 0 && taken <= 0) return;
      if (present.has(key)) continue;
      if (nowMs >= place.untilMs) {
        this.#places.delete(key);
        continue;
      }
      const isCreating = creates > 0 && place.request.creates > 0;
      const isTaking = taken > 0 && takenBy(place.request) > 0;
      if (!isCreating && !isTaking) continue;
      creates -= Number(isCreating);
      taken -= Number(isTaking);
      yield place.request;
    }
  }
}

type Who = Pick<GrantRequest, 'app' | 'policy'>;

/** App names have no slash. */
function keyOf({ app, policy }: Who): string {
  return `${app}/${policy}`;
}

/** Where there is enough for all, nobody has to be waited for. */
function scarce(room: number): number {
  return Number.isFinite(room) ? room : 0;
}

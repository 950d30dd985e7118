/** Between instants and what the clocks of a time zone show. */
import { loadLocation } from '../../expr/go/zone.js';

export interface Zone {
  /** What must be added to UTC to get local time, in milliseconds. */
  offsetMs(instantMs: number): number;
}

const DAY_MS = 86_400_000;

/** An IANA name such as Europe/Berlin; throws for any other. */
export function timeZone(name: string): Zone {
  const location = loadLocation(name);
  return {
    offsetMs: (instantMs) => location.at(BigInt(Math.floor(instantMs / 1000))).offset * 1000,
  };
}

/** What the clocks show, as if it were UTC. */
export function localMs(zone: Zone, instantMs: number): number {
  return instantMs + zone.offsetMs(instantMs);
}

/**
 * The instant at which the clocks first show that time. A time that they skip is the end of the gap, so that
 * a later time is never an earlier instant.
 */
export function firstInstantMs(zone: Zone, shownMs: number): number {
  const before = zone.offsetMs(shownMs - DAY_MS);
  const after = zone.offsetMs(shownMs + DAY_MS);
  const early = shownMs - before;
  if (before === after || zone.offsetMs(early) === before) return early;
  const late = shownMs - after;
  if (zone.offsetMs(late) === after) return late;
  // In a gap the new offset is the greater, so `late` lies before the change and `early` after it.
  let [inside, beyond] = [late, early];
  while (beyond - inside > 1000) {
    const middle = inside + Math.floor((beyond - inside) / 2000) * 1000;
    if (zone.offsetMs(middle) === after) beyond = middle;
    else inside = middle;
  }
  return beyond;
}

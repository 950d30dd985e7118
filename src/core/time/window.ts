import type { Cron } from './cron.js';
import { firstInstantMs, localMs, type Zone } from './local-time.js';

/** A span of time that comes again and again. */
export interface ScheduleWindow {
  readonly starts: Cron;
  /** Elapsed time, whatever the clocks do meanwhile. */
  readonly durationMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Whether a window is open. It is at its start, and no longer at its end. A start that falls into the gap of a
 * change to summer time is at the end of the gap; one that the clocks show twice is at the first.
 */
export function isWindowOpen(window: ScheduleWindow, zone: Zone, nowMs: number): boolean {
  return openSinceMs(window, zone, nowMs) !== null;
}

export interface WindowState {
  readonly isOpen: boolean;
  /** It stays so until then at least. */
  readonly untilMs: number;
}

/** No window is looked for beyond: one that comes on the 29th of February may be years away. */
const HORIZON_MS = 400 * DAY_MS;

export function windowState(window: ScheduleWindow, zone: Zone, nowMs: number): WindowState {
  const start = openSinceMs(window, zone, nowMs);
  if (start !== null) return { isOpen: true, untilMs: start + window.durationMs };
  const next = nextStartMs(window.starts, zone, nowMs, nowMs + HORIZON_MS);
  return { isOpen: false, untilMs: next ?? nowMs + HORIZON_MS };
}

/** The start of the newest window that is open; null: none is. */
function openSinceMs({ starts, durationMs }: ScheduleWindow, zone: Zone, nowMs: number) {
  const start = lastStartMs(starts, zone, nowMs, nowMs - durationMs);
  return start !== null && start > nowMs - durationMs ? start : null;
}

/** The first start after `nowMs`; null when there is none until `untilMs`. */
function nextStartMs(starts: Cron, zone: Zone, nowMs: number, untilMs: number): number | null {
  // Clocks that go back over midnight show times of yesterday again; a day earlier nothing can be missed.
  const firstDay = Math.floor(localMs(zone, nowMs) / DAY_MS) * DAY_MS - DAY_MS;
  for (let dayMs = firstDay; dayMs <= untilMs + DAY_MS; dayMs += DAY_MS) {
    if (!starts.isOn(dayOf(dayMs))) continue;
    const instantOf = (minute: number): number => firstInstantMs(zone, dayMs + minute * MINUTE_MS);
    const past = countWhile(starts.minutesOfDay, (each) => instantOf(each) <= nowMs);
    const minute = starts.minutesOfDay[past];
    if (minute !== undefined) return instantOf(minute);
  }
  return null;
}

function dayOf(dayMs: number): { month: number; day: number; weekday: number } {
  const date = new Date(dayMs);
  return { month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() };
}

/** The latest start at or before `nowMs`; null when there is none since `sinceMs`, or only earlier ones were found. */
function lastStartMs(starts: Cron, zone: Zone, nowMs: number, sinceMs: number): number | null {
  const today = Math.floor(localMs(zone, nowMs) / DAY_MS) * DAY_MS;
  const firstDay = Math.floor(localMs(zone, sinceMs) / DAY_MS) * DAY_MS - DAY_MS;
  // Clocks that go back over midnight have shown times of tomorrow already.
  for (let dayMs = today + DAY_MS; dayMs >= firstDay; dayMs -= DAY_MS) {
    if (!starts.isOn(dayOf(dayMs))) continue;
    const instantOf = (minute: number): number => firstInstantMs(zone, dayMs + minute * MINUTE_MS);
    const past = countWhile(starts.minutesOfDay, (each) => instantOf(each) <= nowMs);
    const minute = starts.minutesOfDay[past - 1];
    if (minute !== undefined) return instantOf(minute);
  }
  return null;
}

/** For how many of the ascending values the condition holds, when it holds for none after one for which it does not. */
function countWhile(values: readonly number[], holds: (value: number) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(values[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

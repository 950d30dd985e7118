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
  const start = lastStartMs(window.starts, zone, nowMs, nowMs - window.durationMs);
  return start !== null && start > nowMs - window.durationMs;
}

/** The latest start at or before `nowMs`; null when there is none since `sinceMs`, or only earlier ones were found. */
function lastStartMs(starts: Cron, zone: Zone, nowMs: number, sinceMs: number): number | null {
  const today = Math.floor(localMs(zone, nowMs) / DAY_MS) * DAY_MS;
  const firstDay = Math.floor(localMs(zone, sinceMs) / DAY_MS) * DAY_MS - DAY_MS;
  // Clocks that go back over midnight have shown times of tomorrow already.
  for (let dayMs = today + DAY_MS; dayMs >= firstDay; dayMs -= DAY_MS) {
    const date = new Date(dayMs);
    const day = {
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
    };
    if (!starts.isOn(day)) continue;
    const instantOf = (minute: number): number => firstInstantMs(zone, dayMs + minute * MINUTE_MS);
    const minute = lastAtOrBefore(starts.minutesOfDay, (each) => instantOf(each) <= nowMs);
    if (minute !== null) return instantOf(minute);
  }
  return null;
}

/** The last of the ascending values for which the condition holds, when it holds for none after it. */
function lastAtOrBefore(
  values: readonly number[],
  holds: (value: number) => boolean,
): number | null {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(values[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return values[low - 1] ?? null;
}

/** When two windows of time that come again and again are open together. */
import { parseCron } from '../../core/time/cron.js';
import { firstInstantMs, localMs, timeZone } from '../../core/time/local-time.js';
import type { WrittenRecurrence } from '../../core/time/recurrence.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The first moment from `fromMs` on at which both are open; null: none of those that begin before `untilMs` meet. */
export function firstMeetingMs(
  one: WrittenRecurrence,
  other: WrittenRecurrence,
  fromMs: number,
  untilMs: number,
): number | null {
  const ones = startsOf(one, fromMs - one.durationMs, untilMs);
  const others = startsOf(other, fromMs - other.durationMs, untilMs);
  let [a, b] = [ones.next(), others.next()];
  while (a.done !== true && b.done !== true) {
    const [aEndMs, bEndMs] = [a.value + one.durationMs, b.value + other.durationMs];
    const atMs = Math.max(fromMs, a.value, b.value);
    if (atMs < aEndMs && atMs < bEndMs) return atMs;
    if (aEndMs < bEndMs) a = ones.next();
    else b = others.next();
  }
  return null;
}

/** Ascending; a few before `fromMs` may be among them. */
function* startsOf(
  { cron, zone: name }: WrittenRecurrence,
  fromMs: number,
  untilMs: number,
): Generator<number, undefined> {
  const starts = parseCron(cron);
  const zone = timeZone(name);
  // As where a window is looked up: no clock is a day off.
  const firstDay = Math.floor(localMs(zone, fromMs) / DAY_MS) * DAY_MS - DAY_MS;
  for (let dayMs = firstDay; dayMs < untilMs + DAY_MS; dayMs += DAY_MS) {
    const date = new Date(dayMs);
    const [month, day, weekday] = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()];
    if (!starts.isOn({ month, day, weekday })) continue;
    // Asking the zone is what takes time: around a day without a change of the clocks it is asked twice, not for each start.
    const offsetMs = zone.offsetMs(dayMs - DAY_MS);
    const isSteady = zone.offsetMs(dayMs + 2 * DAY_MS) === offsetMs;
    for (const minute of starts.minutesOfDay) {
      const shownMs = dayMs + minute * MINUTE_MS;
      const startMs = isSteady ? shownMs - offsetMs : firstInstantMs(zone, shownMs);
      if (startMs >= untilMs) return;
      yield startMs;
    }
  }
}

/** Times as people write and read them on the command line. */
import { firstInstantMs, localMs, timeZone } from '../core/time/local-time.js';
import { parseDurationMs } from '../core/time/duration.js';
import { usageError } from './failure.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A time and how exactly it was given: `02:14` is all of that minute. Wall time, both included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const HINT = 'such as 2026-06-01T02:14:05Z, "2026-06-01 02:14", 02:14 or "2h ago"';

/** Times without a zone are in `zone`; a time of day is the last one that has begun. Throws `usage`. */
export function parseTime(text: string, nowMs: number, zone: string): Span {
  const trimmed = text.trim();
  const span =
    ago(trimmed, nowMs) ??
    timeOfDay(trimmed, nowMs, zone) ??
    localDate(trimmed, zone) ??
    absolute(trimmed);
  if (span === null) throw usageError(`not a time: "${text}"`, HINT);
  return span;
}

/**
 * A moment to come, as `parseTime` takes it: a time of day is the next one, and all of a minute or a day ends with its beginning.
 * Throws `usage`, also for what is past.
 */
export function parseUntil(text: string, nowMs: number, zone: string): number {
  const trimmed = text.trim();
  const { fromMs } = parseTime(trimmed, nowMs, zone);
  const isOfDay = timeOfDay(trimmed, nowMs, zone) !== null;
  const atMs = isOfDay ? nextDayMs(fromMs, zone) : fromMs;
  if (atMs > nowMs) return atMs;
  const there = `${formatTime(atMs, zone)} ${zone}`;
  throw usageError(
    `it is past already: ${there}`,
    `it is ${formatTime(nowMs, zone)} ${zone} now; --for takes a length of time, such as 2h`,
  );
}

type End = readonly [option: string, ms: number | undefined];

/** Throws `usage` where nothing can lie between the two, by wall time. */
export function refuseBackwards([begin, fromMs]: End, [end, toMs]: End, zone: string): void {
  if (fromMs === undefined || toMs === undefined || fromMs <= toMs) return;
  throw usageError(
    `${begin} is after ${end}: ${formatTime(fromMs, zone)} and ${formatTime(toMs, zone)} ${zone}`,
    'a time of day is the last one that has begun',
  );
}

/** The same time of the next day there, whatever the clocks did in between. */
function nextDayMs(atMs: number, zone: string): number {
  const there = timeZone(zone);
  return firstInstantMs(there, localMs(there, atMs) + DAY_MS);
}

function ago(text: string, nowMs: number): Span | null {
  if (text === 'now') return { fromMs: nowMs, toMs: nowMs };
  const [, amount] = /^(.+?)(?:\s+ago)?$/.exec(text) ?? [];
  if (amount === undefined || !/^\d/.test(amount)) return null;
  const ms = durationMs(amount.replaceAll(' ', ''));
  return ms === null ? null : { fromMs: nowMs - ms, toMs: nowMs - ms };
}

/** As in Go, and days and weeks. */
function durationMs(text: string): number | null {
  const [, days, unit] = /^(\d+(?:\.\d+)?)([dw])$/.exec(text) ?? [];
  if (days !== undefined) return Number(days) * DAY_MS * (unit === 'w' ? 7 : 1);
  try {
    return /[a-z]$/.test(text) ? parseDurationMs(text) : null;
  } catch {
    return null;
  }
}

function timeOfDay(text: string, nowMs: number, zone: string): Span | null {
  const [, hours, minutes, seconds] =
    /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hours === undefined) return null;
  const there = timeZone(zone);
  const sinceMidnightMs =
    Number(hours) * 60 * MINUTE_MS + Number(minutes) * MINUTE_MS + Number(seconds ?? 0) * SECOND_MS;
  const midnightMs = Math.floor(localMs(there, nowMs) / DAY_MS) * DAY_MS;
  const todayMs = firstInstantMs(there, midnightMs + sinceMidnightMs);
  const fromMs =
    todayMs <= nowMs ? todayMs : firstInstantMs(there, midnightMs - DAY_MS + sinceMidnightMs);
  return spanOf(fromMs, seconds === undefined ? MINUTE_MS : SECOND_MS);
}

function localDate(text: string, zone: string): Span | null {
  const [, date, time, seconds] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?$/.exec(text) ?? [];
  if (date === undefined || !isDay(date)) return null;
  const shownMs = Date.parse(`${date}T${time ?? '00:00'}${seconds ?? ':00'}Z`);
  if (Number.isNaN(shownMs)) return null;
  const precisionMs = time === undefined ? DAY_MS : seconds === undefined ? MINUTE_MS : SECOND_MS;
  return spanOf(firstInstantMs(timeZone(zone), shownMs), precisionMs);
}

function absolute(text: string): Span | null {
  const match = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null || !isDay(text.slice(0, 10))) return null;
  const ms = Date.parse(text.toUpperCase().replace(' ', 'T'));
  if (Number.isNaN(ms)) return null;
  const [, seconds, fraction] = match;
  if (fraction !== undefined) return { fromMs: ms, toMs: ms };
  return spanOf(ms, seconds === undefined ? MINUTE_MS : SECOND_MS);
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
export function isDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

function spanOf(fromMs: number, lengthMs: number): Span {
  return { fromMs, toMs: fromMs + lengthMs - 1 };
}

/** "2026-06-01 02:14:05" as the clocks of the zone show it. */
export function formatTime(atMs: number, zone: string): string {
  return new Date(localMs(timeZone(zone), atMs)).toISOString().slice(0, 19).replace('T', ' ');
}

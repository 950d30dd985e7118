import { describe, expect, it } from 'vitest';
import { parseCron } from './cron.js';
import { timeZone } from './local-time.js';
import { isWindowOpen, windowState } from './window.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function isOpen(cron: string, hours: number, zone: string, at: string): boolean {
  const window = { starts: parseCron(cron), durationMs: hours * HOUR_MS };
  return isWindowOpen(window, timeZone(zone), Date.parse(at));
}

describe('a window', () => {
  it.each([
    ['2026-01-05T06:59:59.999Z', false],
    ['2026-01-05T07:00:00Z', true],
    ['2026-01-05T16:59:59.999Z', true],
    ['2026-01-05T17:00:00Z', false],
    ['2026-01-03T12:00:00Z', false],
    ['2026-07-06T06:00:00Z', true],
    ['2026-07-06T16:00:00Z', false],
  ])('of business hours in Berlin, at %s: %s', (at, expected) => {
    expect(isOpen('0 8 * * 1-5', 10, 'Europe/Berlin', at)).toBe(expected);
  });

  it.each([
    ['2026-03-29T00:59:59Z', false],
    ['2026-03-29T01:00:00Z', true],
    ['2026-03-29T01:59:59Z', true],
    ['2026-03-29T02:00:00Z', false],
  ])('whose start the clocks skip begins at the end of the gap: %s: %s', (at, expected) => {
    expect(isOpen('30 2 * * *', 1, 'Europe/Berlin', at)).toBe(expected);
  });

  it.each([
    ['2026-10-25T00:29:59Z', false],
    ['2026-10-25T00:30:00Z', true],
    ['2026-10-25T01:29:59Z', true],
    ['2026-10-25T01:30:00Z', false],
  ])('whose start the clocks show twice begins at the first: %s: %s', (at, expected) => {
    expect(isOpen('30 2 * * *', 1, 'Europe/Berlin', at)).toBe(expected);
  });

  it('lasts its elapsed time over a change', () => {
    expect(isOpen('0 22 * * 6', 8, 'Europe/Berlin', '2026-03-29T04:59:59Z')).toBe(true);
    expect(isOpen('0 22 * * 6', 8, 'Europe/Berlin', '2026-03-29T05:00:00Z')).toBe(false);
    expect(isOpen('0 22 * * 6', 8, 'Europe/Berlin', '2026-10-25T03:59:59Z')).toBe(true);
    expect(isOpen('0 22 * * 6', 8, 'Europe/Berlin', '2026-10-25T04:00:00Z')).toBe(false);
  });

  it('may last for weeks, and start a leap year apart', () => {
    expect(isOpen('0 0 1 12 *', 24 * 24, 'UTC', '2026-12-24T23:59:59Z')).toBe(true);
    expect(isOpen('0 0 1 12 *', 24 * 24, 'UTC', '2026-12-25T00:00:00Z')).toBe(false);
    expect(isOpen('0 0 29 2 *', 24, 'UTC', '2028-02-29T12:00:00Z')).toBe(true);
    expect(isOpen('0 0 29 2 *', 24, 'UTC', '2027-03-01T12:00:00Z')).toBe(false);
  });

  it('is always open when it starts again before it ends', () => {
    for (let minute = 0; minute < 2 * 1440; minute += 7) {
      const at = new Date(Date.UTC(2026, 9, 24) + minute * MINUTE_MS).toISOString();
      expect(isOpen('* * * * *', 3, 'Europe/Berlin', at)).toBe(true);
    }
  });
});

/**
 * Walks through time minute by minute and notes when each local minute is shown first; skipped ones come with the next.
 * Whole minutes only.
 */
function shownFirst(zone: string, fromMs: number, toMs: number): ReadonlyMap<number, number> {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const firsts = new Map<number, number>();
  let latest: number | null = null;
  for (let at = fromMs; at < toMs; at += MINUTE_MS) {
    const shown = Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
    for (let each = latest === null ? shown : latest + MINUTE_MS; each <= shown; each += MINUTE_MS)
      firsts.set(each, at);
    latest = Math.max(latest ?? shown, shown);
  }
  return firsts;
}

describe('by minutes, a window is open as a walk through the days says', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T00:00Z'],
    ['Europe/Berlin', '2026-10-24T00:00Z'],
    ['America/New_York', '2026-11-01T00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T00:00Z'],
    // Midnight is skipped, and shown twice.
    ['America/Sao_Paulo', '2018-11-03T00:00Z'],
    ['America/Sao_Paulo', '2018-02-17T00:00Z'],
    // The first minute of the next day is shown, then the last hour of the day again.
    ['America/St_Johns', '2010-11-06T12:00Z'],
    // A whole day is skipped.
    ['Pacific/Apia', '2011-12-29T00:00Z'],
    ['Asia/Kathmandu', '2026-05-01T00:00Z'],
  ])('%s from %s', (name, from) => {
    const fromMs = Date.parse(from);
    const firsts = shownFirst(name, fromMs - 48 * HOUR_MS, fromMs + 72 * HOUR_MS);
    const zone = timeZone(name);
    for (const [text, minutes] of [
      ['30 2 * * *', 45],
      ['*/25 * * * *', 10],
      ['0 0 * * *', 90],
      ['45 23 * * fri,sat', 600],
      ['15 1 30 * *', 1000],
    ] as const) {
      const starts = parseCron(text);
      const expected = [...firsts].flatMap(([shown, at]) => {
        const date = new Date(shown);
        const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
        const day = {
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          weekday: date.getUTCDay(),
        };
        return starts.minutesOfDay.includes(minute) && starts.isOn(day) ? [at] : [];
      });
      for (let at = fromMs; at < fromMs + 48 * HOUR_MS; at += 5 * MINUTE_MS) {
        const window = { starts, durationMs: minutes * MINUTE_MS };
        const isExpected = expected.some((each) => each <= at && at < each + window.durationMs);
        expect(isWindowOpen(window, zone, at), `${text} ${new Date(at).toISOString()}`).toBe(
          isExpected,
        );
      }
    }
  });
});

describe('the state of a window', () => {
  it.each([
    ['0 8 * * 1-5', 10, 'Europe/Berlin', '2026-03-20T00:00:00Z'],
    ['30 2 * * *', 1, 'Europe/Berlin', '2026-03-27T00:00:00Z'],
    ['30 2 * * *', 1, 'Europe/Berlin', '2026-10-23T00:00:00Z'],
    ['*/7 3 * * *', 0.05, 'America/St_Johns', '2010-11-05T12:00:00Z'],
    ['0 0 1 * *', 30, 'UTC', '2026-01-30T00:00:00Z'],
  ])('holds until it says: %s for %d h, %s from %s', (cron, hours, zone, from) => {
    const window = { starts: parseCron(cron), durationMs: hours * HOUR_MS };
    const inZone = timeZone(zone);
    let nowMs = Date.parse(from);
    const endMs = nowMs + 5 * 24 * HOUR_MS;
    let changes = 0;
    while (nowMs < endMs) {
      const { isOpen: isNow, untilMs } = windowState(window, inZone, nowMs);
      expect(untilMs).toBeGreaterThan(nowMs);
      for (const atMs of [nowMs, (nowMs + untilMs) / 2, untilMs - 1]) {
        expect(isWindowOpen(window, inZone, atMs)).toBe(isNow);
      }
      changes += 1;
      nowMs = untilMs;
    }
    // Neither in one leap nor minute by minute.
    expect(changes).toBeGreaterThan(1);
    expect(changes).toBeLessThan(120);
  });

  it('looks for no start beyond a year and a month', () => {
    const window = { starts: parseCron('0 0 29 2 *'), durationMs: HOUR_MS };
    const nowMs = Date.parse('2025-01-01T00:00:00Z');
    const { isOpen: isNow, untilMs } = windowState(window, timeZone('UTC'), nowMs);
    expect(isNow).toBe(false);
    expect((untilMs - nowMs) / (24 * HOUR_MS)).toBe(400);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recurrence, type WrittenRecurrence } from '../../core/time/recurrence.js';
import { firstMeetingMs } from './meeting.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function every(cron: string, minutes: number, zone = 'UTC'): WrittenRecurrence {
  return { cron, durationMs: minutes * MINUTE_MS, zone };
}

function meeting(one: WrittenRecurrence, other: WrittenRecurrence, days = 400): string | null {
  const fromMs = Date.parse('2026-04-06T00:00:00Z');
  const atMs = firstMeetingMs(one, other, fromMs, fromMs + days * DAY_MS);
  return atMs === null ? null : new Date(atMs).toISOString();
}

describe('windows of time', () => {
  it.each<[string, WrittenRecurrence, WrittenRecurrence, string | null]>([
    ['open now', every('0 0 4 4 *', 72 * 60), every('0 22 * * *', 180), '2026-04-06T00:00:00.000Z'],
    ['at a start', every('0 9 * * *', 60), every('30 9 1 * *', 1), '2026-05-01T09:30:00.000Z'],
    ['not at an end', every('0 9 * * *', 60), every('0 10 * * *', 60), null],
    ['never soon', every('0 9 * * *', 60), every('0 9 29 2 *', 60), null],
    [
      'once one of the clocks is put back',
      every('0 9 * * *', 60, 'Europe/Berlin'),
      every('0 9 * * *', 60, 'Africa/Lagos'),
      '2026-10-25T08:00:00.000Z',
    ],
    [
      'of every minute, half a year ahead',
      every('0-58/2 * * * *', 1),
      every('30 2 25 10 *', 1, 'Europe/Berlin'),
      '2026-10-25T00:30:00.000Z',
    ],
    ['that go past each other', every('0-58/2 * * * *', 1), every('1-59/2 * * * *', 1), null],
  ])('meet: %s', (_name, one, other, at) => {
    expect([meeting(one, other), meeting(other, one)]).toEqual([at, at]);
  });

  it('meet when both are open', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York');
    const window = fc
      .tuple(fc.nat(59), fc.nat(3), fc.nat(6), fc.integer({ min: 1, max: 300 }), zone)
      .map(([minute, hour, weekday, minutes, name]) =>
        every(`${minute} ${hour} * * ${weekday}`, minutes, name),
      );
    const days = fc.constantFrom('2026-03-07', '2026-03-28', '2026-04-04', '2026-10-24');
    fc.assert(
      fc.property(window, window, days, (one, other, day) => {
        const fromMs = Date.parse(day);
        const [a, b] = [new Recurrence(one), new Recurrence(other)];
        const moments = Array.from({ length: 16 * 24 * 60 }, (_, i) => fromMs + i * MINUTE_MS);
        const untilMs = fromMs + 16 * DAY_MS;
        const at = moments.find((ms) => a.stateAt(ms).isOpen && b.stateAt(ms).isOpen);
        expect(firstMeetingMs(one, other, fromMs, untilMs)).toBe(at ?? null);
      }),
      { numRuns: 40 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { formatTime, parseTime, parseUntil } from './times.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const iso = (ms: number): string => new Date(ms).toISOString();

describe('a time on the command line', () => {
  it.each([
    ['2026-06-01T02:14:05Z', '2026-06-01T02:14:05.000Z', '2026-06-01T02:14:05.999Z'],
    ['2026-06-01T02:14:05.250Z', '2026-06-01T02:14:05.250Z', '2026-06-01T02:14:05.250Z'],
    ['2026-06-01T04:14+02:00', '2026-06-01T02:14:00.000Z', '2026-06-01T02:14:59.999Z'],
    ['2026-06-01 02:14', '2026-06-01T00:14:00.000Z', '2026-06-01T00:14:59.999Z'],
    ['2026-05-30', '2026-05-29T22:00:00.000Z', '2026-05-30T21:59:59.999Z'],
    ['02:14', '2026-06-01T00:14:00.000Z', '2026-06-01T00:14:59.999Z'],
    ['2:14:07', '2026-06-01T00:14:07.000Z', '2026-06-01T00:14:07.999Z'],
    ['23:59', '2026-05-31T21:59:00.000Z', '2026-05-31T21:59:59.999Z'],
    ['2h ago', '2026-06-01T10:00:00.000Z', '2026-06-01T10:00:00.000Z'],
    ['90m', '2026-06-01T10:30:00.000Z', '2026-06-01T10:30:00.000Z'],
    ['3d', '2026-05-29T12:00:00.000Z', '2026-05-29T12:00:00.000Z'],
    ['1w ago', '2026-05-25T12:00:00.000Z', '2026-05-25T12:00:00.000Z'],
    ['now', '2026-06-01T12:00:00.000Z', '2026-06-01T12:00:00.000Z'],
  ])('%s in Berlin begins at %s and ends at %s', (text, from, to) => {
    const span = parseTime(text, NOW, 'Europe/Berlin');
    expect([iso(span.fromMs), iso(span.toMs)]).toEqual([from, to]);
  });

  it.each([
    '',
    'yesterday',
    '25:00',
    '2026-13-01',
    '2026-06-01T99:00Z',
    '5',
    '2x ago',
    '2027-02-30',
    '2026-06-31 02:14',
    '2027-02-29T00:00Z',
  ])('refuses %j with what can be written', (text) => {
    expect(() => parseTime(text, NOW, 'UTC')).toThrow(/not a time/);
  });

  it('is shown as the clocks of the zone do', () => {
    expect(formatTime(NOW, 'Europe/Berlin')).toBe('2026-06-01 14:00:00');
    expect(formatTime(NOW, 'UTC')).toBe('2026-06-01 12:00:00');
  });
});

describe('a moment to come', () => {
  const nowMs = Date.parse('2026-06-01T12:00:00Z');
  const until = (text: string, zone = 'UTC'): string =>
    new Date(parseUntil(text, nowMs, zone)).toISOString();

  it('is the next one of a time of day, in the zone given', () => {
    expect(until('18:00')).toBe('2026-06-01T18:00:00.000Z');
    expect(until('02:14')).toBe('2026-06-02T02:14:00.000Z');
    expect(until('18:00', 'Europe/Berlin')).toBe('2026-06-01T16:00:00.000Z');
    expect(until('2026-06-03')).toBe('2026-06-03T00:00:00.000Z');
    expect(until('2026-06-01T12:01Z')).toBe('2026-06-01T12:01:00.000Z');
  });

  it.each(['2026-06-01 11:59', '2h', 'now', '2020-01-01T00:00Z'])('is not %s', (text) => {
    expect(() => parseUntil(text, nowMs, 'UTC')).toThrow('it is past already');
  });
});

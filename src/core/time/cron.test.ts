import { describe, expect, it } from 'vitest';
import { parseCron } from './cron.js';

const YEAR = Array.from({ length: 365 }, (_, index) => new Date(Date.UTC(2026, 0, 1 + index)));

/** The days of 2026 on which it starts, as MM-DD. */
function daysOf(text: string): readonly string[] {
  const cron = parseCron(text);
  return YEAR.filter((date) =>
    cron.isOn({
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
    }),
  ).map((date) => date.toISOString().slice(5, 10));
}

describe('the time of day', () => {
  it.each([
    ['30 8 * * *', [510]],
    ['0,30 8-9 * * *', [480, 510, 540, 570]],
    ['*/20 0 * * *', [0, 20, 40]],
    ['10-30/10 23 * * *', [1390, 1400, 1410]],
    ['0 20,4 * * *', [240, 1200]],
  ])('%s', (text, minutes) => {
    expect(parseCron(text).minutesOfDay).toEqual(minutes);
  });
});

describe('the days', () => {
  it.each([
    ['0 0 1 1,7 *', ['01-01', '07-01']],
    ['0 0 31 * *', ['01-31', '03-31', '05-31', '07-31', '08-31', '10-31', '12-31']],
    ['0 0 * feb Sun', ['02-01', '02-08', '02-15', '02-22']],
    ['0 0 * 2 7', ['02-01', '02-08', '02-15', '02-22']],
    ['0 0 * 2 0', ['02-01', '02-08', '02-15', '02-22']],
    ['0 0 28-31/2 2 *', ['02-28']],
  ])('%s', (text, days) => {
    expect(daysOf(text)).toEqual(days);
  });

  it('are Monday to Friday by range', () => {
    expect(daysOf('0 8 * * 1-5')).toHaveLength(261);
    expect(daysOf('0 8 * * mon-fri')).toEqual(daysOf('0 8 * * 1-5'));
  });

  it('match by either field when both are restricted', () => {
    expect(daysOf('0 0 13 2 fri')).toEqual(['02-06', '02-13', '02-20', '02-27']);
    expect(daysOf('0 0 10 2 fri')).toEqual(['02-06', '02-10', '02-13', '02-20', '02-27']);
  });

  it('match by both when one begins with a star', () => {
    expect(daysOf('0 0 */2 2 fri')).toEqual(['02-13', '02-27']);
  });

  it('count every second weekday from Sunday', () => {
    expect(daysOf('0 0 * 2 */2').slice(0, 5)).toEqual([
      '02-01',
      '02-03',
      '02-05',
      '02-07',
      '02-08',
    ]);
  });
});

it.each([
  ['', 'has 0'],
  ['0 8 * *', 'has 4'],
  ['0 0 8 * * *', 'has 6'],
  ['60 8 * * *', 'minute: "60"'],
  ['0 24 * * *', 'hour: "24"'],
  ['0 0 0 * *', 'day of the month: "0"'],
  ['0 0 * 13 *', 'month: "13"'],
  ['0 0 * * 8', 'day of the week: "8"'],
  ['0 0 * * xyz', '"xyz"'],
  ['0 0 * * 5-1', 'no range'],
  ['0 0 * * 1-2-3', 'no range'],
  ['*/0 0 * * *', 'step'],
  ['5/10 0 * * *', 'step'],
  ['*/2/2 0 * * *', 'step'],
  [', 0 * * *', 'minute: ""'],
  ['0 0 30 2 *', 'never comes'],
  ['0 0 31 4,6 *', 'never comes'],
  ['@daily', 'has 1'],
])('%j is refused: %s', (text, message) => {
  expect(() => parseCron(text)).toThrow(message);
});

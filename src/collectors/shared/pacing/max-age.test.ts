import { expect, it } from 'vitest';
import type { Sample } from '../../../core/model/sample.js';
import { judgedByAge, timeMsOf } from './max-age.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

it.each([
  [AT_MS],
  [AT_MS / 1000],
  [String(AT_MS)],
  [` ${AT_MS / 1000} `],
  [`${AT_MS / 1000}.000000`],
  ['2026-01-02T03:04:05Z'],
  ['2026-01-02T04:04:05.000+01:00'],
  ['2026-01-02 04:04:05+01'],
  ['2026-01-01 23:04:05.0000-0400'],
  ['2026-01-02 03:04:05 +00:00'],
])('%j is a time', (written) => {
  expect(timeMsOf(written)).toBe(AT_MS);
});

it.each([
  // Where?
  ['2026-01-02T03:04:05'],
  ['2026-01-02 03:04:05'],
  ['2026-01-02'],
  ['yesterday'],
  [''],
  ['NaN'],
  [Number.NaN],
  [null],
  [true],
  [['2026-01-02T03:04:05Z']],
  ['2026-13-02T03:04:05Z'],
])('%j is none', (written) => {
  expect(timeMsOf(written)).toBeNull();
});

const value: Sample = { kind: 'value', value: 3, atMs: 1000 };

it('takes values that are young enough, and says of when they are', () => {
  expect(judgedByAge(value, 500, 500, 1000)).toEqual({ ...value, atMs: 500 });
  expect(judgedByAge(value, 499, 500, 1000)).toEqual({
    kind: 'stale',
    value: 3,
    atMs: 499,
    ageMs: 501,
  });
  const nan: Sample = { kind: 'not-a-number', value: Number.NaN, atMs: 1000 };
  expect(judgedByAge(nan, 0, 500, 1000)).toMatchObject({ kind: 'stale', value: Number.NaN });
  // A clock that is ahead of ours.
  expect(judgedByAge(value, 2000, 500, 1000)).toEqual({ ...value, atMs: 2000 });
});

it('is an error where no time is told, but for what has none', () => {
  expect(judgedByAge(value, null, 500, 1000)).toMatchObject({ code: 'source-bad-answer' });
  const ageless: readonly Sample[] = [
    { kind: 'empty', atMs: 1000 },
    { ...value, isDefault: true },
    { kind: 'error', code: 'source-timeout', message: '', atMs: 1000 },
  ];
  for (const sample of ageless) expect(judgedByAge(sample, null, 500, 1000)).toBe(sample);
});

import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../core/model/sample.js';
import { readRows, strangerIn } from './sql-rows.js';

const AT = 5;

function outcome(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  appColumn?: string,
): unknown {
  const meaning = {
    appColumn,
    timeColumn: undefined,
    maxAgeMs: undefined,
    defaultValue: undefined,
    serverName: 'db:1/x',
  };
  const sample = readRows({ columns, rows }, meaning, AT)('my-app-1');
  if (sample.kind === 'error') return sample.code;
  return 'value' in sample ? sample.value : sample.kind;
}

it.each<readonly [readonly string[], readonly (readonly unknown[])[], unknown]>([
  [['n'], [[3]], 3],
  [['n'], [['9007199254740993']], 9007199254740992],
  [['n'], [['12.50']], 12.5],
  [['n'], [['NaN']], Number.NaN],
  [['n'], [], 'empty'],
  [['n'], [[null]], 'empty'],
  [['n'], [['']], 'source-bad-answer'],
  [['n'], [['t']], 'source-bad-answer'],
  [['n'], [[1], [2]], 'source-ambiguous'],
  [['n', 'm'], [[1, 2]], 'source-query-invalid'],
  [[], [], 'source-query-invalid'],
])('one number: %j %j is %j', (columns, rows, expected) => {
  expect(outcome(columns, rows)).toBe(expected);
});

it.each<readonly [readonly string[], readonly (readonly unknown[])[], unknown]>([
  [
    ['app', 'n'],
    [
      ['other', 1],
      ['my-app-1', '4'],
    ],
    4,
  ],
  [['n', 'app'], [[4, 'my-app-1']], 4],
  [['app', 'app'], [['my-app-1', 4]], 'source-query-invalid'],
  [['app', 'app'], [[4, 'my-app-1']], 'source-query-invalid'],
  [['app', 'n'], [[`my-app-1${' '.repeat(1_000_000)}`, 4]], 4],
  [['app', 'n'], [[`my-app-1${' '.repeat(1_000_000)}x`, 4]], 'empty'],
  [['app', 'n'], [['other', 1]], 'empty'],
  [['app', 'n'], [['my-app-1', null]], 'empty'],
  [
    ['app', 'n'],
    [
      ['my-app-1', 1],
      ['my-app-1', 2],
    ],
    'source-ambiguous',
  ],
  [
    ['app', 'n'],
    [
      ['other', 1],
      ['other', 2],
      ['my-app-1', 4],
    ],
    4,
  ],
  [['name', 'n'], [['my-app-1', 1]], 'source-query-invalid'],
  [['app'], [['my-app-1']], 'source-query-invalid'],
  [['app', 'n', 'm'], [['my-app-1', 1, 2]], 'source-query-invalid'],
])('a row for each app: %j %j is %j', (columns, rows, expected) => {
  expect(outcome(columns, rows, 'app')).toBe(expected);
});

describe('with a column of times', () => {
  const NOW_MS = Date.UTC(2026, 0, 1, 0, 10);
  const read = (columns: readonly string[], row: readonly unknown[], appColumn?: string): Sample =>
    readRows(
      { columns, rows: [row] },
      {
        appColumn,
        timeColumn: 'at',
        maxAgeMs: 120_000,
        defaultValue: 0,
        serverName: 'db:1/x',
      },
      NOW_MS,
    )('my-app-1');

  it.each<readonly [readonly string[], readonly unknown[], object, string | undefined]>([
    [
      ['n', 'at'],
      [5, '2026-01-01 00:08:00+00'],
      { kind: 'value', value: 5, atMs: NOW_MS - 120_000 },
      undefined,
    ],
    [
      ['n', 'at'],
      [5, '2026-01-01 00:07:59+00'],
      { kind: 'stale', value: 5, ageMs: 121_000 },
      undefined,
    ],
    [['at', 'n'], [String(NOW_MS / 1000 - 60), 5], { kind: 'value', value: 5 }, undefined],
    [['at', 'app', 'n'], [NOW_MS, 'my-app-1', 5], { kind: 'value', value: 5 }, 'app'],
    [['at', 'app', 'n'], [1, 'my-app-1', 5], { kind: 'stale', value: 5 }, 'app'],
    [['at', 'n'], [1, null], { kind: 'value', value: 0, isDefault: true }, undefined],
    [['at', 'app', 'n'], [1, 'other', 5], { value: 0, isDefault: true }, 'app'],
    [['at', 'n'], [null, 5], { code: 'source-bad-answer' }, undefined],
    [['at', 'n'], ['2026-01-01 00:09:00', 5], { code: 'source-bad-answer' }, undefined],
    [['when', 'n'], [1, 5], { code: 'source-query-invalid' }, undefined],
    [['n'], [5], { code: 'source-query-invalid' }, undefined],
  ])('%j %j is %j', (columns, row, expected, appColumn) => {
    expect(read(columns, row, appColumn)).toMatchObject(expected);
  });
});

describe('the app of a row', () => {
  const meaning = {
    appColumn: 'app',
    timeColumn: undefined,
    maxAgeMs: undefined,
    defaultValue: 0,
    serverName: 'db:1/x',
  };
  const read = (rows: readonly (readonly unknown[])[], app = 'my-app-1'): Sample =>
    readRows({ columns: ['app', 'n'], rows }, meaning, AT)(app);

  it('may be filled up with spaces, as in a column of a fixed length', () => {
    expect(read([['my-app-1   ', 4]])).toEqual({ kind: 'value', value: 4, atMs: AT });
    expect(
      read([
        ['my-app-1', 4],
        ['my-app-1 ', 5],
      ]),
    ).toMatchObject({ code: 'source-ambiguous' });
  });

  it('may differ by capitals, which a person should know', () => {
    expect(read([['My-App-1', 4]])).toMatchObject({
      value: 4,
      warning: 'the row is of "My-App-1", which is taken for the app',
    });
    const both = read([
      ['My-App-1', 4],
      ['my-app-1', 5],
    ]);
    expect(both).toEqual({ kind: 'value', value: 5, atMs: AT });
    expect(
      read([
        ['My-App-1', 4],
        ['MY-APP-1', 5],
      ]),
    ).toMatchObject({ code: 'source-ambiguous' });
  });

  it('is nobody where it is null', () => {
    expect(read([[null, 4]], 'null')).toMatchObject({ value: 0, isDefault: true });
  });

  it.each<readonly [string, readonly (readonly unknown[])[], string | null]>([
    ['none of the apps', [['jobs-a', 4]], '"jobs-a"'],
    [
      'one of the apps',
      [
        ['jobs-a', 4],
        ['b', 1],
      ],
      null,
    ],
    ['one of the apps, in capitals and filled up', [['B  ', 1]], null],
    ['nobody', [], null],
  ])('is a stranger where the rows are of %s', (_, rows, expected) => {
    expect(strangerIn({ columns: ['app', 'n'], rows }, meaning, ['a', 'b'])).toBe(expected);
  });
});

it('gives no app a value when there are more rows than any fleet has apps', () => {
  const rows = Array.from({ length: 100_001 }, (_, index) => [`app-${index}`, 1]);
  const meaning = {
    appColumn: 'app',
    timeColumn: undefined,
    maxAgeMs: undefined,
    defaultValue: 0,
    serverName: 'db:1/x',
  };
  const sampleOf = readRows({ columns: ['app', 'n'], rows }, meaning, 99);
  expect(sampleOf('app-1')).toMatchObject({
    code: 'source-bad-answer',
    message: expect.stringContaining('100001 rows'),
  });
});

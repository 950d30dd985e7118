import { expect, it } from 'vitest';
import { readRows } from './sql-rows.js';

const AT = 5;

function outcome(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  appColumn?: string,
): unknown {
  const meaning = { appColumn, defaultValue: undefined, serverName: 'db:1/x' };
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

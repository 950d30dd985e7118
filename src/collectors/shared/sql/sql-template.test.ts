import { describe, expect, it } from 'vitest';
import { mysqlDriver } from '../../mysql/driver.js';
import { postgresDriver } from '../../postgres/driver.js';
import { sqlTemplate } from './sql-template.js';

describe('in PostgreSQL, $APP_NAME is a parameter', () => {
  it.each<readonly [string, string, number]>([
    ['select 1', 'select 1', 0],
    ['where app = $APP_NAME', 'where app = $1', 1],
    ['where app = ${APP_NAME})', 'where app = $1)', 1],
    ["where app='$APP_NAME'", 'where app=$1', 1],
    ["where app = '${APP_NAME}' or b = $APP_NAME", 'where app = $1 or b = $2', 2],
    ["queue = 'a:$APP_NAME:b'", "queue = ('a:' || $1::text || ':b')", 1],
    ["queue = '$APP_NAME-$APP_NAME'", "queue = ($1::text || '-' || $2::text)", 2],
    ["x = 'it''s $APP_NAME'", "x = ('it''s ' || $1::text)", 1],
    [String.raw`x = E'a\'$APP_NAME'`, String.raw`x = (E'a\'' || $1::text)`, 1],
    [String.raw`x = 'a\' and y = '$APP_NAME'`, String.raw`x = 'a\' and y = $1`, 1],
    ['select 1 -- $APP_NAME', 'select 1 -- $APP_NAME', 0],
    ["/* ' $APP_NAME */ select $APP_NAME", "/* ' $APP_NAME */ select $1", 1],
    ["select $$a'b$$, $APP_NAME", "select $$a'b$$, $1", 1],
    ["select '$APP_NAMES'", "select '$APP_NAMES'", 0],
    ['select "a b", $APP_NAME::text', 'select "a b", $1::text', 1],
  ])('%s', (query, text, parameterCount) => {
    expect(sqlTemplate(query, postgresDriver.dialect)).toEqual({ text, parameterCount });
  });

  it.each([
    'select * from jobs_$APP_NAME',
    'select * from "jobs_$APP_NAME"',
    'select * from jobs_${APP_NAME}',
    'select * from ${APP_NAME}_jobs',
    'select $x$ $APP_NAME $x$',
  ])('and nothing else: %s is refused', (query) => {
    expect(() => sqlTemplate(query, postgresDriver.dialect)).toThrow('cannot be part of a name');
  });
});

describe('in MySQL, $APP_NAME is a parameter', () => {
  it.each<readonly [string, string, number]>([
    ['where app = $APP_NAME', 'where app = ?', 1],
    ['where app = "$APP_NAME"', 'where app = ?', 1],
    [`where app = 'a "$APP_NAME"'`, `where app = CONCAT('a "', ?, '"')`, 1],
    [String.raw`x = 'a\'$APP_NAME'`, String.raw`x = CONCAT('a\'', ?)`, 1],
    ["# '\nselect '$APP_NAME'", "# '\nselect ?", 1],
    ["select 1--$APP_NAME '$APP_NAME'", 'select 1--? ?', 2],
  ])('%s', (query, text, parameterCount) => {
    expect(sqlTemplate(query, mysqlDriver.dialect)).toEqual({ text, parameterCount });
  });

  it('and nothing else', () => {
    const query = 'select * from `jobs_$APP_NAME`';
    expect(() => sqlTemplate(query, mysqlDriver.dialect)).toThrow('cannot be part of a name');
  });
});

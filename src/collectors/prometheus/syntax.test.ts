import { describe, expect, it } from 'vitest';
import { checkQuery } from './syntax.js';

describe('a query before it is asked', () => {
  it.each([
    `sum(queue_depth{app='$APP_NAME'})`,
    `sum(increase(fly_app_tcp_connects_count{app="$APP_NAME"}[1m])) or vector(0)`,
    `count(fly_instance_up{app='$APP_NAME'})`,
    'queue_${APP_NAME}_depth',
    'label_replace(x, "a", "$1", "b", "(.*)") # comment (',
    'sum by (app) (rate(x[5m] offset 1h)) / on (app) group_left () max(y @ end())',
    'x{a="(", b=~\'[{\', c=`\\`}',
    'histogram_quantile(0.9, sum(rate(x_bucket[5m])) by (le))',
  ])('is good PromQL: %s', (query) => {
    expect(checkQuery(query)).toBeNull();
  });

  it.each([
    ['', 1, 1, 'empty'],
    ['sum(x', 1, 4, '"(" is never closed'],
    ['sum(x))', 1, 7, '")" closes nothing'],
    ['sum(x{a="b")', 1, 12, '")" closes nothing'],
    ['sum(\n  x{a="b})', 2, 7, 'has no end'],
    ['sum(x by (app))', 1, 7, 'unexpected "by (app))"'],
    ['sum(x) +', 1, 9, 'ends too early'],
    ['sum(x{app="$APP_NAME"}) y', 1, 25, 'unexpected "y"'],
    ['x{a=b}', 1, 5, 'unexpected'],
  ])('is refused with its place: %j', (query, line, column, words) => {
    const problem = checkQuery(query);
    expect(problem).toMatchObject({ severity: 'error', line, column });
    expect(problem?.message).toContain(`line ${line}, column ${column} of the query: `);
    expect(problem?.message).toContain(words);
  });

  it.each([
    'sum(x) default 0',
    'x if y > 0',
    'WITH (f = {app="a"}) sum(x{f})',
    'median(x)',
    'tlast_over_time(x[5m])',
    'rate(x)[1.5h:]',
    'sum(rate(x[5i]))',
    'x{a="b" or c="d"}',
    'sum(x) by (app) limit 3',
    'rate(x[5m]) keep_metric_names',
    'x > 10Ki',
    'sum(x[$__interval])',
    '(sum(x), sum(y))',
    'sum(x,)',
    'foo\\-bar',
    'rollup_rate(x[:1m])',
  ])('may be MetricsQL, so it is at most a warning: %s', (query) => {
    expect(checkQuery(query)?.severity ?? 'warning').toBe('warning');
  });
});

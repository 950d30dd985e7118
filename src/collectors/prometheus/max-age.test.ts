import { describe, expect, it } from 'vitest';
import { checkMaxAge, oldestNewestMs, timestampQuery } from './max-age.js';

describe('the age of the data behind a query', () => {
  it.each([
    [`sum(x{app='$APP_NAME'})`, `max(timestamp(x{app='$APP_NAME'}))`],
    ['sum(x) / sum(x)', 'max(timestamp(x))'],
    [
      'sum(rate(x{a="b"}[5m])) or vector(0)',
      '(max(timestamp(x{a="b"})) or max(max_over_time(timestamp(x{a="b"})[5m:1m])))',
    ],
    [
      'a + on (app) b',
      'label_replace(max(timestamp(a)), "selector", "0", "", "") or label_replace(max(timestamp(b)), "selector", "1", "", "")',
    ],
  ])('of %s is asked with %s', (query, timestamps) => {
    expect(checkMaxAge(query)).toBeNull();
    expect(timestampQuery(query)).toBe(timestamps);
  });

  it.each([
    ['vector(1)', 'selects no series'],
    ['time()', 'selects no series'],
    ['sum(x offset 5m)', 'offset'],
    ['sum(rate(x[5m] offset 5m))', 'offset'],
    ['sum(x @ 0)', '"@"'],
    ['max_over_time(sum(x)[5m:1m])', 'subquery'],
    ['sum(x) default 0', 'not plain PromQL'],
  ])('of %s cannot be known', (query, why) => {
    expect(checkMaxAge(query)).toContain(why);
    expect(timestampQuery(query)).toBeNull();
  });

  it('is that of the quietest selector', () => {
    const series = [100.5, 90, 95].map((value) => ({ labels: {}, value, atMs: 0 }));
    expect(oldestNewestMs({ kind: 'series', series })).toBe(90_000);
    expect(oldestNewestMs({ kind: 'series', series: [] })).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { prometheusSchema } from './settings.js';

const good = {
  'metric-name': 'jobs',
  address: 'https://api.fly.io/prometheus/my-org/',
  query: `sum(jobs{app='$APP_NAME'})`,
};

function problems(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const issues = prometheusSchema.safeParse({ ...good, ...settings }).error?.issues ?? [];
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('settings of a Prometheus source', () => {
  it('have sensible defaults', () => {
    expect(prometheusSchema.parse(good)).toMatchObject({
      series: 'first',
      nocache: true,
      method: 'post',
    });
  });

  it('have durations in milliseconds', () => {
    expect(prometheusSchema.parse({ ...good, 'max-age': '1m30s', timeout: '5s' })).toMatchObject({
      'max-age': 90_000,
      timeout: 5_000,
    });
  });

  it.each([
    [{ query: 'sum(x' }, 'query: line 1, column 4 of the query: "(" is never closed'],
    [
      { 'max-age': '1m', query: 'vector(1)' },
      'max-age: cannot be checked: the query selects no series',
    ],
    [{ 'max-age': '10' }, 'max-age: not a duration such as 15s'],
    [{ address: 'localhost:9090' }, 'address: must be an address such as'],
    [{ address: 'https://x/?a=1' }, 'address: must not have a query'],
    [{ address: 'https://x/api/v1/query' }, 'address: must end before /api/v1/query'],
    [{ username: 'u' }, 'password: is needed beside the other'],
    [{ username: 'u', password: 'p', token: 't' }, 'token: give either a token or a username'],
    [{ series: 'median' }, 'series: '],
    [{ token: 'a\nb' }, 'token: must be one line'],
    [{ 'cert-data': 'x' }, 'cert-data: must be a certificate in PEM'],
    [{ per: 'machine' }, 'per: '],
    [{ per: 'instance', default: 0 }, 'default: cannot be given with per: instance'],
    [{ per: 'instance', 'max-age': '1m' }, 'max-age: cannot be given with per: instance'],
  ])('are refused with the key: %j', (settings, start) => {
    expect(problems(settings).filter((problem) => problem.startsWith(start))).toHaveLength(1);
  });

  it('tell all at once', () => {
    expect(problems({ query: 'sum(x', nocache: 'perhaps', 'max-age': '1' })).toHaveLength(3);
  });

  it('take MetricsQL', () => {
    expect(problems({ query: 'sum(x) default 0' })).toEqual([]);
  });
});

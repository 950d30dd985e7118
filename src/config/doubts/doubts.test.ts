/** What is allowed and probably not meant: found with its place, and only where it is so. */
import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, loadConfig } from '../index.js';
import { DOUBTS } from './doubts.js';

const GOOD = {
  org: 'my-org',
  'app-name': 'my-app-*',
  'created-machine-count': 'ceil(queue / 5)',
  'metric-collectors': `
  - { type: prometheus, metric-name: queue, address: https://p, query: 'q{app="$APP_NAME"}' }
  - { type: prometheus, metric-name: all, address: https://p, query: sum(q) }
  - { type: prometheus, metric-name: busy, address: https://p, query: q, per: instance }`,
  'scale-backoff-value': '"all > 100 ? 1 : 0"',
  'busy-metric': 'busy',
};

/** Lines take the place of those of the good file with the same key. */
function load(lines: string, env: Readonly<Record<string, string>> = {}) {
  const written = new Set([...lines.matchAll(/^([\w-]+):/gm)].map(([, key]) => key));
  const rest = Object.entries(GOOD).filter(([key]) => !written.has(key));
  const text = [...rest.map(([key, value]) => `${key}: ${value}`), lines].join('\n');
  const result = loadConfig({
    env: { FAS_API_TOKEN: 'x', ...env },
    file: { path: 'fas.yml', text },
    collectors: collectorDefinitions,
    purpose: 'serve',
  });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return { ...result, text };
}

/** "code key at the line that it stands in". */
function found(lines: string, env?: Readonly<Record<string, string>>): string[] {
  const { warnings, text } = load(lines, env);
  // Others have a test of their own.
  const doubts = warnings.filter(({ code }) => code !== undefined);
  return doubts.map(({ code, key, place }) => {
    const isInFile = place !== undefined && 'file' in place;
    const line = isInFile ? text.split('\n')[place.line - 1]!.trim() : JSON.stringify(place);
    return `${code} ${key} at ${line}`;
  });
}

const count = (expression: string): string => `created-machine-count: '${expression}'`;

const ONE = `metric-collectors:
  - { type: prometheus, metric-name: queue, address: https://p, query: sum(q) }
scale-backoff-value: ""
busy-metric: ""`;

const TWO = `policies:
  - { name: web, process-group: web, regions: iad, created-machine-count: ceil(queue / 2) }
  - { name: worker, process-group: worker, min-created-machine-count: 1, max-created-machine-count: queue }`;

const up = (rules: string): string => `behavior:\n  scale-up: { ${rules} }`;
const four = '{ machines: 4, period: 60s }';
const ten = '{ machines: 10, period: 30s }';

it('nothing is found in a good configuration', () => {
  const { warnings, notes } = load('');
  expect(formatProblems([...warnings, ...notes])).toBe('');
});

it('every doubt has a code of its own', () => {
  expect(new Set(DOUBTS.map(({ code }) => code)).size).toBe(DOUBTS.length);
});

describe('is found:', () => {
  it.each<[string, string]>([
    [count('queue // 5'), `comment-in-expression created-machine-count`],
    [count('max(1, queue) // (5 + 1)'), `comment-in-expression created-machine-count`],
    ['scale-backoff-value: all // 100', 'comment-in-expression scale-backoff-value'],
    [count('queue / 0'), 'division-by-zero created-machine-count'],
    [count('10 / 0'), 'division-by-zero created-machine-count'],
    [count('200000'), 'no-count created-machine-count'],
    [count('0'), 'created-count-of-zero created-machine-count'],
    [count('-3'), 'created-count-of-zero created-machine-count'],
    ['interval: 1ms', 'too-short interval'],
    ['timeout: 30ms', 'too-short timeout'],
    ['app-list-refresh-interval: 60ms', 'too-short app-list-refresh-interval'],
    ['machine-refresh-interval: 1s', 'too-short machine-refresh-interval'],
    ['regions: iad, xyz', 'unknown-region regions'],
    ['regions: mia', 'unknown-region regions'],
    ['max-machines: 50\nmax-machines-per-app: 80', 'pointless-rule max-machines-per-app'],
    ['max-create-per-pass: 50\nmax-machines-per-app: 8', 'pointless-rule max-create-per-pass'],
  ])('%s', (lines, expected) => {
    const [key = ''] = expected.split(' ').slice(1);
    const line = lines.split('\n').find((each) => each.startsWith(key));
    expect(found(lines)).toEqual([`${expected} at ${line}`]);
  });

  it('a metric that is the same for all apps of a wildcard', () => {
    expect(found(ONE)).toEqual([
      `same-for-all-apps metric-collectors[0].query at ${ONE.split('\n')[1]!.trim()}`,
    ]);
    const redis = ONE.replace('prometheus', 'redis')
      .replace('address: https://p', 'url: redis://r')
      .replace('query: sum(q)', 'key: jobs');
    expect(found(redis)).toEqual([
      expect.stringMatching(/^same-for-all-apps metric-collectors\[0\]\.key at /),
    ]);
  });

  it("Fly's Prometheus without a token, by file and by environment", () => {
    const fly = 'https://api.fly.io/prometheus/my-org';
    const lines = ONE.replace('https://p', fly).replace('sum(q)', '\'q{app="$APP_NAME"}\'');
    expect(found(lines)).toEqual([
      expect.stringMatching(/^doubtful-source metric-collectors\[0\]\.address at - /),
    ]);
    const env = {
      FAS_PROMETHEUS_ADDRESS: fly,
      FAS_PROMETHEUS_METRIC_NAME: 'more',
      FAS_PROMETHEUS_QUERY: "q{app='$APP_NAME'}",
    };
    const lots = count('queue + more');
    expect(found(lots, env)).toEqual([
      'doubtful-source prometheus.address at {"env":"FAS_PROMETHEUS_ADDRESS"}',
    ]);
    expect(found(lots, { ...env, FAS_PROMETHEUS_TOKEN: 'fm2_x' })).toEqual([]);
  });

  it('a flat key that every policy replaces, by file and by environment', () => {
    expect(found(TWO)).toEqual([
      `replaced-everywhere created-machine-count at created-machine-count: ceil(queue / 5)`,
    ]);
    const grouped = `${TWO}\ncreated-machine-count: ""`;
    expect(found(grouped, { FAS_PROCESS_GROUP: 'app' })).toEqual([
      'replaced-everywhere process-group at {"env":"FAS_PROCESS_GROUP"}',
    ]);
  });

  it.each([
    [up(`limits: [${four}, ${ten}]`), 'behavior.scale-up.limits[0]'],
    [up(`limits: [${four}, ${ten}], select: min`), 'behavior.scale-up.limits[1]'],
    [up(`limits: [${four}, ${four}]`), 'behavior.scale-up.limits[1]'],
    [up(`limits: [${four}], select: disabled`), 'behavior.scale-up.limits'],
    [
      `removal-budgets: [{ machines: 2, period: 1h }, { machines: 3, period: 10m }]`,
      'removal-budgets[1]',
    ],
    [`removal-budgets: [{ machines: 0 }, { percent: 10, period: 1h }]`, 'removal-budgets[1]'],
  ])('one of two rules that never matters: %s', (lines, key) => {
    expect(found(lines)).toEqual([`pointless-rule ${key} at ${lines.split('\n').at(-1)!.trim()}`]);
  });

  it('in an override, with its key', () => {
    const lines = 'overrides:\n  - apps: my-app-big\n    created-machine-count: queue // 2';
    expect(found(lines)).toEqual([
      'comment-in-expression overrides[0].created-machine-count at created-machine-count: queue // 2',
    ]);
  });
});

describe('is not found:', () => {
  it.each([
    count('ceil(queue / 5) // five requests at a time'),
    count('ceil(queue / /* at a time */ 5)'),
    count('ceil(queue / max(1, created_machine_count - 1))'),
    count('min(ceil(queue / 5), all > 450 ? created_machine_count : 1000)'),
    'created-machine-count: ""\nmin-created-machine-count: 0\nmax-created-machine-count: queue',
    'created-machine-count: ""\nstarted-machine-count: 0',
    'interval: 1s\ntimeout: 1s',
    'regions: iad, ord:1-5, syd',
    'max-machines: 50\nmax-machines-per-app: 50',
    'max-machines: 50',
    ONE.replace('query: sum(q)', 'query: sum by (app) (q), app-label: app').replace(
      ': sum by (app) (q)',
      ': "sum by (app) (q)"',
    ),
    `${ONE}\napp-name: my-app`,
    up(`limits: [${four}, { percent: 100, period: 60s }]`),
    up(`limits: [${four}, { machines: 10, period: 10m }]`),
    `removal-budgets: [{ machines: 5, period: 1h }, { machines: 2, period: 10m }]`,
    `removal-budgets: [{ machines: 0, cron: "0 9 * * 1-5", duration: 8h }, { machines: 2, period: 10m }]`,
    TWO.replace(', created-machine-count: ceil(queue / 2)', ''),
  ])('%s', (lines) => {
    expect(found(lines)).toEqual([]);
  });
});

describe('a count that is rounded to nearest', () => {
  const notes = (lines: string): string => formatProblems(load(lines).notes);

  it('is a note with the expression to write, and no warning', () => {
    expect(notes(count('queue / 5'))).toMatch(
      /^fas\.yml:\d+:24: created-machine-count: is rounded .* 8\.4 is 8 machines, not 9\n    hint: write ceil\(queue \/ 5\) where/,
    );
    expect(found(count('queue / 5'))).toEqual([]);
  });

  it('is none in a maximum, or where the fraction is taken away', () => {
    const range = 'created-machine-count: ""\nmin-created-machine-count: 1';
    expect(notes(`${range}\nmax-created-machine-count: queue / 2`)).toBe('');
    expect(notes(count('max(1, ceil(queue / 5))'))).toBe('');
    expect(notes(`${range.replace(': 1', ': queue / 3')}\nmax-created-machine-count: 9`)).toMatch(
      /min-created-machine-count: is rounded/,
    );
  });
});

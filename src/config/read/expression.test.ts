import { describe, expect, it } from 'vitest';
import { sampleDefinitions } from '../../testing/collector-definitions.js';
import { formatProblems, loadConfig, type LoadInput } from '../index.js';

const BASE = {
  FAS_APP_NAME: 'worker',
  FAS_API_TOKEN: 'fm2_secret',
  FAS_PROMETHEUS_ADDRESS: 'https://a',
  FAS_PROMETHEUS_METRIC_NAME: 'queue_depth',
  FAS_PROMETHEUS_QUERY: 'up',
};

function load(env: LoadInput['env'], yaml?: string) {
  return loadConfig({
    env: { ...BASE, ...env },
    collectors: sampleDefinitions,
    purpose: 'serve',
    file: yaml === undefined ? undefined : { path: 'fas.yaml', text: yaml },
  });
}

function told(env: LoadInput['env'], yaml?: string): string {
  const result = load(env, yaml);
  return result.ok ? '' : formatProblems(result.problems);
}

function policy(env: LoadInput['env']) {
  const result = load(env);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config.policies[0];
}

const VALUES = new Map([['queue_depth', 40]]);

describe('counts', () => {
  it('take the single form for both ends', () => {
    const created = policy({ FAS_CREATED_MACHINE_COUNT: 'queue_depth / 10' })?.created;
    expect(created?.min).toBe(created?.max);
    expect(created?.min.run(VALUES)).toBe(4);
  });

  it('take a minimum and a maximum', () => {
    const started = policy({
      FAS_MIN_STARTED_MACHINE_COUNT: 'queue_depth / 20',
      FAS_MAX_STARTED_MACHINE_COUNT: 'queue_depth / 5',
    })?.started;
    expect([started?.min.run(VALUES), started?.max.run(VALUES)]).toEqual([2, 8]);
  });

  it('read the counts of machines', () => {
    const names = ['created_machine_count', 'started_machine_count', 'stopped_machine_count'];
    const created = policy({ FAS_CREATED_MACHINE_COUNT: `queue_depth + ${names.join(' + ')}` });
    const values = new Map([...VALUES, ...names.map((name) => [name, 1] as const)]);
    expect(created?.created?.max.run(values)).toBe(43);
  });

  it('are both left out where they are not given', () => {
    expect(policy({ FAS_STARTED_MACHINE_COUNT: 'queue_depth' })?.created).toBeNull();
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'FAS_CREATED_MACHINE_COUNT: created-machine-count: is required, or started-machine-count'],
    [
      { FAS_MIN_CREATED_MACHINE_COUNT: 'queue_depth' },
      'FAS_MIN_CREATED_MACHINE_COUNT: min-created-machine-count: max-created-machine-count is missing',
    ],
    [
      { FAS_MAX_STARTED_MACHINE_COUNT: 'queue_depth' },
      'FAS_MAX_STARTED_MACHINE_COUNT: max-started-machine-count: min-started-machine-count is missing',
    ],
    [
      { FAS_CREATED_MACHINE_COUNT: 'queue_depth', FAS_MAX_CREATED_MACHINE_COUNT: '3' },
      'FAS_MAX_CREATED_MACHINE_COUNT: max-created-machine-count: cannot be given together with created-machine-count',
    ],
    [
      { FAS_MIN_CREATED_MACHINE_COUNT: '5', FAS_MAX_CREATED_MACHINE_COUNT: '2 + 1' },
      'FAS_MIN_CREATED_MACHINE_COUNT: min-created-machine-count: the minimum 5 is above the maximum 3 of max-created-machine-count',
    ],
  ])('refuses %j', (env, expected) => {
    expect(told(env)).toContain(expected);
  });

  it('cannot tell at load whether changing counts are out of order', () => {
    const env = {
      FAS_MIN_CREATED_MACHINE_COUNT: '5',
      FAS_MAX_CREATED_MACHINE_COUNT: 'queue_depth',
    };
    expect(told(env)).toBe('');
  });
});

describe('an expression that does not compile', () => {
  it('is shown with its place and known metrics', () => {
    expect(told({ FAS_CREATED_MACHINE_COUNT: 'queue_dept / 10' })).toBe(
      [
        'FAS_CREATED_MACHINE_COUNT: created-machine-count: unknown name queue_dept (1:1)',
        '     | queue_dept / 10',
        '     | ^',
        '    hint: did you mean queue_depth? known metrics: queue_depth; always there: created_machine_count, started_machine_count, stopped_machine_count',
      ].join('\n'),
    );
  });

  it('is placed in the file', () => {
    expect(told({}, 'verbose: true\nstarted-machine-count: queue_depth +\n')).toMatch(
      /^fas\.yaml:2:24: started-machine-count: unexpected token EOF/,
    );
  });

  it('does not complain of names that a broken collector would have given', () => {
    const found = told({
      FAS_PROMETHEUS_METRIC_NAME: '',
      FAS_CREATED_MACHINE_COUNT: 'queue_depth',
    });
    expect(found).toContain('FAS_PROMETHEUS_METRIC_NAME: prometheus.metric-name: is required');
    expect(found).not.toContain('unknown name');
  });

  it('is told of together with a broken collector', () => {
    const found = told({
      FAS_PROMETHEUS_METRIC_NAME: '',
      FAS_CREATED_MACHINE_COUNT: 'max(queue_depth, busy) / "ten"',
    });
    expect(found).toContain('FAS_PROMETHEUS_METRIC_NAME: prometheus.metric-name: is required');
    expect(found).toContain('invalid operation: / (mismatched types float64 and string) (1:24)');
    expect(found).not.toContain('unknown name');
  });
});

describe('a metric that no expression uses', () => {
  const warned = (expression: string): string =>
    formatProblems(load({ FAS_CREATED_MACHINE_COUNT: expression }).warnings);

  it('is a warning', () => {
    expect(warned('3')).toContain(
      'FAS_PROMETHEUS_METRIC_NAME: prometheus.metric-name: no expression uses the metric queue_depth',
    );
  });

  it.each(['queue_depth / 10', '$env["queue_depth"]', 'let a = queue_depth; a + 1'])(
    'is none of those that %j uses',
    (expression) => {
      expect(warned(expression)).toBe('');
    },
  );
});

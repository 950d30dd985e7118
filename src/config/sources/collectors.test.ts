import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { z } from 'zod';
import { setting, type CollectorDefinition } from '../../seams/schema.js';
import { sampleDefinitions } from '../../testing/collector-definitions.js';
import { formatProblems, loadConfig, type LoadInput } from '../index.js';

const BASE = {
  FAS_APP_NAME: 'worker',
  FAS_API_TOKEN: 'fm2_secret',
  FAS_CREATED_MACHINE_COUNT: '1',
};
const FIRST = {
  FAS_PROMETHEUS_ADDRESS: 'https://a',
  FAS_PROMETHEUS_METRIC_NAME: 'first',
  FAS_PROMETHEUS_QUERY: 'up',
};

const text = z.string().trim().min(1);

/** Credentials as programs of the same machine may have them. */
const queues: CollectorDefinition = {
  ...sampleDefinitions[0]!,
  type: 'queue',
  envPrefix: 'FAS_QUEUE',
  schema: z.strictObject({
    'metric-name': setting(text, { description: 'Its name.' }),
    region: setting(text.optional(), {
      description: 'Where.',
      envFallback: { names: ['AWS_REGION'] },
    }),
    key: setting(text, { description: 'Who.', envFallback: { names: ['AWS_KEY'] } }),
    secret: setting(text.optional(), {
      description: 'The secret.',
      envFallback: { names: ['AWS_SECRET'], unless: 'key' },
      isSecret: true,
    }),
  }),
};

function load(
  env: LoadInput['env'],
  yaml?: string,
  kinds: LoadInput['collectors'] = sampleDefinitions,
) {
  return loadConfig({
    env: { ...BASE, ...env },
    collectors: kinds,
    purpose: 'serve',
    file: yaml === undefined ? undefined : { path: 'fas.yaml', text: yaml },
  });
}

function collectors(...given: Parameters<typeof load>) {
  const result = load(...given);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config.collectors;
}

function told(env: LoadInput['env'], yaml?: string): string {
  const result = load(env, yaml);
  return result.ok ? '' : formatProblems(result.problems);
}

describe('collectors by environment', () => {
  it('come without a number and with any numbers, smallest first', () => {
    const numbered = (number: string, name: string): Record<string, string> => ({
      [`FAS_PROMETHEUS_${number}_ADDRESS`]: 'https://b',
      [`FAS_PROMETHEUS_${number}_METRIC_NAME`]: name,
      [`FAS_PROMETHEUS_${number}_QUERY`]: 'up',
    });
    const env = { ...numbered('10', 'tenth'), ...numbered('2', 'second'), ...FIRST };
    expect(collectors(env).map(({ name }) => name)).toEqual(['first', 'second', 'tenth']);
  });

  it('inherit a general setting unless they have their own', () => {
    const settings = (env: LoadInput['env']): unknown => {
      const result = loadConfig({
        env: { ...BASE, ...FIRST, ...env },
        collectors: collectorDefinitions,
        purpose: 'serve',
      });
      return result.ok && result.config.collectors[0]?.settings;
    };
    expect(settings({})).toMatchObject({ 'fleet-query': 'auto' });
    expect(settings({ FAS_FLEET_QUERY: 'never' })).toMatchObject({ 'fleet-query': 'never' });
    expect(
      settings({ FAS_FLEET_QUERY: 'never', FAS_PROMETHEUS_FLEET_QUERY: 'always' }),
    ).toMatchObject({ 'fleet-query': 'always' });
  });

  it('may have a number though none is without', () => {
    const env = {
      FAS_PROMETHEUS_7_ADDRESS: 'https://b',
      FAS_PROMETHEUS_7_METRIC_NAME: 'seventh',
      FAS_PROMETHEUS_7_QUERY: 'up',
      FAS_PROMETHEUS_7_DEFAULT: '0',
    };
    expect(collectors(env)).toMatchObject([{ name: 'seventh', settings: { default: 0 } }]);
  });

  it('have settings of the kind that their schema wants', () => {
    const env = {
      ...FIRST,
      FAS_PROMETHEUS_DEFAULT: '-1.5',
      FAS_PROMETHEUS_MAX_AGE: '2m',
      FAS_PROMETHEUS_INSECURE_SKIP_VERIFY: 'true',
      FAS_PROMETHEUS_TOKEN: '12345678',
    };
    expect(collectors(env)[0]?.settings).toEqual({
      'metric-name': 'first',
      address: 'https://a',
      query: 'up',
      default: -1.5,
      'max-age': 120_000,
      'insecure-skip-verify': true,
      series: 'first',
      token: '12345678',
    });
  });

  it('exist as soon as one required setting is there, and name the missing ones', () => {
    expect(told({ FAS_PROMETHEUS_2_ADDRESS: 'https://a' })).toBe(
      [
        'FAS_PROMETHEUS_2_METRIC_NAME: prometheus 2.metric-name: is required\n    hint: set FAS_PROMETHEUS_2_METRIC_NAME',
        'FAS_PROMETHEUS_2_QUERY: prometheus 2.query: is required\n    hint: set FAS_PROMETHEUS_2_QUERY',
      ].join('\n'),
    );
  });

  it('do not exist for a token alone, which a file may refer to', () => {
    expect(collectors({ FAS_PROMETHEUS_TOKEN: 'secret' })).toEqual([]);
  });

  it('prefer the other names of a setting', () => {
    const env = {
      FAS_TEMPORAL_ADDRESS: 'a:1',
      FAS_TEMPORAL_NAMESPACE: 'n',
      FAS_TEMPORAL_METRIC_NAME: 'm',
      FAS_TEMPORAL_CERT_DATA: 'cert',
      FAS_TEMPORAL_KEY_DATA: 'key',
      TEMPORAL_TLS_CERT_DATA: 'better cert',
      TEMPORAL_TLS_KEY_DATA: 'better key',
    };
    expect(collectors(env)).toMatchObject([
      { settings: { 'cert-data': 'better cert', 'key-data': 'better key' } },
    ]);
  });

  it('fall back on names that others use too, and never mix the credentials of two', () => {
    const queue = { ...FIRST, FAS_QUEUE_METRIC_NAME: 'q' };
    const shared = { AWS_KEY: 'shared-key', AWS_SECRET: 'shared-secret', AWS_REGION: 'r-1' };
    const loaded = (env: Record<string, string>): unknown =>
      collectors(env, undefined, [...sampleDefinitions, queues])[1]?.settings;
    expect(loaded({ ...queue, ...shared })).toMatchObject({
      key: 'shared-key',
      secret: 'shared-secret',
      region: 'r-1',
    });
    expect(loaded({ ...queue, ...shared, FAS_QUEUE_KEY: 'own' })).toEqual({
      'metric-name': 'q',
      key: 'own',
      region: 'r-1',
    });
    const numbered = { ...FIRST, FAS_QUEUE_2_METRIC_NAME: 'q', ...shared };
    expect(loaded(numbered)).toMatchObject({ key: 'shared-key' });
    // They belong to others, so that they alone ask for nothing.
    expect(loaded({ ...FIRST, ...shared })).toBeUndefined();
  });

  it('bring those that they ask for, each with a metric of its own', () => {
    const kinds: LoadInput['collectors'] = [
      {
        ...queues,
        companions: (settings) => [{ ...(settings as object), 'metric-name': 'beside' }],
      },
    ];
    const env = { FAS_QUEUE_METRIC_NAME: 'q', FAS_QUEUE_KEY: 'k' };
    const counted = { ...env, FAS_CREATED_MACHINE_COUNT: 'q + beside' };
    expect(collectors(counted, undefined, kinds)).toMatchObject([
      { name: 'q', settings: { key: 'k' } },
      { name: 'beside', settings: { 'metric-name': 'beside', key: 'k' } },
    ]);
    const twice = { ...env, FAS_QUEUE_2_METRIC_NAME: 'p', FAS_QUEUE_2_KEY: 'k' };
    const result = load(twice, undefined, kinds);
    expect(result.ok ? '' : formatProblems(result.problems)).toContain(
      'another collector has the metric-name beside already',
    );
  });

  it('say why a setting that others have is none of theirs', () => {
    const absentSettings = { 'max-age': 'cannot be checked' };
    const kinds = [{ ...queues, absentSettings }];
    const env = { FAS_QUEUE_2_METRIC_NAME: 'q', FAS_QUEUE_2_KEY: 'k' };
    expect(collectors(env, undefined, kinds)).toHaveLength(1);
    const told = (env: LoadInput['env'], yaml?: string): string => {
      const result = load(env, yaml, kinds);
      expect(result.warnings).toEqual([]);
      return result.ok ? '' : formatProblems(result.problems);
    };
    expect(told({ ...env, FAS_QUEUE_2_MAX_AGE: '1m' })).toMatch(
      /FAS_QUEUE_2_MAX_AGE.*cannot be checked/s,
    );
    const yaml = 'metric-collectors:\n  - {type: queue, metric-name: q, key: k, max-age: 1m}\n';
    expect(told({}, yaml)).toMatch(/fas.yaml:2:\d+.*cannot be checked/s);
  });

  it('blame the variable that holds a bad value', () => {
    const env = { ...FIRST, FAS_PROMETHEUS_DEFAULT: 'none', FAS_PROMETHEUS_SERIES: 'sun' };
    expect(told(env)).toBe(
      [
        'FAS_PROMETHEUS_DEFAULT: prometheus.default: must be a number, got "none"\n    hint: for example FAS_PROMETHEUS_DEFAULT=0',
        'FAS_PROMETHEUS_SERIES: prometheus.series: must be one of first, sum, got "sun"\n    hint: did you mean sum?',
      ].join('\n'),
    );
  });

  it('obey the rules between their settings', () => {
    const env = { ...FIRST, FAS_PROMETHEUS_MAX_AGE: '1m', FAS_PROMETHEUS_SERIES: 'sum' };
    expect(told(env)).toContain('FAS_PROMETHEUS_MAX_AGE: prometheus.max-age: cannot be checked');
  });
});

describe('collectors by file', () => {
  const entry = (name: string, more = ''): string =>
    `  - type: prometheus\n    metric-name: ${name}\n    address: https://f\n    query: up\n${more}`;

  it('are added to those of the environment', () => {
    const yaml = `metric-collectors:\n${entry('second')}${entry('third')}`;
    expect(collectors(FIRST, yaml).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  });

  it('win over the environment for the same metric, with a warning', () => {
    const yaml = `metric-collectors:\n${entry('first')}`;
    expect(collectors(FIRST, yaml)).toMatchObject([{ settings: { address: 'https://f' } }]);
    const { warnings } = load(FIRST, yaml);
    expect(formatProblems(warnings)).toContain(
      'FAS_PROMETHEUS_METRIC_NAME: prometheus.metric-name: the metric first is also in the file',
    );
  });

  it('may not have a name twice', () => {
    const yaml = `metric-collectors:\n${entry('a')}${entry('a')}`;
    expect(told({}, yaml)).toBe(
      'fas.yaml:7:18: metric-collectors[1].metric-name: another collector has the metric-name a already\n    hint: each metric needs a name of its own',
    );
  });

  it('take maps and numbers as their schema wants them', () => {
    const more = '    headers: { X-A: 1, x-b: "yes" }\n    default: 0\n';
    const yaml = `metric-collectors:\n${entry('a', more)}`;
    expect(collectors({}, yaml)).toMatchObject([
      { settings: { headers: { 'X-A': '1', 'x-b': 'yes' }, default: 0 } },
    ]);
  });

  it.each([
    ['true', true],
    ['"true"', true],
    ['$SWITCH', true],
    ['no', false],
    ['auto', 'auto'],
  ])('read a switch that has a word beside: %s', (written, expected) => {
    const yaml = `metric-collectors:\n  - { type: temporal, metric-name: a, address: b, namespace: c, tls: ${written} }\n`;
    expect(collectors({ SWITCH: 'true' }, yaml)).toMatchObject([{ settings: { tls: expected } }]);
  });

  it('say what a switch that has a word beside may be', () => {
    const yaml = `metric-collectors:\n  - { type: temporal, metric-name: a, address: b, namespace: c, tls: maybe }\n`;
    expect(told({}, yaml)).toContain(
      'metric-collectors[0].tls: must be auto or true or false, got "maybe"',
    );
  });

  it('say where an unknown key stands and which one was meant', () => {
    const yaml = `metric-collectors:\n${entry('a', '    adress: x\n')}`;
    expect(told({}, yaml)).toBe(
      'fas.yaml:6:5: metric-collectors[0].adress: unknown key\n    hint: did you mean address?',
    );
  });

  it('say where a bad value stands', () => {
    const yaml = `metric-collectors:\n${entry('a', '    default: many\n    max-age: 2\n')}`;
    expect(told({}, yaml)).toMatch(
      /fas\.yaml:6:14: metric-collectors\[0\]\.default: must be a number, got "many"[^]*fas\.yaml:7:14: metric-collectors\[0\]\.max-age: not a duration/,
    );
  });
});

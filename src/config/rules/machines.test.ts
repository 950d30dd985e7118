/** The settings that say which machines go, which stay and where they stand. */
import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, loadConfig, type LoadInput } from '../index.js';

const ENV = {
  FAS_APP_NAME: 'worker',
  FAS_API_TOKEN: 'FlyV1 fm2_secret',
  FAS_STARTED_MACHINE_COUNT: 'queue',
  FAS_PROMETHEUS_ADDRESS: 'https://example.com',
  FAS_PROMETHEUS_TOKEN: 'fm2_other',
  FAS_PROMETHEUS_METRIC_NAME: 'queue',
  FAS_PROMETHEUS_QUERY: 'sum(queue)',
  FAS_PROMETHEUS_TIMEOUT: '5s',
};
const BUSY = {
  FAS_PROMETHEUS_2_ADDRESS: 'https://example.com',
  FAS_PROMETHEUS_2_METRIC_NAME: 'busy',
  FAS_PROMETHEUS_2_QUERY: "fly_app_concurrency{app='$APP_NAME'}",
  FAS_PROMETHEUS_2_PER: 'instance',
};
const STOP_QUERY = "sum by (instance) (fly_app_concurrency{app='$APP_NAME'})";

function load(env: LoadInput['env'], yaml?: string) {
  const file = yaml === undefined ? {} : { file: { path: 'fas.yaml', text: yaml } };
  return loadConfig({ env, ...file, collectors: collectorDefinitions, purpose: 'serve' });
}

function config(env: LoadInput['env'], yaml?: string) {
  const result = load(env, yaml);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return { ...result.config, policy: result.config.policies[0]!, warnings: result.warnings };
}

function told(env: LoadInput['env'], yaml?: string): string {
  const result = load(env, yaml);
  return formatProblems(result.ok ? [] : result.problems);
}

describe('which machine goes', () => {
  it('is nothing that a policy says by default', () => {
    expect(config(ENV).policy).toMatchObject({
      removal: { busyMetric: null, drainTimeoutMs: 0, scaleIn: 'stop' },
      regionLimits: {},
      spare: null,
    });
  });

  it('is the least busy by a metric per instance, waited for ten minutes', () => {
    const { policy, warnings } = config({ ...ENV, ...BUSY, FAS_BUSY_METRIC: 'busy' });
    expect(policy.removal).toMatchObject({ busyMetric: 'busy', drainTimeoutMs: 600_000 });
    expect(warnings).toEqual([]);
  });

  it('may be waited for longer, or not at all', () => {
    const env = { ...ENV, ...BUSY, FAS_BUSY_METRIC: 'busy' };
    const drain = (timeout: string) =>
      config({ ...env, FAS_DRAIN_TIMEOUT: timeout }).policy.removal.drainTimeoutMs;
    expect([drain('1h'), drain('0s')]).toEqual([3_600_000, 0]);
  });

  it.each([
    [{ FAS_BUSY_METRIC: 'bsy' }, 'no collector gives the metric bsy'],
    [{ FAS_BUSY_METRIC: 'queue' }, 'the metric queue has one value, not one per instance'],
    [{ FAS_DRAIN_TIMEOUT: 'endless', FAS_BUSY_METRIC: 'busy' }, 'not a duration'],
    [{ FAS_DRAIN_TIMEOUT: '-1s', FAS_BUSY_METRIC: 'busy' }, 'must be above zero, got -1s'],
    [
      { FAS_BUSY_METRIC: 'busy', FAS_STOP_METRIC_PROMETHEUS_QUERY: STOP_QUERY },
      'cannot be given together with busy-metric',
    ],
  ])('cannot be told by %j', (env, message) => {
    expect(told({ ...ENV, ...BUSY, ...env })).toContain(message);
  });

  it('is not waited for without a metric, and a timeout says so', () => {
    expect(formatProblems(config({ ...ENV, FAS_DRAIN_TIMEOUT: '5m' }).warnings)).toContain(
      'has no effect without a busy-metric',
    );
  });

  it('leaves an expression no metric that has a value per instance', () => {
    const message = told({ ...ENV, ...BUSY, FAS_STARTED_MACHINE_COUNT: 'busy / 2' });
    expect(message).toContain('busy has one value per instance and is for busy-metric');
  });

  it('warns of a metric per instance that nothing uses', () => {
    expect(formatProblems(config({ ...ENV, ...BUSY }).warnings)).toContain(
      'nothing uses the metric busy, which has one value per instance',
    );
  });
});

describe("the fork's query", () => {
  it('asks the first Prometheus per instance, for the order alone', () => {
    const { policy, collectors, warnings } = config({
      ...ENV,
      FAS_STOP_METRIC_PROMETHEUS_QUERY: STOP_QUERY,
    });
    expect(policy.removal).toMatchObject({ busyMetric: 'stop_metric', drainTimeoutMs: 0 });
    expect(collectors[1]).toMatchObject({
      name: 'stop_metric',
      settings: {
        address: 'https://example.com',
        token: 'fm2_other',
        timeout: 5000,
        query: STOP_QUERY,
        per: 'instance',
      },
    });
    expect(warnings).toEqual([]);
  });

  it('waits for machines when it is told how long', () => {
    const env = { ...ENV, FAS_STOP_METRIC_PROMETHEUS_QUERY: STOP_QUERY, FAS_DRAIN_TIMEOUT: '1m' };
    expect(config(env).policy.removal.drainTimeoutMs).toBe(60_000);
  });

  it('leaves the default of the other query aside', () => {
    const env = { ...ENV, FAS_PROMETHEUS_DEFAULT: '3', FAS_PROMETHEUS_MAX_AGE: '1m' };
    expect(told({ ...env, FAS_STOP_METRIC_PROMETHEUS_QUERY: STOP_QUERY })).toBe('');
  });

  it.each([
    { FAS_PROMETHEUS_APP_LABEL: 'app' },
    { FAS_PROMETHEUS_QUERY: "sum(queue{app='$APP_NAME'})", FAS_PROMETHEUS_FLEET_QUERY: 'always' },
  ])('leaves aside how the other query is asked: %j', (other) => {
    const query = "topk by (instance) (1, fly_app_concurrency{app='$APP_NAME'})";
    const env = { ...ENV, ...other, FAS_STOP_METRIC_PROMETHEUS_QUERY: query };
    expect(told(env)).toBe('');
  });

  it('is checked as every query, and told under its own name', () => {
    const message = told({ ...ENV, FAS_STOP_METRIC_PROMETHEUS_QUERY: 'sum by (instance) (x' });
    expect(message).toContain('stop-metric-prometheus-query.query');
    expect(message).toContain('is never closed');
  });

  const groups = (web: string, rest = ''): string => `process-groups:
  - { name: web, started-machine-count: queue, ${web} }
  - { name: worker, started-machine-count: queue, stop-metric-prometheus-query: "${STOP_QUERY}" }
${rest}`;
  const keys = (yaml: string, env: LoadInput['env'] = ENV) =>
    config(env, yaml).collectors.map(({ key }) => key);

  it('of a policy is a metric of its own, asked of the shared server', () => {
    const yaml = groups('stop-metric-prometheus-query: "sum by (instance) (up)"');
    const { policies, collectors, warnings } = config(ENV, yaml);
    expect(collectors.map(({ key }) => key)).toEqual([
      'queue',
      'web/stop_metric',
      'worker/stop_metric',
    ]);
    expect(collectors[1]?.settings).toMatchObject({
      address: 'https://example.com',
      token: 'fm2_other',
      query: 'sum by (instance) (up)',
      per: 'instance',
    });
    for (const { name, removal, ownMetrics } of policies) {
      expect(removal).toMatchObject({ busyMetric: 'stop_metric', drainTimeoutMs: 0 });
      expect([...ownMetrics]).toEqual([['stop_metric', `${name}/stop_metric`]]);
    }
    expect(warnings.map(({ code }) => code)).toEqual(['replaced-everywhere']);
  });

  it('of a policy is asked of the first Prometheus of its own', () => {
    const own = '{ type: prometheus, metric-name: queue, address: https://own, query: up }';
    const yaml = groups(
      `stop-metric-prometheus-query: "${STOP_QUERY}", metric-collectors: [${own}]`,
    );
    const found = config(ENV, yaml).collectors.find(({ key }) => key === 'web/stop_metric');
    expect(found?.settings).toMatchObject({ address: 'https://own' });
  });

  it('of a policy goes before that of all, and is none where it says nothing', () => {
    const env = { ...ENV, FAS_STOP_METRIC_PROMETHEUS_QUERY: 'up' };
    expect(keys(groups('regions: iad'), env)).toEqual([
      'queue',
      'stop_metric',
      'worker/stop_metric',
    ]);
    const { policies } = config(env, groups('stop-metric-prometheus-query: ""'));
    expect(policies[0]?.removal.busyMetric).toBeNull();
  });

  it('of all gives way to the busy-metric of a policy', () => {
    const env = { ...ENV, ...BUSY, FAS_STOP_METRIC_PROMETHEUS_QUERY: 'up' };
    expect(config(env, groups('busy-metric: busy')).policy.removal).toMatchObject({
      busyMetric: 'busy',
      drainTimeoutMs: 600_000,
    });
  });

  it('of a policy is checked there', () => {
    const unclosed = groups('stop-metric-prometheus-query: "sum("');
    expect(told(ENV, unclosed)).toContain(
      'fas.yaml:2:78: process-groups[0].stop-metric-prometheus-query.query: ',
    );
    const { FAS_APP_NAME, FAS_API_TOKEN } = ENV;
    expect(told({ FAS_APP_NAME, FAS_API_TOKEN }, groups('regions: iad'))).toContain(
      'process-groups[1].stop-metric-prometheus-query: needs a Prometheus collector',
    );
  });

  it('is not for an override', () => {
    const yaml = `overrides: [{ apps: worker, stop-metric-prometheus-query: "${STOP_QUERY}" }]`;
    expect(told(ENV, yaml)).toBe(
      `fas.yaml:1:29: overrides[0].stop-metric-prometheus-query: unknown key
    hint: set busy-metric to the name of a collector with per: instance`,
    );
  });

  it('needs a Prometheus', () => {
    const { FAS_APP_NAME, FAS_API_TOKEN } = ENV;
    const env = { FAS_APP_NAME, FAS_API_TOKEN, FAS_STARTED_MACHINE_COUNT: '2' };
    expect(told({ ...env, FAS_STOP_METRIC_PROMETHEUS_QUERY: STOP_QUERY })).toContain(
      'needs a Prometheus collector',
    );
  });
});

describe('scale-in and spare', () => {
  it('go with a started count', () => {
    const env = { ...ENV, FAS_SCALE_IN: 'suspend', FAS_SPARE: '2' };
    expect(config(env).policy).toMatchObject({
      removal: { scaleIn: 'suspend' },
      spare: 2,
      created: null,
    });
  });

  it.each(['FAS_SCALE_IN', 'FAS_SPARE'])('%s is refused beside a created count', (name) => {
    const value = name === 'FAS_SPARE' ? '2' : 'stop';
    const env = { ...ENV, FAS_CREATED_MACHINE_COUNT: 'queue', [name]: value };
    expect(told(env)).toContain('cannot be given together with created-machine-count');
    const { FAS_STARTED_MACHINE_COUNT: _, ...rest } = env;
    expect(told({ ...rest, [name]: value })).toContain('cannot be given together with');
  });
});

it('points at the override that brings the created count', () => {
  const yaml = 'scale-in: stop\noverrides: [{ apps: worker, created-machine-count: queue }]';
  expect(told(ENV, yaml)).toContain(
    'fas.yaml:2:52: overrides[0].created-machine-count: cannot be given together with scale-in',
  );
});

describe('counts that are constant', () => {
  const FIVE = { ...ENV, FAS_MAX_MACHINES_PER_APP: '5' };
  const floor = (count: string): string =>
    `schedules: [{ cron: "0 9 * * *", duration: 1h, ${count} }]`;

  it.each<[string, LoadInput['env'], string?]>([
    [
      'FAS_CREATED_MACHINE_COUNT: created-machine-count: is above max-machines-per-app, which is 5',
      { ...FIVE, FAS_CREATED_MACHINE_COUNT: '6' },
    ],
    [
      'fas.yaml:1:28: min-created-machine-count: is above max-machines-per-app, which is 5',
      FIVE,
      'min-created-machine-count: 6\nmax-created-machine-count: queue',
    ],
    [
      'FAS_STARTED_MACHINE_COUNT: started-machine-count: with 2 to spare is above max-machines-per-app',
      { ...FIVE, FAS_STARTED_MACHINE_COUNT: '4', FAS_SPARE: '2' },
    ],
    [
      'FAS_STARTED_MACHINE_COUNT: started-machine-count: is above created-machine-count, which is 5: no more machines run than exist',
      { ...ENV, FAS_STARTED_MACHINE_COUNT: '10', FAS_CREATED_MACHINE_COUNT: '5' },
    ],
    [
      'fas.yaml:4:28: overrides[0].started-machine-count: is above max-machines-per-app, which is 5',
      { ...ENV, FAS_STARTED_MACHINE_COUNT: 'queue' },
      'overrides:\n  - apps: worker\n    max-machines-per-app: 5\n    started-machine-count: 6',
    ],
  ])('are told where they are never reached: %s', (warning, env, yaml) => {
    expect(formatProblems(config(env, yaml).warnings)).toContain(warning);
  });

  it.each<[LoadInput['env'], string?]>([
    [{ ...FIVE, FAS_CREATED_MACHINE_COUNT: '5' }],
    [{ ...FIVE, FAS_STARTED_MACHINE_COUNT: '3', FAS_SPARE: '2' }, floor('min-started: 3')],
    [FIVE, 'min-created-machine-count: queue\nmax-created-machine-count: 9'],
    [{ ...ENV, FAS_STARTED_MACHINE_COUNT: '1', FAS_CREATED_MACHINE_COUNT: '0' }],
    [
      { ...ENV, FAS_STARTED_MACHINE_COUNT: '10', FAS_CREATED_MACHINE_COUNT: '5' },
      floor('min-created: 10'),
    ],
  ])('are not told where they may be: %j %s', (env, yaml) => {
    expect(formatProblems(config(env, yaml).warnings)).not.toContain('is above');
  });

  it('of schedules are refused with the spares beside them', () => {
    expect(told({ ...FIVE, FAS_SPARE: '2' }, floor('min-started: 4'))).toContain(
      'schedules[0].min-started: with 2 to spare is above max-machines-per-app, which is 5',
    );
  });
});

describe('regions', () => {
  it.each([
    ['as text', { FAS_REGIONS: 'iad, ord:2-10 ,fra:1-,lhr:-4' }, undefined],
    [
      'as maps',
      {},
      'regions:\n  - iad\n  - { name: ord, min: 2, max: 10 }\n  - name: fra\n    min: 1\n  - "lhr:-4"\n',
    ],
  ])('may have a least and a most, %s', (_, env, yaml) => {
    expect(config({ ...ENV, ...env }, yaml).policy).toMatchObject({
      regions: ['iad', 'ord', 'fra', 'lhr'],
      regionLimits: {
        ord: { min: 2, max: 10 },
        fra: { min: 1, max: null },
        lhr: { min: 0, max: 4 },
      },
    });
  });

  it('stay the plain list that they were', () => {
    expect(config({ ...ENV, FAS_REGIONS: 'iad,ord,iad' }).policy).toMatchObject({
      regions: ['iad', 'ord', 'iad'],
      regionLimits: {},
    });
  });

  it.each([
    [{ FAS_REGIONS: 'iad:5-2' }, 'the least of iad, 5, is above its most, 2'],
    [{ FAS_REGIONS: 'iad:0-0' }, 'the most of iad is 0'],
    [{ FAS_REGIONS: 'iad:' }, 'must be'],
    [{ FAS_REGIONS: 'iad:-' }, 'must be'],
    [{ FAS_REGIONS: 'iad:two' }, 'must be'],
    [{ FAS_REGIONS: 'iad:1-2, iad' }, 'iad is there twice'],
    [
      { FAS_REGIONS: 'iad:3-, ord:3-', FAS_MAX_MACHINES_PER_APP: '5' },
      'the regions have at least 6 machines, max-machines-per-app allows 5',
    ],
    [
      { FAS_REGIONS: 'iad:3-, ord:3-', FAS_STARTED_MACHINE_COUNT: '5' },
      'the regions have at least 6 machines, started-machine-count allows 5',
    ],
    [
      { FAS_REGIONS: 'iad:-2, ord:-2', FAS_STARTED_MACHINE_COUNT: '3', FAS_SPARE: '2' },
      'the regions have at most 4 machines, started-machine-count wants 5',
    ],
  ])('that contradict themselves or the counts are refused: %j', (env, message) => {
    expect(told({ ...ENV, ...env })).toContain(message);
  });

  it('may be met by the counts exactly', () => {
    const env = { FAS_REGIONS: 'iad:3-3, ord:2-2', FAS_STARTED_MACHINE_COUNT: '5' };
    expect(told({ ...ENV, ...env })).toBe('');
  });

  it('has a problem at its place in the file', () => {
    expect(told(ENV, 'regions:\n  - name: iad\n    mim: 2\n')).toMatch(/fas\.yaml:3/);
  });
});

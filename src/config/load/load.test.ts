import { describe, expect, it } from 'vitest';
import { sampleDefinitions } from '../../testing/collector-definitions.js';
import { formatProblems, loadConfig, type Config, type LoadInput, type Problem } from '../index.js';

const ENV = {
  FAS_APP_NAME: 'worker',
  FAS_API_TOKEN: 'FlyV1 fm2_secret',
  FAS_CREATED_MACHINE_COUNT: 'queue_depth / 10',
  FAS_PROMETHEUS_ADDRESS: 'https://example.com',
  FAS_PROMETHEUS_METRIC_NAME: 'queue_depth',
  FAS_PROMETHEUS_QUERY: 'sum(queue_depth)',
};

function load(env: LoadInput['env'], yaml?: string, rest: Partial<LoadInput> = {}) {
  return loadConfig({
    env,
    collectors: sampleDefinitions,
    purpose: 'serve',
    ...(yaml === undefined ? {} : { file: { path: 'fas.yaml', text: yaml } }),
    ...rest,
  });
}

function config(env: LoadInput['env'], yaml?: string, rest: Partial<LoadInput> = {}): Config {
  const result = load(env, yaml, rest);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config;
}

function problems(env: LoadInput['env'], yaml?: string): readonly Problem[] {
  const result = load(env, yaml);
  return result.ok ? [] : result.problems;
}

/** One line for each. */
function told(env: LoadInput['env'], yaml?: string): string {
  return formatProblems(problems(env, yaml));
}

function warned(env: LoadInput['env'], yaml?: string): string {
  return formatProblems(load(env, yaml).warnings);
}

describe('settings by environment', () => {
  it('has the defaults of the documentation', () => {
    const { policies, overrides, collectors, hash, ...rest } = config(ENV);
    expect(overrides.list).toEqual([]);
    expect(rest).toEqual({
      org: null,
      apiToken: 'FlyV1 fm2_secret',
      intervalMs: 15_000,
      timeoutMs: 30_000,
      concurrency: 128,
      appListRefreshMs: 60_000,
      machineList: 'auto',
      machineRefreshMs: 1_800_000,
      listen: { host: null, port: 9090 },
      readToken: null,
      adminToken: null,
      socket: null,
      isDryRun: false,
      isVerbose: false,
      maxMachines: null,
      maxCreatesPerMinute: null,
      maxRemovalsPerMinute: null,
      brake: { share: 0.5, windowMs: 60_000, letGoAfterMs: 600_000 },
      metricsPerApp: 'auto',
      dataDir: null,
      recordMaxBytes: 512_000_000,
      machinesUrl: 'https://api.machines.dev',
      apiUrl: 'https://api.fly.io',
      ownApp: null,
      zone: 'UTC',
    });
    expect(policies[0]).toMatchObject({
      name: 'default',
      apps: { include: ['worker'], exclude: [] },
      group: { kind: 'unset' },
      started: null,
      initialState: 'started',
      regions: [],
      volumes: 'reuse',
      releaseMaxAgeMs: 3_600_000,
      unreachableAfterMs: 300_000,
      caps: { maxMachinesPerApp: 1000, maxCreatePerPass: null, maxRemovePerPass: null },
    });
    expect(collectors.map(({ name }) => name)).toEqual(['queue_depth']);
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each<[Record<string, string>, Partial<Config>]>([
    [{ FAS_CONCURRENCY: '1' }, { concurrency: 1 }],
    [
      { FAS_INTERVAL: '1m30s', FAS_TIMEOUT: '500ms' },
      { intervalMs: 90_000, timeoutMs: 500 },
    ],
    [{ FAS_INTERVAL: '5m' }, { brake: { share: 0.5, windowMs: 300_000, letGoAfterMs: 600_000 } }],
    [{ FAS_APP_LIST_REFRESH_INTERVAL: '1.5h' }, { appListRefreshMs: 5_400_000 }],
    [
      { FAS_MACHINE_LIST: 'app', FAS_MACHINE_REFRESH_INTERVAL: '10m' },
      { machineList: 'app', machineRefreshMs: 600_000 },
    ],
    [{ FAS_LISTEN: '127.0.0.1:80' }, { listen: { host: '127.0.0.1', port: 80 } }],
    [{ FAS_LISTEN: '[::1]:9090' }, { listen: { host: '::1', port: 9090 } }],
    [{ FAS_LISTEN: ':8080' }, { listen: { host: null, port: 8080 } }],
    [{ FAS_LISTEN: '8080' }, { listen: { host: null, port: 8080 } }],
    [
      { FAS_DRY_RUN: 'yes', FAS_VERBOSE: '1' },
      { isDryRun: true, isVerbose: true },
    ],
    [
      { FAS_DRY_RUN: 'no', FAS_VERBOSE: 'false' },
      { isDryRun: false, isVerbose: false },
    ],
    [
      { FAS_MAX_MACHINES: '500', FAS_METRICS_PER_APP: 'on' },
      { maxMachines: 500, metricsPerApp: 'on' },
    ],
    [{ FLY_FLAPS_BASE_URL: 'http://127.0.0.1:4280/' }, { machinesUrl: 'http://127.0.0.1:4280' }],
    [{ FLY_API_BASE_URL: 'http://127.0.0.1:4281' }, { apiUrl: 'http://127.0.0.1:4281' }],
    [
      { FLY_APP_NAME: 'me', TZ: 'America/New_York' },
      { ownApp: 'me', zone: 'America/New_York' },
    ],
    [
      { FAS_INTERVAL: '', FAS_CONCURRENCY: '' },
      { intervalMs: 15_000, concurrency: 128 },
    ],
  ])('reads %j', (env, expected) => {
    expect(config({ ...ENV, ...env })).toMatchObject(expected);
  });

  it.each<[Record<string, string>, object]>([
    [{ FAS_REGIONS: 'iad, ord,,sjc ' }, { regions: ['iad', 'ord', 'sjc'] }],
    [{ FAS_PROCESS_GROUP: '*' }, { group: { kind: 'all' } }],
    [{ FAS_PROCESS_GROUP: 'app' }, { group: { kind: 'named', name: 'app' } }],
    [
      { FAS_INITIAL_MACHINE_STATE: 'stopped', FAS_VOLUMES: 'create' },
      { initialState: 'stopped', volumes: 'create' },
    ],
    [
      { FAS_RELEASE_MAX_AGE: '2h', FAS_UNREACHABLE_AFTER: '1m' },
      { releaseMaxAgeMs: 7_200_000, unreachableAfterMs: 60_000 },
    ],
    [
      {
        FAS_MAX_MACHINES_PER_APP: '7',
        FAS_MAX_CREATE_PER_PASS: '3',
        FAS_MAX_DESTROY_PER_PASS: '0',
      },
      { caps: { maxMachinesPerApp: 7, maxCreatePerPass: 3, maxRemovePerPass: 0 } },
    ],
    [
      { FAS_APP_NAME: 'my-*, other, !my-staging-*', FAS_ORG: 'o' },
      { apps: { include: ['my-*', 'other'], exclude: ['my-staging-*'] } },
    ],
  ])('puts %j into the policy', (env, expected) => {
    expect(config({ ...ENV, ...env }).policies[0]).toMatchObject(expected);
  });
});

describe('settings by file', () => {
  it('reads the same settings from YAML, whatever kind of scalar they are', () => {
    const yaml = `
app-name: [my-app-*, "!my-app-staging"]
org: my-org
regions: [iad, ord]
created-machine-count: 3
concurrency: "5"
listen: 8080
interval: 30s
dry-run: yes
verbose: true
metric-collectors: []
`;
    const loaded = config({ FAS_API_TOKEN: 'token' }, yaml);
    expect(loaded).toMatchObject({
      org: 'my-org',
      concurrency: 5,
      listen: { port: 8080 },
      intervalMs: 30_000,
      isDryRun: true,
      isVerbose: true,
    });
    expect(loaded.policies[0]).toMatchObject({
      apps: { include: ['my-app-*'], exclude: ['my-app-staging'] },
      regions: ['iad', 'ord'],
    });
  });

  it('replaces what the environment says, and leaves the rest of it', () => {
    const loaded = config({ ...ENV, FAS_CONCURRENCY: '3', FAS_INTERVAL: '1m' }, 'concurrency: 9\n');
    expect(loaded).toMatchObject({ concurrency: 9, intervalMs: 60_000 });
  });

  it('keeps what the environment says where the file has null', () => {
    expect(config({ ...ENV, FAS_CONCURRENCY: '3' }, 'concurrency:\n').concurrency).toBe(3);
  });

  it('follows anchors, aliases and merge keys', () => {
    const yaml = `
metric-collectors:
  - &first { type: prometheus, address: https://a, query: up, metric-name: a }
  - <<: *first
    metric-name: b
`;
    expect(config(ENV, yaml).collectors).toMatchObject([
      { name: 'queue_depth' },
      { name: 'a' },
      { name: 'b', settings: { address: 'https://a' } },
    ]);
  });

  it('lets flags win over both', () => {
    const overrides = { listen: '127.0.0.1:1', dryRun: true, verbose: true };
    const loaded = config({ ...ENV, FAS_LISTEN: ':2' }, 'dry-run: false\nlisten: ":3"\n', {
      overrides,
    });
    expect(loaded).toMatchObject({
      listen: { host: '127.0.0.1', port: 1 },
      isDryRun: true,
      isVerbose: true,
    });
  });

  it('blames a bad flag by its name', () => {
    const result = load(ENV, undefined, { overrides: { listen: 'nowhere' } });
    expect(result.ok ? '' : formatProblems(result.problems)).toContain(
      '--listen: listen: must be host:port',
    );
  });
});

describe('problems of single settings', () => {
  it.each<[Record<string, string>, string]>([
    [{ FAS_CONCURRENCY: '0' }, 'FAS_CONCURRENCY: concurrency: must be at least 1, got "0"'],
    [{ FAS_CONCURRENCY: 'many' }, 'FAS_CONCURRENCY: concurrency: must be a number, got "many"'],
    [{ FAS_CONCURRENCY: '2.5' }, 'FAS_CONCURRENCY: concurrency: must be a whole number, got "2.5"'],
    [{ FAS_INTERVAL: '0' }, 'FAS_INTERVAL: interval: must be above zero, got 0'],
    [{ FAS_INTERVAL: '-5s' }, 'FAS_INTERVAL: interval: must be above zero'],
    [{ FAS_INTERVAL: '15' }, 'FAS_INTERVAL: interval: not a duration such as 15s or 1m30s'],
    [{ FAS_LISTEN: 'a:b:c' }, 'FAS_LISTEN: listen: must be host:port'],
    [{ FAS_LISTEN: ':65536' }, 'FAS_LISTEN: listen: must be host:port'],
    [{ FAS_DRY_RUN: 'perhaps' }, 'FAS_DRY_RUN: dry-run: must be true or false, got "perhaps"'],
    [
      { FAS_INITIAL_MACHINE_STATE: 'stoped' },
      'must be one of started, stopped, got "stoped"\n    hint: did you mean stopped?',
    ],
    [{ FAS_APP_NAME: '!worker' }, 'FAS_APP_NAME: app-name: names no app to scale'],
    [
      { FLY_FLAPS_BASE_URL: 'api.machines.dev' },
      'FLY_FLAPS_BASE_URL: FLY_FLAPS_BASE_URL: must be an http or https URL',
    ],
  ])('refuses %j', (env, expected) => {
    expect(told({ ...ENV, ...env })).toContain(expected);
  });

  it.each<[string, string]>([
    ['concurrency: 0\n', 'fas.yaml:1:14: concurrency: must be at least 1, got "0"'],
    ['verbose: true\ninterval: 0s\n', 'fas.yaml:2:11: interval: must be above zero'],
    ['intervall: 5s\n', 'fas.yaml:1:1: intervall: unknown key\n    hint: did you mean interval?'],
    ['regions: {a: b}\n', 'fas.yaml:1:10: regions: must be a list, got a map'],
    ['app-name: {a: b}\n', 'fas.yaml:1:11: app-name: must be a text or a list, got a map'],
    ['- a\n- b\n', 'fas.yaml:1:1: must be a map of settings'],
    ['verbose: true\norg: [a\n', 'not YAML: '],
    ['org: a\norg: b\n', 'fas.yaml:2:1: not YAML: the key org is given twice, first in line 1'],
    ['metric-collectors: x\n', 'fas.yaml:1:20: metric-collectors: must be a list'],
    ['metric-collectors:\n  - x\n', 'fas.yaml:2:5: metric-collectors[0]: must be a map'],
    [
      'metric-collectors:\n  - address: x\n',
      'fas.yaml:2:5: metric-collectors[0].type: is required\n    hint: known types: prometheus, temporal',
    ],
    [
      'metric-collectors:\n  - type: promtheus\n',
      'fas.yaml:2:11: metric-collectors[0].type: unknown type "promtheus"\n    hint: did you mean prometheus?',
    ],
  ])('refuses the file %j', (yaml, expected) => {
    expect(told(ENV, yaml)).toContain(expected);
  });

  it('places a YAML syntax error and does not quote the line', () => {
    const found = told(ENV, 'org: o\napi-token: fm2_topsecret: more\n');
    expect(found).toMatch(/^fas\.yaml:2:\d+: not YAML: /);
    expect(found).not.toContain('topsecret');
  });

  it.each([
    ['app-name: *-worker\n', '1:11'],
    ['app-name:\n  - a*\n  - !my-app\n', '3:5'],
    ['app-name: @a\n', '1:11'],
  ])('asks for quotes where %j stands for something else in YAML', (yaml, place) => {
    expect(told(ENV, yaml)).toMatch(
      new RegExp(`^fas\\.yaml:${place}: not YAML: .*\\n    hint: put texts that begin with \\*, !`),
    );
  });

  it('judges nothing but the syntax of a file that is broken', () => {
    expect(problems({}, 'app-name: [a\n').map(({ message }) => message)).toEqual([
      expect.stringContaining('not YAML'),
    ]);
  });

  it('survives aliases that refer to themselves', () => {
    expect(told(ENV, 'regions: &a [*a]\n')).toContain('too large or too deep');
  });

  it('tells everything at once, sorted by place', () => {
    const yaml =
      'interval: 0\nfoo: 1\nmetric-collectors:\n  - type: prometheus\n    metric-name: x\n';
    const found = problems({ FAS_TIMEOUT: '0', FAS_CONCURRENCY: 'x' }, yaml);
    expect(found.map(({ key, place }) => `${JSON.stringify(place)} ${key}`)).toEqual([
      '{"file":"fas.yaml","line":1,"column":1} app-name',
      '{"file":"fas.yaml","line":1,"column":1} created-machine-count',
      '{"file":"fas.yaml","line":1,"column":1} api-token',
      '{"file":"fas.yaml","line":1,"column":11} interval',
      '{"file":"fas.yaml","line":2,"column":1} foo',
      '{"file":"fas.yaml","line":4,"column":5} metric-collectors[0].address',
      '{"file":"fas.yaml","line":4,"column":5} metric-collectors[0].query',
      '{"env":"FAS_CONCURRENCY"} concurrency',
      '{"env":"FAS_TIMEOUT"} timeout',
    ]);
  });

  it('names the environment variable of what is missing when there is no file', () => {
    const found = told({});
    expect(found).toContain('FAS_APP_NAME: app-name: is required\n    hint: set FAS_APP_NAME');
    expect(found).toContain('FAS_API_TOKEN: api-token: is required');
    expect(found).toContain('FAS_CREATED_MACHINE_COUNT: created-machine-count: is required');
  });
});

describe('what belongs together', () => {
  it('needs the organization for a wildcard, and only then', () => {
    expect(told({ ...ENV, FAS_APP_NAME: 'w*' })).toContain(
      'FAS_ORG: org: is required, because app-name has a wildcard',
    );
    expect(told({ ...ENV, FAS_APP_NAME: 'w*', FAS_ORG: 'o' })).toBe('');
    expect(told({ ...ENV, FAS_APP_NAME: 'worker, !w*' })).toBe('');
  });

  it('takes the organization away when the file has an empty one', () => {
    expect(told({ ...ENV, FAS_APP_NAME: 'w*', FAS_ORG: 'o' }, 'org: ""\n')).toContain(
      'org: is required',
    );
  });

  it('needs a token only to serve', () => {
    const { FAS_API_TOKEN: _, ...env } = ENV;
    expect(load(env, undefined, { purpose: 'serve' }).ok).toBe(false);
    expect(load(env, undefined, { purpose: 'eval' }).ok).toBe(true);
    const result = load(env, undefined, { purpose: 'validate' });
    expect(result.ok && result.config.apiToken).toBe(null);
    expect(formatProblems(result.warnings)).toContain('FAS_API_TOKEN: api-token: is not set');
  });

  it('warns of patterns that no app can match', () => {
    expect(warned({ ...ENV, FAS_APP_NAME: 'worker other' })).toContain(
      'no app can match "worker other"',
    );
  });

  it('warns of unknown FAS_ names, but not of those that the file refers to', () => {
    const env = { ...ENV, FAS_INTERVALL: '5s', FAS_MY_REGION: 'iad', FAS_EMPTY: '' };
    expect(warned(env, 'regions: $FAS_MY_REGION\n')).toBe(
      'FAS_INTERVALL: unknown setting, ignored\n    hint: did you mean FAS_INTERVAL?',
    );
  });

  it('warns of a time zone that does not exist', () => {
    expect(warned({ ...ENV, TZ: 'Mars/Base' })).toContain('TZ: TZ: "Mars/Base" is no time zone');
  });
});

describe('the hash', () => {
  it('is the same for what means the same', () => {
    const yaml = `
app-name: worker
created-machine-count: queue_depth / 10
interval: 15s
metric-collectors:
  - { type: prometheus, query: sum(queue_depth), address: "https://example.com", metric-name: queue_depth, series: first }
`;
    expect(config({ FAS_API_TOKEN: 'other' }, yaml).hash).toBe(config(ENV).hash);
  });

  it.each([
    { FAS_INTERVAL: '16s' },
    { FAS_PROMETHEUS_QUERY: 'x' },
    { FAS_APP_NAME: 'y' },
    { TZ: 'Asia/Tokyo' },
  ])('differs with %j', (env) => {
    expect(config({ ...ENV, ...env }).hash).not.toBe(config(ENV).hash);
  });

  it('does not depend on secrets', () => {
    const token = { FAS_API_TOKEN: 'another', FAS_PROMETHEUS_TOKEN: 'one more' };
    expect(config({ ...ENV, ...token }).hash).toBe(config(ENV).hash);
  });

  it('does not depend on short secrets, nor on those within other settings', () => {
    const yaml = (token: string): string => `
api-token: ${token}
metric-collectors:
  - { type: prometheus, query: up, metric-name: m, address: "https://u:$FAS_PROMETHEUS_PASSWORD@a" }
`;
    const one = config({ ...ENV, FAS_PROMETHEUS_PASSWORD: 'topsecret' }, yaml('abc'));
    const other = config({ ...ENV, FAS_PROMETHEUS_PASSWORD: 'more secret' }, yaml('xyz'));
    expect(other.hash).toBe(one.hash);
  });
});

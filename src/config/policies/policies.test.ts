import { describe, expect, it } from 'vitest';
import { NO_OVERRIDES, type Overrides } from '../../core/model/overrides.js';
import { sampleDefinitions } from '../../testing/collector-definitions.js';
import { formatProblems, loadConfig, type Config, type LoadInput } from '../index.js';

const ENV = { FAS_API_TOKEN: 'fm2_secret', FAS_ORG: 'my-org' };
const QUEUE = `
metric-collectors:
  - { type: prometheus, metric-name: queue, address: https://a, query: 'up{app="$APP_NAME"}' }
`;

function load(yaml: string, env: LoadInput['env'] = ENV) {
  return loadConfig({
    env,
    collectors: sampleDefinitions,
    purpose: 'serve',
    file: { path: 'fas.yaml', text: yaml },
  });
}

function config(yaml: string, env?: LoadInput['env']): Config {
  const result = load(yaml, env);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config;
}

function told(yaml: string, env?: LoadInput['env']): string {
  const result = load(yaml, env);
  return result.ok ? '' : formatProblems(result.problems);
}

const warned = (yaml: string): string => formatProblems(load(yaml).warnings);

const TWO = `
app-name: "my-app-*"
created-machine-count: queue / 10
regions: [iad]
policies:
  - name: web
    process-group: web
    apps: "my-app-*, !my-app-staging-*"
    created-machine-count: queue / 5
  - name: worker
    process-group: worker
    initial-machine-state: stopped
${QUEUE}`;

describe('policies', () => {
  it('take what they do not say from the flat keys', () => {
    const { policies } = config(TWO);
    expect(policies).toMatchObject([
      {
        name: 'web',
        apps: { include: ['my-app-*'], exclude: ['my-app-staging-*'] },
        group: { kind: 'named', name: 'web' },
        regions: ['iad'],
        initialState: 'started',
      },
      {
        name: 'worker',
        apps: { include: ['my-app-*'], exclude: [] },
        group: { kind: 'named', name: 'worker' },
        initialState: 'stopped',
      },
    ]);
    expect(policies.map(({ created }) => created?.max.source)).toEqual(['queue / 5', 'queue / 10']);
  });

  it('are one named default without the key', () => {
    const { policies, overrides } = config(`app-name: a\ncreated-machine-count: 1`);
    expect(policies.map(({ name }) => name)).toEqual(['default']);
    expect(overrides).toBe(NO_OVERRIDES);
  });

  it('take defaults from the environment too', () => {
    const yaml = `policies: [{ name: web, apps: a }]`;
    const { policies } = config(yaml, { ...ENV, FAS_CREATED_MACHINE_COUNT: '3' });
    expect(policies[0]?.created?.min.source).toBe('3');
  });

  it('replace the single form of a count by a range, and the reverse', () => {
    const range = 'min-created-machine-count: 1\nmax-created-machine-count: 9';
    const one = `created-machine-count: 5`;
    const entry = (text: string): string =>
      `policies:\n  - name: web\n    apps: a\n    ${text.replaceAll('\n', '\n    ')}`;
    expect(config(`${one}\n${entry(range)}`).policies[0]?.created?.max.source).toBe('9');
    expect(config(`${range}\n${entry(one)}`).policies[0]?.created?.max.source).toBe('5');
    const most = 'max-created-machine-count: 7';
    expect(config(`${range}\n${entry(most)}`).policies[0]?.created).toMatchObject({
      min: { source: '1' },
      max: { source: '7' },
    });
  });

  it('take a setting back to its default by an empty value', () => {
    const yaml = `process-group: web\npolicies: [{ name: x, apps: a, process-group: "", created-machine-count: 1 }]`;
    expect(config(yaml).policies[0]?.group).toEqual({ kind: 'unset' });
  });

  it('have collectors of their own, which win over shared ones of the name', () => {
    const yaml = `
policies:
  - name: web
    apps: a
    process-group: web
    created-machine-count: queue + other
    metric-collectors:
      - { type: prometheus, metric-name: queue, address: https://own, query: up }
  - name: worker
    apps: a
    process-group: worker
    created-machine-count: queue
metric-collectors:
  - { type: prometheus, metric-name: queue, address: https://shared, query: up }
  - { type: prometheus, metric-name: other, address: https://shared, query: up }
`;
    const { collectors, policies } = config(yaml);
    expect(collectors.map(({ key, name }) => `${key}=${name}`)).toEqual([
      'queue=queue',
      'other=other',
      'web/queue=queue',
    ]);
    expect(policies.map(({ ownMetrics }) => [...ownMetrics])).toEqual([
      [['queue', 'web/queue']],
      [],
    ]);
    expect(warned(yaml)).toBe('');
  });

  it('read no metric of another policy', () => {
    const yaml = `
policies:
  - { name: web, apps: a, created-machine-count: queue }
  - name: worker
    apps: b
    created-machine-count: queue
    metric-collectors: [{ type: prometheus, metric-name: queue, address: https://a, query: up }]
`;
    expect(told(yaml)).toContain(
      'fas.yaml:3:50: policies[0].created-machine-count: unknown name queue',
    );
  });

  it('are told of metrics that nothing reads, shared or own', () => {
    const yaml = `
policies:
  - name: web
    apps: a
    created-machine-count: 1
    metric-collectors: [{ type: prometheus, metric-name: mine, address: https://a, query: up }]
${QUEUE}`;
    expect(warned(yaml)).toMatch(
      /policies\[0\].metric-collectors\[0\].metric-name: no expression uses the metric mine/,
    );
    expect(warned(yaml)).toMatch(/^fas.yaml:9:\d+: metric-collectors\[0\].metric-name/m);
  });

  it('change the hash', () => {
    const hash = config(TWO).hash;
    expect(config(TWO).hash).toBe(hash);
    expect(config(TWO.replace('queue / 5', 'queue / 6')).hash).not.toBe(hash);
    expect(config(TWO.replace('name: worker', 'name: workers')).hash).not.toBe(hash);
  });

  it('never show a secret of a collector of their own', () => {
    const yaml = `
policies:
  - name: web
    apps: a
    created-machine-count: $MY_SECRET
    metric-collectors:
      - { type: prometheus, metric-name: queue, address: https://a, query: up, token: $MY_SECRET }
`;
    const text = told(yaml, { ...ENV, MY_SECRET: 'hush-hush' });
    expect(text).toContain('MY_SECRET is a secret');
    expect(text).not.toContain('hush-hush');
  });
});

describe('what is wrong with policies', () => {
  it('is told all at once, with line and key', () => {
    const yaml = `regions: 5
interval: soon
policies:
  - name: web
    apps: a
    created-machine-count: nothing +
    process-grup: web
  - apps: b
    created-machine-count: 1
  - name: web
    apps: c
    created-machine-count: 1
    max-machines-per-app: 0
  - name: last
    created-machine-count: 1
  - five
`;
    const lines = told(yaml)
      .split('\n')
      .filter((line) => line.startsWith('fas.yaml'))
      .map((line) => line.replace(/^(fas.yaml:\d+:\d+: \S+: .{0,24}).*/, '$1'));
    expect(lines).toEqual([
      'fas.yaml:2:11: interval: not a duration such as 1',
      'fas.yaml:6:28: policies[0].created-machine-count: unexpected token EOF (1:',
      'fas.yaml:7:5: policies[0].process-grup: unknown key',
      'fas.yaml:8:5: policies[1].name: is required',
      'fas.yaml:10:11: policies[2].name: another policy has the n',
      'fas.yaml:14:11: policies[3].apps: is required',
      'fas.yaml:16:5: policies[4]: must be a map of setting',
    ]);
  });

  it('is told once where all policies take it from the flat keys', () => {
    const text = told(TWO.replace('queue / 10', 'queue /').replace('queue / 5', 'queue'));
    expect(text.match(/^fas/gm)).toHaveLength(1);
    expect(text).toMatch(/^fas.yaml:3:24: created-machine-count: /);
    const regions = told(TWO.replace('regions: [iad]', 'release-max-age: never'));
    expect(regions.match(/^fas/gm)).toHaveLength(1);
  });

  it('is a policy without a count', () => {
    expect(told('policies: [{ name: web, apps: a }]')).toContain(
      'fas.yaml:1:20: policies[0].created-machine-count: is required, or started-machine-count',
    );
  });

  it('is a wildcard without an organization', () => {
    const yaml = 'policies: [{ name: web, apps: "a*", created-machine-count: 1 }]';
    expect(told(yaml, { FAS_API_TOKEN: 'x' })).toContain(
      'org: is required, because policies[0].apps has a wildcard',
    );
  });

  it.each([
    ['policies: yes', 'policies: must be a list'],
    ['policies: []', 'policies: has no entries'],
    [
      'policies: [{ name: a/b, apps: a, created-machine-count: 1 }]',
      'policies[0].name: must be of letters',
    ],
    [
      'policies: [{ name: a, app-name: a, apps: a, created-machine-count: 1 }]',
      'the apps of an entry are called apps',
    ],
    [
      'policies: [{ name: a, apps: a, created-machine-count: 1, interval: 5s }]',
      'policies[0].interval: unknown key',
    ],
    [
      'policies: [{ name: a, apps: a, created-machine-count: 1 }]\nprocess-groups: [{ name: b }]',
      'process-groups: cannot be given together with policies',
    ],
    [
      `policies: [{ name: a, apps: "${'*a'.repeat(17)}", created-machine-count: 1 }]`,
      `policies[0].apps: the pattern "${'*a'.repeat(17)}" must have 16 stars at most`,
    ],
    [
      `app-name: a\ncreated-machine-count: 1\noverrides: [{ apps: "!b, ${'a'.repeat(257)}*", regions: iad }]`,
      `fas.yaml:3:21: overrides[0].apps: the pattern "${'a'.repeat(60)}..." must have 256 characters`,
    ],
    [
      'overrides: [{ apps: a, metric-collectors: [] }]\napp-name: a\ncreated-machine-count: 1',
      'collectors belong to a policy',
    ],
  ])('%s', (yaml, expected) => {
    expect(told(yaml)).toContain(expected);
  });
});

describe('policies for the same machines', () => {
  const both = (first: string, second: string): string => `
created-machine-count: 1
policies:
  - { name: one, ${first} }
  - { name: two, ${second} }
`;

  it.each([
    ['apps: a', 'apps: a'],
    ['apps: "a, b"', 'apps: "b, c"'],
    ['apps: "my-*"', 'apps: my-app'],
    ['apps: "my-*"', 'apps: "my-app-*"'],
    ['apps: a, process-group: "*"', 'apps: a, process-group: web'],
    ['apps: a', 'apps: a, process-group: app'],
    ['apps: a, process-group: web', 'apps: a, process-group: web'],
  ])('are an error: %s and %s', (first, second) => {
    expect(told(both(first, second))).toMatch(
      /fas.yaml:5:\d+: policies\[1\].apps: policy "two" is for the same machines as policy "one" in .*\n {4}hint/,
    );
  });

  it.each([
    ['apps: a', 'apps: b'],
    ['apps: "my-*, !my-app"', 'apps: my-app'],
    ['apps: "my-*, !my-app-*"', 'apps: "my-app-*"'],
    ['apps: a, process-group: web', 'apps: a, process-group: worker'],
    ['apps: a', 'apps: a, process-group: worker'],
  ])('are none: %s and %s', (first, second) => {
    expect(told(both(first, second))).toBe('');
    expect(warned(both(first, second))).toBe('');
  });

  it('are a warning where no app need be in both', () => {
    const yaml = both('apps: "my-*"', 'apps: "*-web"');
    expect(told(yaml)).toBe('');
    expect(warned(yaml)).toMatch(/in apps such as my-\S*web; there the first counts/);
  });

  it('are judged with the groups that overrides give to apps that are named', () => {
    const yaml = (apps: string): string => `
created-machine-count: 1
policies:
  - { name: one, apps: "a, b", process-group: web }
  - { name: two, apps: "a, c", process-group: worker }
overrides:
  - { apps: ${apps}, policies: two, process-group: web }
`;
    expect(told(yaml('a'))).toContain(
      'policy "two" is for the same machines as policy "one" in the app a',
    );
    expect(told(yaml('c'))).toBe('');
  });

  const overridden = (apps: string, override: string): string => `${both(apps, apps)}
  - { name: three, apps: other, process-group: web }
overrides: [{ ${override}, process-group: other }]
`;

  it.each(['apps: my-zzz', 'apps: "my-z*"', 'apps: "*", policies: three'])(
    'are an error also where an override gives another group, %s',
    (override) => {
      expect(told(overridden('apps: "my-*"', override))).toContain(
        'policy "two" is for the same machines as policy "one" in every app that "my-*" brings in',
      );
    },
  );

  it('are none where overrides give all apps of one policy another group', () => {
    const apps = 'apps: "my-*, a"';
    const yaml = overridden(apps, 'apps: "*", policies: two');
    expect([told(yaml), warned(yaml)]).toEqual(['', '']);
    expect(told(overridden(apps, 'apps: "*"'))).toMatch(/as policy "one" in the app a\n/);
  });
});

describe('process groups', () => {
  const yaml = `
app-name: my-app
process-groups:
  - name: web
    created-machine-count: queue / 5
    regions: [iad]
  - name: worker
    started-machine-count: jobs
    initial-machine-state: stopped
    metric-collectors: [{ type: prometheus, metric-name: jobs, address: https://a, query: up }]
${QUEUE}`;

  it('are policies by another name', () => {
    const { policies, hash } = config(yaml);
    expect(policies).toMatchObject([
      { name: 'web', group: { kind: 'named', name: 'web' }, regions: ['iad'] },
      { name: 'worker', group: { kind: 'named', name: 'worker' }, initialState: 'stopped' },
    ]);
    const spelled = yaml
      .replace('process-groups', 'policies')
      .replace('name: web', 'name: web\n    process-group: web')
      .replace('name: worker', 'name: worker\n    process-group: worker');
    expect(config(spelled).hash).toBe(hash);
  });

  it('have no apps and no process group of their own', () => {
    expect(told('process-groups: [{ name: a, apps: b, process-group: c }]')).toMatch(
      /process-groups\[0\].process-group: unknown key\n {4}hint: the name of the entry/,
    );
  });
});

function created(overrides: Overrides, loaded: Config, ...positions: number[]) {
  return loaded.policies.map(
    (policy) => overrides.apply(policy, positions).policy.created?.max.source,
  );
}

describe('overrides', () => {
  const yaml = `
app-name: "my-app-*"
policies:
  - { name: web, process-group: web, created-machine-count: queue / 5 }
  - { name: worker, process-group: worker, created-machine-count: queue / 10 }
overrides:
  - apps: "my-app-big-*"
    max-machines-per-app: 50
    created-machine-count: queue / 2
  - apps: "*-eu"
    policies: [worker]
    created-machine-count: 3
${QUEUE}`;

  it('change settings, the later winning, in the policies that they are for', () => {
    const loaded = config(yaml);
    const { overrides } = loaded;
    expect(overrides.list.map(({ label }) => label)).toEqual([
      'overrides[0] (my-app-big-*)',
      'overrides[1] (*-eu)',
    ]);
    expect(created(overrides, loaded)).toEqual(['queue / 5', 'queue / 10']);
    expect(created(overrides, loaded, 0)).toEqual(['queue / 2', 'queue / 2']);
    expect(created(overrides, loaded, 1)).toEqual(['queue / 5', '3']);
    expect(created(overrides, loaded, 0, 1)).toEqual(['queue / 2', '3']);
    const [, worker] = loaded.policies;
    expect(overrides.apply(worker!, [0, 1]).policy.caps.maxMachinesPerApp).toBe(50);
  });

  it('give one policy for each set of them', () => {
    const { overrides, policies } = config(yaml);
    const [web, worker] = policies;
    expect(overrides.apply(web!, [1]).policy).toBe(web);
    expect(overrides.apply(worker!, [0]).policy).toBe(overrides.apply(worker!, [0]).policy);
    expect(overrides.apply(web!, [0, 1]).policy).toBe(overrides.apply(web!, [0]).policy);
  });

  it('work on the flat keys', () => {
    const flat =
      'app-name: "a, b"\ncreated-machine-count: 1\noverrides: [{ apps: b, regions: fra }]';
    const { overrides, policies } = config(flat);
    expect(overrides.apply(policies[0]!, [0]).policy).toMatchObject({
      name: 'default',
      regions: ['fra'],
    });
  });

  it('that match nothing are a warning where that is sure', () => {
    const unused = yaml.replace('"*-eu"', '"your-app-*"');
    expect(warned(unused)).toMatch(/^fas.yaml:10:11: overrides\[1\].apps: no app .* can match/);
    expect(warned(yaml.replace('"my-app-*"', '"my-app-1, my-app-big-2"'))).toMatch(
      /overrides\[1\]/,
    );
    expect(warned(yaml)).toBe('');
  });

  it('that change nothing are a warning', () => {
    expect(warned('app-name: a\ncreated-machine-count: 1\noverrides: [{ apps: a }]')).toContain(
      'overrides[0]: changes nothing',
    );
  });

  it('are refused with line and key', () => {
    const wrong = yaml
      .replace('queue / 2', 'quee')
      .replace('[worker]', '[wroker]')
      .replace('max-machines-per-app: 50', 'max-machines-per-app: few');
    const text = told(wrong);
    expect(text).toMatch(/^fas.yaml:8:27: overrides\[0\].max-machines-per-app: must be a number/m);
    expect(text).toMatch(
      /^fas.yaml:9:28: overrides\[0\].created-machine-count: unknown name quee/m,
    );
    expect(text).toMatch(
      /^fas.yaml:11:15: overrides\[1\].policies: no policy has the name "wroker"\n.*worker/m,
    );
  });

  const contradicting = (apps: string): string => `
app-name: ${apps}
min-created-machine-count: 1
max-created-machine-count: 10
overrides:
  - { apps: "*-big", min-created-machine-count: 6 }
  - { apps: "eu-*", max-created-machine-count: 4 }
`;

  it('that contradict a policy are refused', () => {
    const text = told(contradicting('"*"').replace('count: 6', 'count: 11'));
    expect(text).toMatch(/overrides\[0\].min-created-machine-count: the minimum 11 is above/);
  });

  it('that contradict each other are told, and leave the counts of such an app alone', () => {
    expect(warned(contradicting('"*"'))).toMatch(
      /overrides\[0\].min-created-machine-count: the minimum 6 is above the maximum 4 .*overrides\[0\] \(\*-big\) and overrides\[1\] \(eu-\*\) match/,
    );
    expect(warned(contradicting('"one-big, eu-two"'))).toBe('');
    const { overrides, policies } = config(contradicting('"*"'));
    const { policy, reasons } = overrides.apply(policies[0]!, [0, 1]);
    expect([policy.created, policy.started]).toEqual([null, null]);
    expect(reasons).toMatchObject([{ code: 'override-invalid' }]);
    expect(reasons[0]?.detail).toContain('the minimum 6 is above the maximum 4');
  });

  it('count for the hash by what they mean', () => {
    const named = yaml.replace('"*-eu"', '$PATTERN');
    const [one, two] = ['*-eu', '*-us'].map((PATTERN) => config(named, { ...ENV, PATTERN }).hash);
    expect(one).toBe(config(yaml).hash);
    expect(two).not.toBe(one);
  });
});

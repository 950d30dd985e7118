import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { sampleDefinitions } from '../../testing/collector-definitions.js';
import { formatProblems, loadConfig, type Config, type LoadInput } from '../index.js';

const BASE = {
  FAS_APP_NAME: 'worker',
  FAS_API_TOKEN: 'fm2_secret',
  FAS_CREATED_MACHINE_COUNT: '1',
};

function load(env: LoadInput['env'], yaml?: string) {
  return loadConfig({
    env: { ...BASE, ...env },
    collectors: sampleDefinitions,
    purpose: 'serve',
    file: yaml === undefined ? undefined : { path: 'fas.yaml', text: yaml },
  });
}

function config(env: LoadInput['env'], yaml?: string): Config {
  const result = load(env, yaml);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config;
}

function told(env: LoadInput['env'], yaml?: string): string {
  const result = load(env, yaml);
  return result.ok ? '' : formatProblems(result.problems);
}

describe('$NAME in the file', () => {
  it.each([
    ['org: $ORG', 'o'],
    ['org: ${ORG}', 'o'],
    ['org: a-${ORG}-b', 'a-o-b'],
    ['org: "$ORG"', 'o'],
    ['org: a$$ORG', 'a$ORG'],
    ['org: $1', '$1'],
    ['org: "cost: 5$"', 'cost: 5$'],
    ['org: $TRICKY', 'x: [y] # z'],
  ])('makes %j into %j', (yaml, expected) => {
    expect(config({ ORG: 'o', TRICKY: 'x: [y] # z' }, yaml).org).toBe(expected);
  });

  it('is an error with its place when the name is not set, or set to nothing', () => {
    const yaml = 'verbose: true\norg: a-$NOPE\ninterval: ${EMPTY}\n';
    expect(told({ EMPTY: '' }, yaml)).toBe(
      [
        'fas.yaml:2:6: org: the environment variable NOPE is not set\n    hint: set NOPE, or write $$ for a dollar sign',
        'fas.yaml:3:11: interval: the environment variable EMPTY is not set\n    hint: set EMPTY, or write $$ for a dollar sign',
      ].join('\n'),
    );
  });

  it('is an error when the braces hold no name', () => {
    expect(told({}, 'org: "${ORG:-x}"')).toContain(
      'fas.yaml:1:6: org: ${ORG:-x} is not a reference',
    );
  });

  it('gives numbers and switches too', () => {
    const yaml = 'concurrency: $N\ndry-run: "$YES"\nregions: $R\nlisten: $N\n';
    const loaded = config({ N: '7', YES: 'true', R: 'iad, ord' }, yaml);
    expect(loaded).toMatchObject({ concurrency: 7, isDryRun: true, listen: { port: 7 } });
    expect(loaded.policies[0]?.regions).toEqual(['iad', 'ord']);
  });

  it('is expanded in lists, and never in keys', () => {
    expect(config({ R: 'iad' }, 'regions: [$R, ord]').policies[0]?.regions).toEqual(['iad', 'ord']);
    expect(told({ KEY: 'org' }, '$KEY: x')).toContain('fas.yaml:1:1: $KEY: unknown key');
  });

  it('is expanded once: what a variable holds stands as it is', () => {
    expect(config({ A: '$B', B: 'b' }, 'org: $A').org).toBe('$B');
  });
});

it('leaves $NAME in flat settings of the environment alone', () => {
  expect(config({ FAS_ORG: '$ORG', ORG: 'o' }).org).toBe('$ORG');
});

describe('$NAME in expressions', () => {
  const collector = {
    FAS_PROMETHEUS_ADDRESS: 'https://a',
    FAS_PROMETHEUS_METRIC_NAME: 'depth',
    FAS_PROMETHEUS_QUERY: 'up',
  };
  const min = (loaded: Config): unknown =>
    loaded.policies[0]?.created?.min.run(new Map([['depth', 10]]));

  it('expands when the name is set, in the environment and in the file', () => {
    const env = { ...collector, PER: '5' };
    expect(min(config({ ...env, FAS_CREATED_MACHINE_COUNT: 'depth / $PER' }))).toBe(2);
    expect(min(config(env, 'created-machine-count: depth / ${PER}'))).toBe(2);
  });

  it('is an error in the file when the name is not set', () => {
    expect(told(collector, 'created-machine-count: depth / $PER')).toBe(
      'fas.yaml:1:24: created-machine-count: the environment variable PER is not set\n    hint: set PER, or write $$ for a dollar sign',
    );
  });

  it('is left for Expr in the environment when the name is not set', () => {
    const env = { ...collector, FAS_CREATED_MACHINE_COUNT: 'depth / $PER' };
    expect(told(env)).toContain('unknown name $PER');
  });

  it.each(['$env.depth', '$env["depth"]'])('leaves %s to Expr', (expression) => {
    const env = { ...collector, env: '100' };
    const byEnv = config({ ...env, FAS_CREATED_MACHINE_COUNT: expression });
    const byFile = config(env, `created-machine-count: ${expression}`);
    for (const { policies } of [byEnv, byFile])
      expect(policies[0]?.created?.min.source).toBe(expression);
  });

  it('refuses secrets, and does not show them', () => {
    const env = { ...collector, FAS_CREATED_MACHINE_COUNT: 'depth / $FAS_API_TOKEN' };
    expect(told(env)).toContain('FAS_API_TOKEN is a secret and must not be part of an expression');
    expect(told(env)).not.toContain('fm2_secret');
  });
});

it('is told once for a collector, whose setting is then not missing too', () => {
  const yaml = `metric-collectors:\n  - { type: prometheus, address: $NOPE, metric-name: m, query: up }\n`;
  expect(told({}, yaml)).toBe(
    'fas.yaml:2:34: metric-collectors[0].address: the environment variable NOPE is not set\n    hint: set NOPE, or write $$ for a dollar sign',
  );
});

describe('$NAME in query fields', () => {
  const query = (text: string, env: LoadInput['env'] = {}, isInFile = true): unknown => {
    const yaml = `metric-collectors:\n  - type: prometheus\n    address: https://a\n    metric-name: m\n    query: ${text}\n`;
    const byEnv = {
      FAS_PROMETHEUS_ADDRESS: 'https://a',
      FAS_PROMETHEUS_METRIC_NAME: 'm',
      FAS_PROMETHEUS_QUERY: text,
    };
    const loaded = isInFile ? config(env, yaml) : config({ ...byEnv, ...env });
    return (loaded.collectors[0]!.settings as { query: string }).query;
  };

  it.each([
    ["sum(x{app='$APP_NAME'})", "sum(x{app='$APP_NAME'})"],
    ["sum(x{app='${APP_NAME}'})", "sum(x{app='${APP_NAME}'})"],
    ["label_replace(x, 'a', '$1', 'b', '(.*)')", "label_replace(x, 'a', '$1', 'b', '(.*)')"],
    ["x{a='$UNSET', b='$$', c=~'y$'}", "x{a='$UNSET', b='$$', c=~'y$'}"],
    ["x{a='$REGION', b='${REGION}'}", "x{a='iad', b='iad'}"],
    ["x{a='$APP_NAMES'}", "x{a='$APP_NAMES'}"],
  ])('makes %j into %j, by file and by environment', (written, expected) => {
    const env = { REGION: 'iad', APP_NAME: 'not this' };
    expect(query(written, env)).toBe(expected);
    expect(query(written, env, false)).toBe(expected);
  });

  it.each([
    'FAS_API_TOKEN',
    'FAS_PROMETHEUS_TOKEN',
    'FAS_PROMETHEUS_2_TOKEN',
    'FAS_TEMPORAL_KEY_DATA',
    'TEMPORAL_TLS_KEY_DATA',
    'FLY_API_TOKEN',
    'FAS_ADMIN_TOKEN',
  ])('refuses %s', (name) => {
    expect(() => query(`x{a='$${name}'}`, { [name]: 'topsecret' })).toThrow(
      `fas.yaml:5:12: metric-collectors[0].query: ${name} is a secret and must not be part of a query`,
    );
    expect(() => query(`x{a='\${${name}}'}`, {}, false)).toThrow(
      `FAS_PROMETHEUS_QUERY: prometheus.query: ${name} is a secret`,
    );
  });

  it('refuses what a secret setting of the file refers to', () => {
    const yaml = `
api-token: $MY_OWN
metric-collectors:
  - { type: prometheus, address: "https://a", metric-name: m, query: "x{a='$MY_OWN'}" }
`;
    expect(told({ MY_OWN: 'topsecret' }, yaml)).toContain('MY_OWN is a secret');
  });
});

it('puts secrets into a setting that may differ by app and is a secret itself', () => {
  const yaml = `metric-collectors:
  - type: keda-external
    metric-name: jobs
    address: scaler:6000
    metadata: { queue: $APP_NAME, token: a-$SCALER_TOKEN, other: $NOPE }`;
  const result = loadConfig({
    env: { ...BASE, SCALER_TOKEN: 'scaler-secret' },
    collectors: collectorDefinitions,
    purpose: 'serve',
    file: { path: 'fas.yaml', text: yaml },
  });
  expect(result.ok && result.config.collectors[0]?.settings).toMatchObject({
    metadata: { queue: '$APP_NAME', token: 'a-scaler-secret', other: '$NOPE' },
  });
});

describe('secrets', () => {
  it('stay out of problems, wherever they were put', () => {
    const yaml = `
interval: $FAS_PROMETHEUS_TOKEN
listen: $MINE
created-machine-count: "nope_topsecret3 + 1"
metric-collectors:
  - { type: prometheus, address: "", metric-name: m, query: up, token: "$MINE" }
  - { type: prometheus, address: "https://a", metric-name: k, query: up, token: topsecret3 }
`;
    const found = told({ FAS_PROMETHEUS_TOKEN: 'topsecret1', MINE: 'topsecret2' }, yaml);
    expect(found).toContain('interval: not a duration');
    expect(found).toContain('listen: must be');
    expect(found).not.toContain('topsecret');
  });
});

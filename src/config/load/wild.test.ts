/** Configurations that people run with the original: each must load as it is, by environment and by file. */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, loadConfig, type Config, type LoadInput } from '../index.js';

const TOKEN = { FAS_API_TOKEN: 'FlyV1 fm2_secret' };
const ADDRESS = 'https://api.fly.io/prometheus/fly-autoscaler-example';

const SETTINGS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    'a single app',
    {
      FAS_APP_NAME: 'fly-autoscaler-worker',
      FAS_REGIONS: 'iad,ord,sjc,lhr,nrt',
      FAS_CREATED_MACHINE_COUNT: 'queue_depth / 10',
      FAS_PROMETHEUS_ADDRESS: ADDRESS,
      FAS_PROMETHEUS_METRIC_NAME: 'queue_depth',
      FAS_PROMETHEUS_QUERY: "sum(queue_depth{app='fly-autoscaler-metric'})",
    },
  ],
  [
    'a fleet',
    {
      FAS_ORG: 'fly-autoscaler-example',
      FAS_APP_NAME: 'fly-autoscaler-multiapp-app-*',
      FAS_CREATED_MACHINE_COUNT: 'connection_count / 5',
      FAS_PROMETHEUS_ADDRESS: ADDRESS,
      FAS_PROMETHEUS_METRIC_NAME: 'connection_count',
      FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
    },
  ],
  [
    'workflows',
    {
      FAS_APP_NAME: 'fly-autoscaler-temporal-worker',
      FAS_CREATED_MACHINE_COUNT: 'running_workflow_count / 2',
      FAS_TEMPORAL_ADDRESS: 'ns.acct.tmprl.cloud:7233',
      FAS_TEMPORAL_NAMESPACE: 'ns.acct',
      FAS_TEMPORAL_METRIC_NAME: 'running_workflow_count',
    },
  ],
  [
    'warm spares for the proxy',
    {
      FAS_APP_NAME: 'my-app',
      FAS_CREATED_MACHINE_COUNT: 'min(running_machines + 1, 10)',
      FAS_INITIAL_MACHINE_STATE: 'stopped',
      FAS_PROMETHEUS_ADDRESS: ADDRESS,
      FAS_PROMETHEUS_METRIC_NAME: 'running_machines',
      FAS_PROMETHEUS_QUERY: "count(fly_instance_up{app='$APP_NAME'})",
    },
  ],
  [
    'concurrency per machine',
    {
      FAS_APP_NAME: 'my-app',
      FAS_STARTED_MACHINE_COUNT: 'max(1, ceil(concurrency / 3))',
      FAS_PROMETHEUS_ADDRESS: ADDRESS,
      FAS_PROMETHEUS_METRIC_NAME: 'concurrency',
      FAS_PROMETHEUS_QUERY: 'sum(fly_app_concurrency{app="my-app"})',
    },
  ],
  [
    'connects within bounds',
    {
      FAS_APP_NAME: 'my-app',
      FAS_STARTED_MACHINE_COUNT: 'max(min(ceil(connects / 200), 12), 4)',
      FAS_PROMETHEUS_ADDRESS: ADDRESS,
      FAS_PROMETHEUS_METRIC_NAME: 'connects',
      FAS_PROMETHEUS_QUERY:
        'sum(increase(fly_app_tcp_connects_count{app="$APP_NAME"}[1m])) or vector(0)',
    },
  ],
  [
    'a process group of many apps',
    {
      FAS_ORG: 'my-org',
      FAS_APP_NAME: 'hch*',
      FAS_PROCESS_GROUP: 'deriver',
      FAS_CREATED_MACHINE_COUNT: 'sessions / 10',
      FAS_PROMETHEUS_ADDRESS: ADDRESS,
      FAS_PROMETHEUS_METRIC_NAME: 'sessions',
      FAS_PROMETHEUS_QUERY: "sum(honcho_deriver_unprocessed_sessions{honcho_app_name='$APP_NAME'})",
    },
  ],
];

function load(env: LoadInput['env'], yaml?: string): Config {
  const result = loadConfig({
    env,
    collectors: collectorDefinitions,
    purpose: 'serve',
    file: yaml === undefined ? undefined : { path: 'config.yml', text: yaml },
  });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  // The token of Prometheus is a secret of theirs.
  const warnings = result.warnings.filter(({ code }) => code !== 'doubtful-source');
  expect(formatProblems(warnings)).toBe('');
  return result.config;
}

/** The same settings as a file has them. */
function asYaml(env: Readonly<Record<string, string>>): string {
  const flat: Record<string, unknown> = { 'api-token': '$FAS_API_TOKEN' };
  const collector: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const [, type, key = ''] = /^FAS_(PROMETHEUS_|TEMPORAL_)?(.*)$/.exec(name) ?? [];
    const kebab = key.toLowerCase().replaceAll('_', '-');
    if (type === undefined) flat[kebab] = key === 'REGIONS' ? value.split(',') : value;
    else Object.assign(collector, { type: type.toLowerCase().slice(0, -1), [kebab]: value });
  }
  return stringify({ ...flat, 'metric-collectors': [collector] });
}

describe.each(SETTINGS)('%s', (_, env) => {
  it('loads from the environment and from a file, and means the same', () => {
    const byEnv = load({ ...env, ...TOKEN });
    const byFile = load(TOKEN, asYaml(env));
    expect(byFile.hash).toBe(byEnv.hash);
    expect(byFile.collectors).toEqual(byEnv.collectors);
    expect(byFile.apiToken).toBe(TOKEN.FAS_API_TOKEN);
  });
});

it('leaves $APP_NAME in the queries of both for the collector', () => {
  const [, fleet] = SETTINGS[1]!;
  for (const config of [load({ ...fleet, ...TOKEN }), load(TOKEN, asYaml(fleet))])
    expect(config.collectors[0]?.settings).toMatchObject({
      query: "sum(connection_count{app='$APP_NAME'})",
    });
});

it('loads four collectors for one expression from a file', () => {
  const names = [
    'running_machines',
    'demand_players',
    'dynamic_players_per_machine',
    'overloaded_machines',
  ];
  const collectors = names.map(
    (name) => `
  - type: prometheus
    address: ${ADDRESS}
    metric-name: ${name}
    query: "sum(${name}{app='$APP_NAME'})"
    token: $PROMETHEUS_TOKEN`,
  );
  const yaml = `
app-name: game
api-token: $FAS_API_TOKEN
created-machine-count: "max(running_machines, min(max(max(ceil(demand_players / dynamic_players_per_machine) + 1, running_machines + overloaded_machines), 2), 5))"
initial-machine-state: stopped
process-group: app
concurrency: 1
interval: 15s
timeout: 30s
app-list-refresh-interval: 60s
verbose: false
metric-collectors:${collectors.join('')}
`;
  const config = load({ ...TOKEN, PROMETHEUS_TOKEN: 'FlyV1 fm2_other' }, yaml);
  expect(config.collectors.map(({ name }) => name)).toEqual(names);
  const values = new Map([
    ['running_machines', 2],
    ['demand_players', 70],
    ['dynamic_players_per_machine', 20],
    ['overloaded_machines', 1],
  ]);
  expect(config.policies[0]?.created?.max.run(values)).toBe(5);
});

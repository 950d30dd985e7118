import { describe, expect, it } from 'vitest';
import { aCliContext } from '../testing/cli-context.js';
import { runCli } from './program.js';

const SEED = {
  FAS_ORG: 'my-org',
  FAS_APP_NAME: 'my-app-*, !my-app-staging',
  FAS_API_TOKEN: 'FlyV1 fm2_verysecret',
  FAS_PROMETHEUS_ADDRESS: 'https://api.fly.io/prometheus/my-org',
  FAS_PROMETHEUS_TOKEN: 'FlyV1 fm2_alsosecret',
  FAS_PROMETHEUS_METRIC_NAME: 'connection_count',
  FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
  FAS_CREATED_MACHINE_COUNT: 'connection_count / 5',
  FAS_REGIONS: 'iad, ord',
};

describe('validate', () => {
  it('prints how the configuration is understood, without secrets', async () => {
    const { context, out, err } = aCliContext({ env: SEED });
    expect(await runCli(['validate'], context)).toBe(0);
    expect(out()).toBe(
      [
        'organization      my-org',
        'apps              my-app-*, !my-app-staging',
        'process group     app, or machines without a group',
        'created machines  connection_count / 5',
        'started machines  left as they are',
        'new machines      started, in iad, ord',
        'metrics           connection_count (prometheus)',
        'interval          15s',
        'acts              on up to 128 apps at once',
        'The configuration is valid.',
        '',
      ].join('\n'),
    );
    expect(out() + err()).not.toContain('secret');
  });

  it('prints each policy, the overrides, and which collectors are of one policy', async () => {
    const text = `
org: my-org
api-token: x
app-name: my-app-*
policies:
  - { name: web, process-group: web, created-machine-count: connection_count / 5 }
  - name: worker
    process-group: worker
    created-machine-count: queue
    metric-collectors: [{ type: prometheus, metric-name: queue, address: https://a, query: up }]
overrides: [{ apps: my-app-big-*, regions: iad }]
metric-collectors:
  - { type: prometheus, metric-name: connection_count, address: https://a, query: up }
`;
    const { context, out } = aCliContext({ files: { 'fas.yml': text } });
    expect(await runCli(['validate', '--config', 'fas.yml'], context)).toBe(0);
    const lines = out()
      .split('\n')
      .filter((line) => /^(policy|process|override|metrics)/.test(line));
    expect(lines).toEqual([
      'policy            web',
      'process group     web',
      'policy            worker',
      'process group     worker',
      'override          overrides[0] (my-app-big-*)',
      'metrics           connection_count (prometheus), worker/queue (prometheus)',
    ]);
  });

  it('prints warnings and still exits with 0', async () => {
    const { FAS_API_TOKEN: _, ...env } = SEED;
    const { context, out } = aCliContext({ env });
    expect(await runCli(['validate'], context)).toBe(0);
    expect(out()).toContain('1 warning:\n  FAS_API_TOKEN: api-token: ');
  });

  it('prints every problem at once with its place and exits with 1', async () => {
    const text = 'app-name: "my-app-*"\ninterval: soon\ncreated-machine-count: "1 +"\nbogus: 1\n';
    const { context, out, err } = aCliContext({ files: { 'fas.yml': text } });
    expect(await runCli(['validate', '-config', 'fas.yml'], context)).toBe(1);
    expect(out()).toBe('');
    expect(err()).toMatch(/^ERROR: the configuration has 4 problems\n/);
    for (const place of ['fas.yml:2:11', 'fas.yml:3:24', 'fas.yml:4:1']) {
      expect(err()).toContain(place);
    }
    expect(err()).toContain('org: is required');
  });
});

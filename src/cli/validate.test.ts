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
        '1 note:',
        '  FAS_CREATED_MACHINE_COUNT: created-machine-count: is rounded to the nearest whole number, so that 8.4 is 8 machines, not 9',
        '      hint: write ceil(connection_count / 5) where part of a machine must be a whole one',
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
      'override          overrides[0] (my-app-big-*): regions',
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

  const FILE = `org: my-org
app-name: my-app-*
interval: 20s
created-machine-count: queue // 5
policies:
  - { name: web, process-group: web, regions: iad }
  - { name: worker, apps: my-app-w-*, process-group: worker }
overrides: [{ apps: my-app-big-*, max-machines-per-app: 20, regions: "ord, fra" }]
metric-collectors:
  - { type: prometheus, metric-name: queue, address: https://a, query: 'q{app="$APP_NAME"}' }
`;
  const validate = async (
    args: readonly string[],
    text = FILE,
    env: Readonly<Record<string, string>> = {},
  ) => {
    const files = { 'fas.yml': text };
    const { context, out, err } = aCliContext({ files, env: { FAS_API_TOKEN: 'fm2_x', ...env } });
    const code = await runCli(['validate', '--config', 'fas.yml', ...args], context);
    return { code, out: out(), err: err() };
  };

  it('fails on warnings when it is strict, and not on notes', async () => {
    expect((await validate([])).code).toBe(0);
    const strict = await validate(['--strict']);
    expect(strict.code).toBe(1);
    expect(strict.out).toContain(
      '1 warning:\n  fas.yml:4:24: created-machine-count: what follows //',
    );
    expect(strict.out).not.toContain('is valid');
    expect(strict.err).toMatch(/^ERROR: the configuration has 1 warning\n  hint: /);
    const rounded = await validate(['--strict'], FILE.replace('//', '/'));
    expect(rounded.code).toBe(0);
    expect(rounded.out).toContain('1 note:\n  fas.yml:4:24: created-machine-count: is rounded');
  });

  it('gives what it found as JSON, with file, line, column, key, code and hint', async () => {
    const { code, out } = await validate(['--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      valid: true,
      errors: [],
      warnings: [
        {
          code: 'comment-in-expression',
          key: 'created-machine-count',
          message: 'what follows // is a comment: the value is that of queue alone',
          hint: 'divide with one slash: queue / 5',
          file: 'fas.yml',
          line: 4,
          column: 24,
        },
      ],
      notes: [],
    });
    const strict = await validate(['--json', '--strict']);
    expect(strict).toMatchObject({ code: 1, err: '' });
    expect(JSON.parse(strict.out)).toMatchObject({ valid: false, errors: [] });
    const broken = await validate(['--json'], FILE.replace('20s', 'soon'));
    expect(broken).toMatchObject({ code: 1, err: '' });
    expect(JSON.parse(broken.out)).toMatchObject({
      valid: false,
      errors: [{ key: 'interval', file: 'fas.yml', line: 3, column: 11 }],
    });
  });

  it('tells each setting in force for an app, and where it comes from', async () => {
    const env = { FAS_VOLUMES: 'create', FAS_API_TOKEN: 'fm2_verysecret' };
    const { code, out } = await validate(['--app', 'my-app-big-1'], FILE, env);
    expect(code).toBe(0);
    const lines = out.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
    expect(lines[0]).toBe('my-app-big-1 by the policy "web"');
    for (const line of [
      'app-name my-app-* (fas.yml:2:11)',
      'process-group web (fas.yml:6:33, policies[0].process-group)',
      'regions ord, fra (fas.yml:8:70, overrides[0].regions)',
      'max-machines-per-app 20 (fas.yml:8:57, overrides[0].max-machines-per-app)',
      'initial-machine-state started (default)',
      'volumes create (FAS_VOLUMES)',
      'api-token *** (FAS_API_TOKEN)',
      'interval 20s (fas.yml:3:11)',
    ])
      expect(lines).toContain(line);
    expect(out).not.toContain('verysecret');
    expect(out).not.toContain('"worker"');
    expect((await validate(['--app', 'my-app-w-1'])).out).toContain('"worker"');
    expect((await validate(['--app', 'other'])).out).toMatch(/^no policy is for other\n/);
    const json = await validate(['--app', 'my-app-1', '--json']);
    const { settings } = JSON.parse(json.out) as {
      settings: { policies: { name: string; settings: { key: string }[] }[] };
    };
    expect(settings.policies.map(({ name }) => name)).toEqual(['web']);
    expect(settings.policies[0]?.settings.find(({ key }) => key === 'regions')).toEqual({
      key: 'regions',
      value: 'iad',
      source: 'policies[0].regions',
      file: 'fas.yml',
      line: 6,
      column: 47,
    });
  });

  it('tells the rules of a policy in words', async () => {
    const text = `app-name: my-app
created-machine-count: ceil(queue / 5)
max-machines: 50
max-machines-per-app: 20
max-create-per-pass: 4
scale-backoff-value: queue - 1000
behavior:
  scale-up: { limits: [{ percent: 100, period: 60s }, { machines: 4, period: 60s }] }
  scale-down: { stabilization-window: 5m, tolerance: 0.1, cooldown: 2m }
schedules: [{ cron: "0 8 * * 1-5", duration: 10h, min-created: 5, freeze: in }]
removal-budgets: [{ percent: 10, period: 1h }]
missing-data: { queue: { scale-down: { for: 3m, fallback: 6, use: higher } } }
metric-collectors:
  - { type: prometheus, metric-name: queue, address: https://a, query: q }
`;
    const { code, out } = await validate(['--strict'], text);
    expect(code).toBe(0);
    const lines = out.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    for (const line of [
      'grows by the most of 100 % in 1m and 4 in 1m',
      'shrinks what 5m have asked for, not by 10 % or less, 2m after the last action',
      'waits while queue - 1000 is above 0',
      'schedule 0 8 * * 1-5 for 10h, UTC: at least 5 created, nothing is removed',
      'removal budget 10 % in 1h',
      'without data queue: held to grow, after 3m the higher of 6 and the current count to shrink',
      'at most 20 machines an app, 4 creates a pass',
      'all apps at most 50 machines',
    ])
      expect(lines).toContain(line);
  });
});

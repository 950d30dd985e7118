import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../seams/http.js';
import { createSimulator } from '../simulator/index.js';
import { aCliContext } from '../testing/cli-context.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { localEnv } from './local-fly.js';
import { runCli } from './program.js';

function setUp(
  env: Record<string, string> = {},
  change: (handle: HttpClient) => HttpClient = (h) => h,
) {
  const clock = createFakeClock({ startMs: 1_780_272_000_000 });
  const simulator = createSimulator({ clock, seed: 1 });
  const { world } = simulator;
  for (const [app, machines, load] of [
    ['my-app-1', 2, 42],
    ['my-app-2', 3, 15],
    ['other', 1, 99],
  ] as const) {
    world.addApp(app, { machines });
    world.setLoad(app, 'connection_count', { kind: 'flat', level: load });
  }
  const fly = { url: 'http://fly.test', prometheusUrl: 'http://fly.test/prometheus/my-org' };
  const all = { ...localEnv({ ...fly, close: async () => {} }, 'my-org'), ...env };
  const requests: string[] = [];
  const handle: HttpClient = (request, signal) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return change(simulator.handle)(request, signal);
  };
  const process = aCliContext({ env: all, handle, clock });
  const cli = (...argv: string[]) => clock.runUntil(runCli(argv, process.context));
  return { ...process, cli, simulator, requests };
}

const failing =
  (path: string): ((handle: HttpClient) => HttpClient) =>
  (handle) =>
  (request, signal) =>
    request.url.includes(path)
      ? Promise.resolve({ status: 403, headers: {}, body: '{"error":"no"}' })
      : handle(request, signal);

describe('eval', () => {
  it('prints a result for each policy of an app, in their order', async () => {
    const text = `
app-name: my-app-*
policies:
  - { name: zeta, process-group: app, created-machine-count: connection_count / 5 }
  - { name: alpha, process-group: worker, created-machine-count: 2 }
`;
    const { context, clock, out } = setUp();
    const files = { ...context, readFile: () => text };
    const cli = (...argv: string[]) => clock.runUntil(runCli(argv, files));
    expect(await cli('eval', '--all', '--config', 'f.yml')).toBe(0);
    const lines = out()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ app, policy }) => `${String(app)} ${String(policy)}`)).toEqual([
      'my-app-1 zeta',
      'my-app-1 alpha',
      'my-app-2 zeta',
      'my-app-2 alpha',
    ]);
    expect(await cli('eval', '--app', 'my-app-1', '--table', '--config', 'f.yml')).toBe(0);
    expect(out()).toMatch(/^my-app-1 zeta +connection_count=42 +8 /m);
    expect(out()).toMatch(/^my-app-1 alpha +- +2 /m);
  });

  it('prints the counts of one app as the original does, and app, metrics and reasons', async () => {
    const { cli, out, requests } = setUp();
    expect(await cli('eval', '--app', 'my-app-1')).toBe(0);
    expect(out()).toMatch(
      /^\{\n {2}"created": \{\n {4}"min": 8,\n {4}"max": 8\n {2}\},\n {2}"started"/,
    );
    expect(JSON.parse(out())).toEqual({
      created: { min: 8, max: 8 },
      started: { min: null, max: null },
      app: 'my-app-1',
      metrics: { connection_count: 42 },
      reasons: [{ code: 'scale-up', detail: 'created 2 to 8', subject: 'created' }],
      collection: {
        connection_count: {
          way: 'fleet',
          why: 'the query gives each app its own series by the label app',
          query: 'sum by (app) (connection_count{app=~"my-app-.*"})',
        },
      },
    });
    const writes = requests.filter((line) => !/^GET|graphql|prometheus/.test(line));
    expect(writes).toEqual([]);
  });

  it('needs no --app when the configuration names one app', async () => {
    const { cli, out } = setUp({ FAS_APP_NAME: 'my-app-2' });
    expect(await cli('eval')).toBe(0);
    expect(JSON.parse(out())).toMatchObject({ app: 'my-app-2', created: { min: 3, max: 3 } });
  });

  it('prints one line for each app that matches', async () => {
    const { cli, out } = setUp();
    expect(await cli('eval', '--all')).toBe(0);
    const lines = out().trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { app: string }).app)).toEqual([
      'my-app-1',
      'my-app-2',
    ]);
  });

  it('prints a table for people', async () => {
    const { cli, out } = setUp();
    expect(await cli('eval', '--all', '--table')).toBe(0);
    const [header, first] = out().split('\n');
    expect(header).toMatch(/^APP +METRICS +CREATED +STARTED +REASONS$/);
    expect(first).toMatch(/^my-app-1 +connection_count=42 +8 +- +scale-up: created 2 to 8/);
    expect(out()).toContain(
      '\nconnection_count is asked for once for the fleet: the query gives each app its own series by the label app\n' +
        '  sum by (app) (connection_count{app=~"my-app-.*"})\n',
    );
  });

  it('asks once for all apps, and app by app when told so', async () => {
    const { cli, requests } = setUp();
    await cli('eval', '--all');
    expect(requests.filter((line) => line.includes('/prometheus/'))).toHaveLength(1);
    const told = setUp({ FAS_FLEET_QUERY: 'never' });
    await told.cli('eval', '--all', '--table');
    expect(told.requests.filter((line) => line.includes('/prometheus/'))).toHaveLength(2);
    expect(told.out()).toContain(
      '\nconnection_count is asked for app by app: fleet-query is never\n',
    );
  });

  it('does not begin with a query that cannot be asked once when it always should', async () => {
    const { cli, err } = setUp({
      FAS_FLEET_QUERY: 'always',
      FAS_PROMETHEUS_QUERY: 'sum(topk(3, jobs{app="$APP_NAME"}))',
    });
    expect(await cli('eval', '--all')).toBe(1);
    expect(err()).toMatch(
      /FAS_PROMETHEUS_QUERY.*cannot be asked once for the fleet: line 1, column 5 of the query: topk\(\)/,
    );
  });

  it('says what to do when the app is not told', async () => {
    const { cli, out, err } = setUp();
    expect(await cli('eval')).toBe(2);
    expect(out()).toBe('');
    expect(err()).toMatch(/--app NAME .*--all/);
  });

  it('refuses an app that is not scaled', async () => {
    const { cli, err } = setUp();
    expect(await cli('eval', '--app', 'other')).toBe(2);
    expect(err()).toContain('app-name does not match the app "other"');
  });

  it('shows a metric that cannot be collected, null counts, and exits with 1', async () => {
    const { cli, out } = setUp({}, failing('/prometheus/'));
    expect(await cli('eval', '--app', 'my-app-1')).toBe(1);
    const evaluation = JSON.parse(out());
    expect(evaluation.created).toEqual({ min: null, max: null });
    expect(evaluation.metrics.connection_count.error).toMatch(/403|forbidden|unauthorized/i);
    const codes = evaluation.reasons.map((r: { code: string }) => r.code);
    expect(codes).toContain('metric-error');
  });

  it('evaluates without machines, counts being nil, and says that they could not be read', async () => {
    const env = {
      FAS_CREATED_MACHINE_COUNT: 'connection_count / 5 + (created_machine_count ?? 100)',
    };
    const { cli, out } = setUp(env, failing('/machines'));
    expect(await cli('eval', '--app', 'my-app-1')).toBe(0);
    const evaluation = JSON.parse(out());
    expect(evaluation.created).toEqual({ min: 108, max: 108 });
    expect(evaluation.metrics).toEqual({ connection_count: 42 });
    const codes = evaluation.reasons.map((r: { code: string }) => r.code);
    expect(codes).toContain('pass-failed');
    expect(codes).not.toContain('no-machines');
  });
});

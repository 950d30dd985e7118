/** The built program as a process: what users type, what goes wrong, how it ends. */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/cli/adapters/clock.js';
import { createSimulator, startServer, type RunningServer } from '../../src/simulator/index.js';
import { freePort } from '../../src/testing/free-port.js';
import { eventually } from '../services/start-server.js';
import { runProgram, startProgram, type RunningProgram } from './program.js';

const SECRET = 'fm2_secret_of_this_test';
const open: { close(): Promise<void> }[] = [];
const programs: RunningProgram[] = [];

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  for (const thing of open.splice(0)) await thing.close();
});

async function simulatedFly(): Promise<RunningServer> {
  const simulator = createSimulator({ clock: systemClock(), seed: 3 });
  for (const app of ['my-app-1', 'my-app-2', 'other']) {
    simulator.world.addApp(app, { machines: 2 });
    simulator.world.setMetric(app, 'connection_count', 10);
  }
  const server = await startServer(simulator);
  open.push(server);
  return server;
}

async function settings(fly: RunningServer): Promise<Record<string, string>> {
  return {
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-*',
    FAS_API_TOKEN: SECRET,
    FAS_PROMETHEUS_ADDRESS: `${fly.url}/prometheus/my-org`,
    FAS_PROMETHEUS_TOKEN: SECRET,
    FAS_PROMETHEUS_METRIC_NAME: 'connection_count',
    FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
    FAS_CREATED_MACHINE_COUNT: 'connection_count / 5',
    FAS_LISTEN: `127.0.0.1:${await freePort()}`,
    FLY_FLAPS_BASE_URL: fly.url,
    FLY_API_BASE_URL: fly.url,
  };
}

async function serving(env: Readonly<Record<string, string>>): Promise<RunningProgram> {
  const program = startProgram(['serve'], env);
  programs.push(program);
  const url = `http://${env['FAS_LISTEN']}/readyz`;
  await eventually(async () => program.hasEnded() || (await fetch(url)).ok, 'the daemon is ready');
  return program;
}

it('is built as a command of its own, which a link of npm leads to', () => {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const { status, stdout } = spawnSync(main, ['help'], { encoding: 'utf8' });
  expect(stdout).toContain('Usage: fly-autoscaler');
  expect(status).toBe(0);
});

describe('standard output', () => {
  it.skipIf(!existsSync('/dev/full'))('that is full is told in one line', () => {
    const command = '"$0" dist/cli/main.js help serve > /dev/full';
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath], { cwd });
    expect([status, stderr.toString()]).toEqual([
      1,
      expect.stringMatching(/^ERROR: standard output cannot be written: ENOSPC.*\n$/),
    ]);
  });
});

describe('serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 on %s', async (signal) => {
    const program = await serving(await settings(await simulatedFly()));
    program.signal(signal);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const messages = program.logs().map(({ msg }) => msg);
    expect(messages.slice(-2)).toEqual(['stopping', 'stopped']);
  });

  it('ends by itself whenever a second signal comes, and is never cut off by it', async () => {
    const program = await serving(await settings(await simulatedFly()));
    program.signal('SIGTERM');
    program.signal('SIGTERM');
    const { code, signal } = await program.ended;
    expect(signal).toBeNull();
    // 0: both came as one, or the second after the end.
    expect([0, 143]).toContain(code);
  });

  it('logs JSON lines with time and message, and never a token', async () => {
    const program = await serving(await settings(await simulatedFly()));
    const lines = program.stderr().trim().split('\n');
    expect(program.logs()).toHaveLength(lines.length);
    for (const log of program.logs()) {
      expect(log).toMatchObject({ time: expect.any(String), msg: expect.any(String) });
    }
    expect(program.stderr() + program.stdout()).not.toContain(SECRET);
  });

  it('exports the metrics of the original and its own', async () => {
    const env = await settings(await simulatedFly());
    await serving(env);
    const text = await (await fetch(`http://${env['FAS_LISTEN']}/metrics`)).text();
    expect(text).toMatch(/^fas_machine_start_count\{status="ok"\} \d+$/m);
    expect(text).toMatch(/^fas_machine_stop_count\{status="failed"\} \d+$/m);
    expect(text).toMatch(/^fas_reconcile_count\{status="no_scale"\} \d+$/m);
    expect(text).toContain('app="my-app-1"');
    expect(text).not.toContain(SECRET);
  });

  it('fails when its port is taken, and says what to do', async () => {
    const taken: Server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => taken.close(() => resolve())) });
    const env = { ...(await settings(await simulatedFly())), FAS_LISTEN: `127.0.0.1:${port}` };
    const result = await runProgram(['serve'], env);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(`127.0.0.1:${port}`);
  });

  it('names every problem of a configuration at once, and fails', async () => {
    const result = await runProgram(['serve'], {
      FAS_APP_NAME: 'my-app-*',
      FAS_INTERVAL: '15',
      FAS_CREATED_MACHINE_COUNT: 'queue +',
    });
    expect(result.code).toBe(1);
    for (const name of ['FAS_ORG', 'FAS_API_TOKEN', 'FAS_INTERVAL', 'FAS_CREATED_MACHINE_COUNT']) {
      expect(result.stderr).toContain(name);
    }
  });
});

describe('eval', () => {
  it('prints the counts, metrics and reasons of one app as JSON', async () => {
    const env = await settings(await simulatedFly());
    const result = await runProgram(['eval', '--app', 'my-app-1'], env);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      app: 'my-app-1',
      created: { min: 2, max: 2 },
      started: { min: null, max: null },
      metrics: { connection_count: 10 },
    });
  });

  it('needs no token for Fly, and says that it could not count machines', async () => {
    const { FAS_API_TOKEN: _, ...env } = await settings(await simulatedFly());
    const result = await runProgram(['eval', '--app', 'my-app-1'], env);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      created: { min: 2, max: 2 },
      reasons: [{ code: 'pass-failed' }],
    });
  });

  it('prints a line for each matching app', async () => {
    const env = await settings(await simulatedFly());
    const { stdout } = await runProgram(['eval', '--all'], env);
    const apps = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { app: string }).app);
    expect(apps.sort()).toEqual(['my-app-1', 'my-app-2']);
  });
});

it('says its version, and how it is used', async () => {
  const { version } = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
  ) as { version: string };
  expect((await runProgram(['version'])).stdout).toContain(version);
  expect((await runProgram(['help'])).stdout).toContain('Usage: fly-autoscaler');
  expect((await runProgram(['frobnicate'])).code).toBe(2);
});

it('shows the autoscaler at work without a terminal, and ends by itself', async () => {
  const result = await runProgram(['demo', '--for', '4s', '--speed', '30']);
  expect(result.code).toBe(0);
  expect(result.stdout + result.stderr).toContain('my-app-1');
});

describe('the examples', () => {
  const folder = fileURLToPath(new URL('../../examples', import.meta.url));
  const files = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/fly.toml`));
  it.each(files)('%s is a valid configuration', async (name) => {
    const text = readFileSync(`${folder}/${name}/fly.toml`, 'utf8');
    const env = Object.fromEntries(
      [...text.matchAll(/^(FAS_\w+) = (['"])(.*)\2$/gm)].map(([, key, , value]) => [key!, value!]),
    );
    const result = await runProgram(['validate'], { ...env, FAS_API_TOKEN: 'x' });
    expect(result).toMatchObject({ code: 0, stderr: '' });
  });
});

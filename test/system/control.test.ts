/** Orders to a running daemon: by its commands, over its socket and its API, and what is left of a killed one. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/cli/adapters/clock.js';
import {
  createSimulator,
  startServer,
  type RunningServer,
  type Simulator,
} from '../../src/simulator/index.js';
import { freePort } from '../../src/testing/free-port.js';
import { eventually } from '../services/start-server.js';
import { runProgram, startProgram, type RunningProgram } from './program.js';

const ADMIN = 'admin_token_of_this_test';
const READER = 'read_token_of_this_test';
const LIMIT_MS = 60_000;

let fly: RunningServer;
let simulator: Simulator;
let folder = '';
const programs: RunningProgram[] = [];

beforeAll(async () => {
  simulator = createSimulator({ clock: systemClock(), seed: 5 });
  for (const app of ['my-app-1', 'my-app-2']) {
    simulator.world.addApp(app, { machines: 2 });
    simulator.world.setMetric(app, 'connection_count', 10);
  }
  fly = await startServer(simulator);
});
afterAll(() => fly.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fas-'));
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  rmSync(folder, { recursive: true });
});

interface Daemon {
  readonly program: RunningProgram;
  readonly url: string;
  /** Runs a command of the same user, with no settings but those that say where the daemon is. */
  run(...args: string[]): ReturnType<typeof runProgram>;
}

async function serve(more: Readonly<Record<string, string>> = {}): Promise<Daemon> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = startProgram(['serve'], {
    TMPDIR: folder,
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-*',
    FAS_API_TOKEN: 'FlyV1 fm2_test',
    FAS_PROMETHEUS_ADDRESS: `${fly.url}/prometheus/my-org`,
    FAS_PROMETHEUS_TOKEN: 'any',
    FAS_PROMETHEUS_METRIC_NAME: 'connection_count',
    FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
    FAS_CREATED_MACHINE_COUNT: 'connection_count / 5',
    FAS_INTERVAL: '1s',
    FAS_LISTEN: address,
    FLY_FLAPS_BASE_URL: fly.url,
    FLY_API_BASE_URL: fly.url,
    ...more,
  });
  programs.push(program);
  const url = `http://${address}`;
  await eventually(
    async () => program.hasEnded() || (await fetch(`${url}/readyz`)).ok,
    'the daemon is ready',
    LIMIT_MS,
  );
  const { FAS_SOCKET, FAS_DATA_DIR } = more;
  const env = {
    TMPDIR: folder,
    ...(FAS_SOCKET === undefined ? {} : { FAS_SOCKET }),
    ...(FAS_DATA_DIR === undefined ? {} : { FAS_DATA_DIR }),
  };
  return { program, url, run: (...args) => runProgram(args, env) };
}

const logged = ({ program }: Daemon, message: string) =>
  program.logs().filter(({ msg }) => msg === message);

/** `fetch` sets the Host itself. */
function status(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('error', reject);
    request.end();
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the commands', () => {
  it('pause, show and resume over the socket of this user, which nobody else can open', async () => {
    const daemon = await serve();
    const path = String(logged(daemon, 'starting')[0]?.['socket']);
    expect(path).toBe(join(folder, `fly-autoscaler-${process.getuid!()}`, 'control.sock'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);

    const paused = await daemon.run('pause', 'my-app-1', '--for', '1h', '--reason', 'a test');
    expect(paused).toMatchObject({ code: 0, stderr: '' });
    expect(paused.stdout).toContain('It is for 1 app of the fleet now.');
    expect(paused.stdout).toContain('It lasts until the autoscaler restarts');
    expect((await daemon.run('paused')).stdout).toMatch(/^my-app-1 .* a test$/m);
    const app = await (await fetch(`${daemon.url}/api/v1/apps/my-app-1`)).json();
    expect(app).toMatchObject({
      policies: [{ metrics: { connection_count: 10 } }],
      pauses: [{ mode: 'all' }],
    });
    expect((await daemon.run('resume', '--all')).stdout).toContain('1 pause ended');
    expect((await daemon.run('paused')).stdout).toBe('Nothing is paused.\n');
    expect((await daemon.run('brake')).stdout).toMatch(/^connection_count +off /m);
    expect(logged(daemon, 'paused by an operator')).toMatchObject([
      { by: 'socket', app: 'my-app-1', mode: 'all', reason: 'a test' },
    ]);
    expect(logged(daemon, 'resumed by an operator')).toMatchObject([{ by: 'socket', app: null }]);
  });

  it('keep a paused app as it is, until it is resumed', async () => {
    const machineCount = (app: string): number =>
      simulator.world.machines(app).filter(({ state }) => !state.startsWith('destroy')).length;
    const both = ['my-app-1', 'my-app-2'];
    const daemon = await serve();
    await daemon.run('pause', 'my-app-1', '--reason', 'a freeze');
    for (const app of both) simulator.world.setMetric(app, 'connection_count', 20);
    const state = async (): Promise<string> => {
      const answer = await fetch(`${daemon.url}/api/v1/apps/my-app-1`);
      const { policies } = (await answer.json()) as { policies: { state: string }[] };
      return policies[0]!.state;
    };
    await eventually(async () => machineCount('my-app-2') === 4, 'the other grows', LIMIT_MS);
    await eventually(async () => (await state()).includes('paused'), 'it says why', LIMIT_MS);
    expect(await state()).toContain('a freeze');
    expect(machineCount('my-app-1')).toBe(2);
    await daemon.run('resume', 'my-app-1');
    await eventually(async () => machineCount('my-app-1') === 4, 'it grows again', LIMIT_MS);

    await daemon.run('pause', 'my-app-*', '--at', '3', '--for', '1h');
    for (const app of both)
      await eventually(async () => machineCount(app) === 3, `${app} has three`, LIMIT_MS);
    await daemon.run('resume', '--all');
    for (const app of both) simulator.world.setMetric(app, 'connection_count', 10);
    for (const app of both)
      await eventually(async () => machineCount(app) === 2, `${app} has two again`, LIMIT_MS);
  });

  it('ask the record in memory, and compute all of it again', async () => {
    simulator.world.setMetric('my-app-1', 'connection_count', 20);
    const daemon = await serve();
    const told = async (): Promise<string> =>
      (await daemon.run('history', 'my-app-1', '--action', 'create')).stdout;
    await eventually(async () => (await told()).includes('2 -> 4'), 'it is told', LIMIT_MS);
    const explained = await daemon.run('explain', 'my-app-1', '--json');
    expect(explained).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(explained.stdout)).toMatchObject({ decision: { app: 'my-app-1' } });
    const replayed = await daemon.run('replay');
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    expect(replayed.stdout).toMatch(/^\d+ decisions computed again, bit for bit the same\.\n$/);
    simulator.world.setMetric('my-app-1', 'connection_count', 10);
    const count = (): number =>
      simulator.world.machines('my-app-1').filter(({ state }) => !state.startsWith('destroy'))
        .length;
    await eventually(async () => count() === 2, 'it has two again', LIMIT_MS);
  });

  it('say so when nobody runs', async () => {
    const result = await runProgram(['pause', '--all'], { TMPDIR: folder });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^ERROR: no running autoscaler at .*control\.sock\n {2}hint: /);
  });
});

describe('with a data directory', () => {
  it('pauses survive a kill, and stored decisions are told', async () => {
    const FAS_DATA_DIR = join(folder, 'data');
    const first = await serve({ FAS_DATA_DIR });
    expect(logged(first, 'starting')).toMatchObject([
      { socket: join(FAS_DATA_DIR, 'control.sock') },
    ]);
    const paused = await first.run('pause', 'my-app-1', '--in', '--reason', 'kept');
    expect(paused.stdout).not.toContain('lasts until');
    first.program.signal('SIGKILL');
    await first.program.ended;

    const second = await serve({ FAS_DATA_DIR });
    expect((await second.run('paused')).stdout).toMatch(
      /^my-app-1 +all +in +it is resumed +kept\n$/m,
    );
    const answer = async (path: string): Promise<unknown> =>
      (await fetch(`${second.url}/api/v1${path}`)).json();
    const found = async () =>
      (await answer('/apps/my-app-1/decisions?reason=paused')) as { decisions: { id: number }[] };
    await eventually(async () => (await found()).decisions.length > 0, 'a decision', LIMIT_MS);
    const [decision] = (await found()).decisions;
    expect(await answer(`/decisions/${decision!.id}`)).toMatchObject({
      app: 'my-app-1',
      policy: 'default',
      metrics: { connection_count: 10 },
      pauses: [{ mode: 'in', reason: 'kept' }],
      machines: expect.any(Array),
    });
  });
});

describe('the socket', () => {
  it('of a killed daemon is taken over by the next; of a living one it is left', async () => {
    const FAS_SOCKET = join(folder, 'c.sock');
    const first = await serve({ FAS_SOCKET });
    await first.run('pause', 'my-app-1');
    first.program.signal('SIGKILL');
    await first.program.ended;
    expect(existsSync(FAS_SOCKET)).toBe(true);
    expect((await first.run('paused')).stderr).toContain('no running autoscaler');

    const second = await serve({ FAS_SOCKET });
    // Nothing was kept.
    expect((await second.run('paused')).stdout).toBe('Nothing is paused.\n');
    const third = await serve({ FAS_SOCKET });
    const [warning] = logged(third, 'commands cannot reach this autoscaler');
    expect(warning).toMatchObject({
      detail: expect.stringContaining('another autoscaler listens there'),
    });
    third.program.signal('SIGTERM');
    expect(await third.program.ended).toMatchObject({ code: 0 });
    expect((await second.run('paused')).code).toBe(0);
    second.program.signal('SIGTERM');
    expect(await second.program.ended).toMatchObject({ code: 0 });
    expect(existsSync(FAS_SOCKET)).toBe(false);
  });

  it('is not opened when it is off', async () => {
    const daemon = await serve({ FAS_SOCKET: 'off' });
    expect(logged(daemon, 'starting')).toMatchObject([{ socket: null }]);
    expect((await daemon.run('paused')).stderr).toContain('FAS_SOCKET is off');
  });
});

describe('the API', () => {
  it('is open on loopback for reading only, as long as no token is set', async () => {
    const { url } = await serve();
    expect(await status(`${url}/api/v1/apps`, {})).toBe(200);
    expect(await status(`${url}/api/v1/apps`, { host: 'rebound.example' })).toBe(403);
    expect(await status(`${url}/api/v1/apps`, { 'fly-client-ip': '10.0.0.1' })).toBe(403);
    expect(await status(`${url}/metrics`, { host: 'rebound.example' })).toBe(200);
    const change = await fetch(`${url}/api/v1/apps/my-app-1/pause`, { method: 'POST' });
    expect([change.status, await change.json()]).toEqual([
      403,
      expect.objectContaining({ hint: expect.stringContaining('FAS_ADMIN_TOKEN') }),
    ]);
  });

  it('takes its tokens, and tells none', async () => {
    const daemon = await serve({ FAS_READ_TOKEN: READER, FAS_ADMIN_TOKEN: ADMIN });
    const { url, program } = daemon;
    const far = { via: '1.1 proxy' };
    expect(await status(`${url}/api/v1/apps`, far)).toBe(401);
    expect(await status(`${url}/api/v1/apps`, { ...far, ...bearer(READER) })).toBe(200);
    expect(await status(`${url}/api/v1/apps`, { ...far, ...bearer('wrong') })).toBe(401);
    const env = { FAS_ADMIN_TOKEN: ADMIN };
    const paused = await runProgram(['pause', 'my-app-2', '--out', '--url', url, '--json'], env);
    expect(JSON.parse(paused.stdout)).toMatchObject({ pause: { app: 'my-app-2', mode: 'out' } });
    const refused = await runProgram(['resume', '--all', '--url', url], { FAS_READ_TOKEN: READER });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('for reading only') });
    expect(logged(daemon, 'paused by an operator')).toMatchObject([{ by: 'admin-token' }]);
    for (const text of [program.stderr(), paused.stderr, refused.stderr]) {
      expect(text).not.toContain(ADMIN);
      expect(text).not.toContain(READER);
    }
  });

  it('tells decisions as they are made, until the daemon ends', async () => {
    const { url, program } = await serve();
    const response = await fetch(`${url}/api/v1/events?app=my-app-2&all=true`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const part of response.body!) text += Buffer.from(part as Uint8Array).toString();
    })();
    const acts = /^data: (\{.*"kind":"acts".*\})$/m;
    simulator.world.setMetric('my-app-2', 'connection_count', 15);
    await eventually(async () => acts.test(text), 'an event of a decision that acts', LIMIT_MS);
    simulator.world.setMetric('my-app-2', 'connection_count', 10);
    expect(JSON.parse(acts.exec(text)![1]!)).toMatchObject({
      app: 'my-app-2',
      metrics: { connection_count: 15 },
      actions: [{ action: 'create', result: 'done' }],
    });
    program.signal('SIGTERM');
    await reading;
    expect(await program.ended).toMatchObject({ code: 0 });
  });

  it('describes itself', async () => {
    const { url } = await serve();
    const document = await (await fetch(`${url}/api/v1/openapi.json`)).json();
    expect(document).toMatchObject({ openapi: '3.1.0', paths: { '/apps/{name}': {} } });
  });
});

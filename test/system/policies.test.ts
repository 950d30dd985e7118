/** The built program with several policies: two process groups by different rules, and a file that changes meanwhile. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

const LIMIT_MS = 60_000;
const APP = 'my-app-1';

let folder: string;
let simulator: Simulator;
let fly: RunningServer;
let program: RunningProgram | null = null;
let port: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'fas-policies-'));
  simulator = createSimulator({ clock: systemClock(), seed: 5 });
  simulator.world.addApp(APP, { machines: 0 });
  for (const group of ['web', 'worker']) simulator.world.addMachine(APP, { group });
  simulator.world.setMetric(APP, 'jobs', 10);
  fly = await startServer(simulator);
  port = await freePort();
});

afterEach(async () => {
  program?.signal('SIGKILL');
  await program?.ended;
  program = null;
  await fly.close();
  rmSync(folder, { recursive: true });
});

function settings(web: string, worker: string): string {
  return `
org: my-org
api-token: FlyV1 fm2_test
app-name: my-app-*
interval: 1s
listen: 127.0.0.1:${port}
policies:
  - name: web
    process-group: web
    created-machine-count: ${web}
  - name: worker
    process-group: worker
    created-machine-count: ${worker}
metric-collectors:
  - type: prometheus
    metric-name: jobs
    address: ${fly.url}/prometheus/my-org
    token: fm2_test
    query: sum(jobs{app='$APP_NAME'})
`;
}

function serve(file: string): RunningProgram {
  program = startProgram(['serve', '--config', file], {
    FLY_FLAPS_BASE_URL: fly.url,
    FLY_API_BASE_URL: fly.url,
  });
  return program;
}

function countIn(group: string): number {
  return simulator.world
    .machines(APP)
    .filter(({ state }) => !state.startsWith('destroy'))
    .filter(({ config }) => config.metadata?.['fly_process_group'] === group).length;
}

async function reaches(web: number, worker: number): Promise<void> {
  const isReached = (): boolean => countIn('web') === web && countIn('worker') === worker;
  await eventually(isReached, `${web} web and ${worker} worker`, LIMIT_MS).catch(
    (error: unknown) => {
      const log = program?.stderr().slice(-2000);
      const got = `got ${countIn('web')} and ${countIn('worker')}; log: ${log}`;
      throw new Error(got, { cause: error });
    },
  );
}

const isTold = (msg: string) => (): boolean =>
  program?.logs().some((line) => line['msg'] === msg) === true;
const REFUSED = 'configuration not reloaded: the earlier one stays';

it('takes up a file that is written anew, and one that a link is turned to; a bad one changes nothing', async () => {
  const file = path.join(folder, 'fas.yml');
  writeFileSync(file, settings('jobs / 5', 'jobs / 10 + 2'));
  const running = serve(file);
  await reaches(2, 3);

  // As editors do it: another file takes its place.
  writeFileSync(`${file}.new`, settings('jobs / 5 + 2', 'jobs / 10 + 2'));
  renameSync(`${file}.new`, file);
  await reaches(4, 3);

  writeFileSync(file, settings('jobs / 5 + 1 +', 'job'));
  await eventually(isTold(REFUSED), 'the refusal', LIMIT_MS);
  const refused = running.logs().find((line) => line['msg'] === REFUSED);
  expect(refused?.['detail']).toMatch(
    /fas\.yml:10:\d+: policies\[0\]\.created-machine-count: [^]*fas\.yml:13:\d+: policies\[1\]\.created-machine-count: unknown name job/,
  );
  const metrics = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(await metrics()).toContain('fas_config_reload_count{status="failed"} 1');
  expect([countIn('web'), countIn('worker')]).toEqual([4, 3]);

  // As Kubernetes does it: the file is a link into a folder that is a link.
  for (const [name, web] of [
    ['one', 'jobs / 5 + 3'],
    ['two', 'jobs / 5 + 4'],
  ] as const) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, 'fas.yml'), settings(web, 'jobs / 10 + 2'));
  }
  symlinkSync('one', path.join(folder, 'data'));
  symlinkSync('data/fas.yml', `${file}.link`);
  renameSync(`${file}.link`, file);
  await reaches(5, 3);
  symlinkSync('two', path.join(folder, 'data.new'));
  renameSync(path.join(folder, 'data.new'), path.join(folder, 'data'));
  await reaches(6, 3);

  const text = await metrics();
  expect(text).toContain(`fas_metric_value{app="${APP}",policy="worker",metric="jobs"} 10`);
  expect(text).toContain('fas_config_reload_count{status="ok"} 3');
});

it('reads the file on SIGHUP, and goes on; without policies any more their series end', async () => {
  const file = path.join(folder, 'fas.yml');
  writeFileSync(file, settings('2', '1 + jobs * 0'));
  const running = serve(file);
  await reaches(2, 1);
  running.signal('SIGHUP');
  await eventually(isTold('configuration reloaded'), 'the reload', LIMIT_MS);
  const all = readFileSync(file, 'utf8').replace(/policies:[^]*(?=metric-collectors:)/, '');
  writeFileSync(file, `${all}process-group: web\ncreated-machine-count: jobs / 10 + 2\n`);
  running.signal('SIGHUP');
  await reaches(3, 1);
  const text = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const isEnded = async (): Promise<boolean> => !(await text()).includes('policy="worker"');
  await eventually(isEnded, 'the end of the series', LIMIT_MS);
  expect(await text()).toContain(`fas_target_created_min{app="${APP}"} 3`);
  running.signal('SIGTERM');
  expect(await running.ended).toEqual({ code: 0, signal: null });
});

it('shows the example of the documentation at work', async () => {
  const example = fileURLToPath(
    new URL('../../examples/process-groups/fly-autoscaler.yml', import.meta.url),
  );
  const args = ['demo', '--groups', 'web,worker', '--config', example, '--apps', '3'];
  const result = await runProgram([...args, '--for', '8s', '--speed', '10'], {
    PROMETHEUS_TOKEN: 'any',
  });
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/my-app-\d web {2}created \d/);
  expect(result.stdout).toMatch(/my-app-\d worker {2}(created|started|stopped) \d/);
});

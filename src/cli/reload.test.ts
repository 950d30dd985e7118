import { afterEach, describe, expect, it } from 'vitest';
import { createSimulator } from '../simulator/index.js';
import { aCliContext } from '../testing/cli-context.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { runCli } from './program.js';

const PATH = 'fas.yml';
const TOKEN = 'FlyV1 fm2_hush_hush';

const text = (count: string, more = ''): string => `
org: my-org
api-token: ${TOKEN}
app-name: my-app-1
created-machine-count: ${count}
interval: 10s
listen: 127.0.0.1:0
${more}`;

type Setup = ReturnType<typeof setUp>;
const running: (() => Promise<unknown>)[] = [];

function setUp(first: string) {
  const clock = createFakeClock({ startMs: 1_780_272_000_000 });
  const simulator = createSimulator({ clock, seed: 1 });
  simulator.world.addApp('my-app-1', { machines: 1 });
  const files: Record<string, string> = { [PATH]: first };
  const process = aCliContext({
    env: { FLY_FLAPS_BASE_URL: 'http://fly.test', FLY_API_BASE_URL: 'http://fly.test' },
    handle: simulator.handle,
    clock,
    files,
  });
  const code = runCli(['serve', '--config', PATH], process.context);
  running.push(() => {
    process.send('SIGTERM');
    return clock.runUntil(code);
  });
  const lines = (): Record<string, unknown>[] =>
    process
      .err()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const count = (): number =>
    simulator.world.machines('my-app-1').filter(({ state }) => !state.startsWith('destroy')).length;
  return { ...process, simulator, files, lines, count, code };
}

const told = ({ lines }: Setup, msg: string): Record<string, unknown> | undefined =>
  lines().findLast((line) => line['msg'] === msg);

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

describe('a configuration file that changes while serving', () => {
  it('is taken up without a signal, once it has settled', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(15_000);
    expect(set.count()).toBe(2);
    set.files[PATH] = text('4');
    await set.clock.advance(10_000);
    expect(set.count()).toBe(4);
    expect(told(set, 'configuration reloaded')).toMatchObject({
      cause: 'the file changed',
      policies: ['default'],
    });
  });

  it('may bring other tokens for the API, and needs a restart for another socket and size of the record', async () => {
    const set = setUp(text('2', 'admin-token: first-token\n'));
    await set.clock.advance(15_000);
    const url = String(told(set, 'starting')?.['url']);
    const status = async (token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await set.clock.runUntil(fetch(`${url}/api/v1/apps`, { headers }))).status;
    };
    expect([await status('first-token'), await status('second-token')]).toEqual([200, 401]);
    set.files[PATH] = text(
      '2',
      'admin-token: second-token\nsocket: /elsewhere\nrecord-max-size: 64MB\n',
    );
    await set.clock.advance(10_000);
    expect([await status('first-token'), await status('second-token')]).toEqual([401, 200]);
    expect(told(set, 'restart needed: these settings stay as they were')).toMatchObject({
      settings: ['socket', 'record-max-size'],
    });
    expect(set.err()).not.toMatch(/first-token|second-token/);
  });

  it('is not read in the middle of being written', async () => {
    const set = setUp(text('2'));
    for (const half of ['', 'org: my', 'org: my-org\napp-na']) {
      set.files[PATH] = half;
      await set.clock.advance(2000);
    }
    set.files[PATH] = text('3');
    await set.clock.advance(15_000);
    expect(set.count()).toBe(3);
    expect(told(set, 'configuration not reloaded: the earlier one stays')).toBeUndefined();
  });

  it('may be gone for a moment', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(5000);
    delete set.files[PATH];
    await set.clock.advance(20_000);
    const gone = set.lines().filter(({ msg }) => String(msg).includes('cannot be read'));
    expect(gone).toMatchObject([{ path: PATH, code: 'ENOENT' }]);
    expect(set.count()).toBe(2);
    set.files[PATH] = text('3');
    await set.clock.advance(15_000);
    expect(set.count()).toBe(3);
  });

  it('changes nothing when it has mistakes, and all of them are told, once', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(5000);
    set.files[PATH] = text('4 +', 'interval: never\nbogus: 1\n').replace('interval: 10s\n', '');
    await set.clock.advance(60_000);
    expect(set.count()).toBe(2);
    const refused = set
      .lines()
      .filter(({ msg }) => msg === 'configuration not reloaded: the earlier one stays');
    expect(refused).toMatchObject([{ level: 'error', code: 'config-invalid' }]);
    for (const key of ['created-machine-count', 'interval', 'bogus'])
      expect(refused[0]?.['detail']).toContain(`${key}: `);
    expect(set.err()).not.toContain('hush_hush');
    set.files[PATH] = text('5');
    await set.clock.advance(15_000);
    expect(set.count()).toBe(5);
    const url = String(told(set, 'starting')?.['url']);
    const metrics = await set.clock.runUntil(fetch(`${url}/metrics`).then((r) => r.text()));
    expect(metrics).toContain('fas_config_reload_count{status="ok"} 1\n');
    expect(metrics).toContain('fas_config_reload_count{status="failed"} 1\n');
  });

  it('names what needs a restart, and takes up the rest', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(5000);
    set.files[PATH] = text('3').replace(':0', ':1').replace(TOKEN, 'FlyV1 fm2_another_token');
    await set.clock.advance(15_000);
    expect(set.count()).toBe(3);
    expect(told(set, 'restart needed: these settings stay as they were')).toMatchObject({
      level: 'warn',
      settings: ['listen', 'api-token'],
    });
    expect(set.err()).not.toContain('another_token');
  });

  it('is refused whole for another organization', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(5000);
    set.files[PATH] = text('3').replace('my-org', 'your-org');
    await set.clock.advance(15_000);
    expect(set.count()).toBe(2);
    expect(told(set, 'configuration not reloaded: the earlier one stays')?.['detail']).toBe(
      'restart needed: org was my-org and would be your-org',
    );
  });
});

describe('SIGHUP', () => {
  it('reads the file at once', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(5000);
    set.files[PATH] = text('3', 'verbose: true\n');
    set.hangUp();
    await set.clock.advance(1500);
    expect(told(set, 'configuration reloaded')?.['cause']).toBe('SIGHUP');
    expect(told(set, 'tick')).toMatchObject({ level: 'debug' });
    await set.clock.advance(5000);
    expect(set.count()).toBe(3);
  });

  it('says so when the file cannot be read', async () => {
    const set = setUp(text('2'));
    await set.clock.advance(5000);
    delete set.files[PATH];
    set.hangUp();
    expect(told(set, 'configuration not reloaded: the earlier one stays')?.['detail']).toContain(
      'cannot read the configuration fas.yml: ENOENT',
    );
  });

  it('is nothing to a process without a file', async () => {
    const { context, listening } = aCliContext({
      env: { FAS_APP_NAME: 'a', FAS_API_TOKEN: 'x', FAS_CREATED_MACHINE_COUNT: '1' },
    });
    const hangUps: unknown[] = [];
    const clock = createFakeClock();
    const own = { ...context, clock, onHangUp: () => (hangUps.push(1), () => undefined) };
    let stop: () => void = () => undefined;
    const onSignal = (listener: (signal: 'SIGTERM') => void) => {
      stop = () => listener('SIGTERM');
      return () => undefined;
    };
    const code = runCli(['serve', '--listen', '127.0.0.1:0'], { ...own, onSignal });
    await clock.advance(1000);
    stop();
    expect(await clock.runUntil(code)).toBe(0);
    expect([hangUps, listening().hangUps]).toEqual([[], 0]);
  });
});

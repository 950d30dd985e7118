/** What `serve` does with a data directory that is damaged, or that another `serve` uses. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulator } from '../simulator/index.js';
import { T0 } from '../testing/builders.js';
import { aCliContext } from '../testing/cli-context.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { DATA_FILE, openData, type Data } from './data.js';
import { localEnv } from './local-fly.js';
import { runCli } from './program.js';
import type { Json } from '../seams/store.js';

let folder = '';
let dataDir = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fas-serve-'));
  dataDir = path.join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One app with four machines, and a load for one. */
function setUp(argv: readonly string[] = []) {
  const clock = createFakeClock({ startMs: T0 });
  const simulator = createSimulator({ clock, seed: 1 });
  simulator.world.addApp('my-app-1', { machines: 4 });
  simulator.world.setLoad('my-app-1', 'connection_count', { kind: 'flat', level: 5 });
  const fly = { url: 'http://fly.test', prometheusUrl: 'http://fly.test/prometheus/my-org' };
  const env = {
    ...localEnv({ ...fly, close: async () => {} }, 'my-org'),
    FAS_DATA_DIR: dataDir,
    FAS_SOCKET: 'off',
  };
  const process = aCliContext({ env, handle: simulator.handle, clock });
  const serve = (listen = '127.0.0.1:0'): Promise<number> =>
    runCli(['serve', '--listen', listen, ...argv], process.context);
  const lines = (): Record<string, unknown>[] =>
    process
      .err()
      .trimEnd()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const machines = () => simulator.world.machines('my-app-1').length;
  return { ...process, clock, serve, lines, machines };
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

function open(context: Parameters<typeof openData>[0]): Data {
  const options = { dataDir, recordMaxBytes: 1e9, configHash: () => 'abc' };
  return openData(context, options, quiet);
}

/** Leaves a data file as it is after a while, with a pause in its last page. */
async function leaveData(): Promise<void> {
  const { context, clock } = aCliContext();
  const data = open(context);
  const pad = 'x'.repeat(900);
  const rows = Array.from({ length: 60 }, (_, n): [string, Json] => [
    `history/app-${100 + n}/web`,
    { pad },
  ]);
  const pause = { id: 'zz', app: null, policy: null, mode: 'all', count: null, reason: pad };
  const value = { ...pause, createdAtMs: T0, untilMs: null };
  await clock.runUntil(data.state!.commit(new Map([...rows, ['pause/zz', value]])));
  await clock.runUntil(data.close());
}

describe('a data file that ends too early', () => {
  it('is replaced with what can be read; nothing shrinks, and log and API say why', async () => {
    await leaveData();
    const file = path.join(dataDir, DATA_FILE);
    truncateSync(file, Math.floor(readFileSync(file).length / 2 / 4096) * 4096);
    const { clock, serve, lines, machines, send } = setUp();
    const code = serve();
    await clock.advance(10 * 60_000);
    expect(machines()).toBe(4);
    expect(lines()).toContainEqual(
      expect.objectContaining({
        msg: 'the data file is damaged: a new one is begun',
        detail: 'its length is not as it says',
        state: 'what could be read was taken over',
      }),
    );
    expect(lines()).toContainEqual(
      expect.objectContaining({
        msg: 'pauses may be lost: nothing shrinks for now',
        until: new Date(T0 + 3_600_000).toISOString(),
      }),
    );
    const { url } = lines().find(({ msg }) => msg === 'starting') as { url: string };
    const answer = await clock.runUntil(fetch(`${url}/api/v1/pauses`).then((it) => it.json()));
    expect(answer).toMatchObject({ areAllKnown: false, pauses: [{ app: '*', mode: 'in' }] });
    await clock.advance(60 * 60_000);
    expect(machines()).toBeLessThan(4);
    send('SIGTERM');
    expect(await clock.runUntil(code)).toBe(0);
  });
});

describe('a data file without its log', () => {
  it('is in doubt from the first write of its process on', async () => {
    await leaveData();
    const { context, clock } = aCliContext();
    const data = open(context);
    await clock.runUntil(data.state!.commit(new Map([['pause/new', 1]])));
    const copied = path.join(folder, 'copied');
    mkdirSync(copied);
    copyFileSync(path.join(dataDir, DATA_FILE), path.join(copied, DATA_FILE));
    await clock.runUntil(data.close());
    dataDir = copied;
    const next = open(context);
    const values = await clock.runUntil(next.state!.load());
    expect([values.has('pause/new'), next.state!.hasLost]).toEqual([false, true]);
    await clock.runUntil(next.close());
  });
});

describe('a data directory that is in use', () => {
  const contentOf = (): readonly string[] =>
    readdirSync(dataDir)
      .sort()
      .map((name) => `${name} ${readFileSync(path.join(dataDir, name)).toString('base64')}`);

  it('is refused to another, which leaves all as it is, and no gap in the record', async () => {
    const first = setUp();
    const data = open(first.context);
    await first.clock.runUntil(data.state!.commit(new Map([['a/b', 1]])));
    const before = contentOf();
    const second = setUp();
    expect(await second.clock.runUntil(second.serve())).toBe(1);
    expect(second.err()).toContain(
      `ERROR: ${dataDir} is in use by another autoscaler\n  hint: end`,
    );
    expect(contentOf()).toEqual(before);
    await first.clock.runUntil(data.close());

    const third = open(first.context);
    expect(await third.reader.gaps({})).toEqual([]);
    await first.clock.runUntil(third.close());
  });

  it('is not even made by one whose address is taken', async () => {
    const listening = setUp();
    const code = listening.serve();
    await listening.clock.advance(1000);
    const { url } = listening.lines().find(({ msg }) => msg === 'starting') as { url: string };
    dataDir = path.join(folder, 'other');
    const other = setUp();
    const { port } = new URL(url);
    expect(await other.clock.runUntil(other.serve(`127.0.0.1:${port}`))).toBe(1);
    expect(other.err()).toContain('EADDRINUSE');
    expect(existsSync(dataDir)).toBe(false);
    listening.send('SIGTERM');
    expect(await listening.clock.runUntil(code)).toBe(0);
  });
});

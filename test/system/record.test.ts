/** What a file of state and record goes through: kill -9, a disk that fills up, questions while it is written. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabaseToRead } from '../../src/cli/adapters/database.js';
import { dataFiles } from '../../src/cli/adapters/lasting-database.js';
import { DATA_FILE, openData, type Data } from '../../src/cli/data.js';
import { createFakeClock } from '../../src/testing/fake-clock.js';
import { aReport, anOutcome } from '../../src/testing/reports.js';
import { startFleet } from './fleet.js';
import { runProgram } from './program.js';
import { eventually } from '../services/start-server.js';

const WRITER = fileURLToPath(new URL('record-writer.ts', import.meta.url));

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function aDirectory(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'fas-record-'));
  cleanUps.push(() => rmSync(dir, { recursive: true }));
  return dir;
}

type Logged = readonly [level: string, message: string, fields: object];

function open(dataDir: string): {
  data: Data;
  logged: Logged[];
  clock: ReturnType<typeof createFakeClock>;
} {
  const clock = createFakeClock({ startMs: Date.now() });
  const logged: Logged[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push([level, message, fields]);
  const data = openData(
    { clock, files: dataFiles, version: '1.0.0' },
    { dataDir, recordMaxBytes: 1e9, configHash: () => 'abc' },
    { info: log('info'), warn: log('warn'), error: log('error') },
  );
  return { data, logged, clock };
}

describe('a process that is killed while it writes', () => {
  it('leaves a whole file with all state that was committed, and a gap in the record', async () => {
    const dir = aDirectory();
    let safe = -1;
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, ['--import', 'tsx', WRITER, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      cleanUps.push(() => void child.kill('SIGKILL'));
      let last = '';
      child.stdout.on('data', (chunk: Buffer) => (last = (last + chunk.toString()).slice(-200)));
      const written = (): number => Number(last.trimEnd().split('\n').at(-1));
      await eventually(() => last.split('\n').length > 5 + 7 * round, 'the writer writes');
      // It writes no gap into what another writes; that the writer is killed ends its lock.
      expect(() => open(dir)).toThrow(`${dir} is in use by another autoscaler`);
      child.kill('SIGKILL');
      await once(child, 'close');
      safe = written();
    }
    const database = openDatabaseToRead(path.join(dir, DATA_FILE));
    expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    database.close();

    const { data, logged, clock } = open(dir);
    cleanUps.push(() => clock.runUntil(data.close()));
    const state = await data.state!.load();
    expect(state.get('n')).toBeGreaterThanOrEqual(safe);
    const n = state.get('n') as number;
    expect(state.get(`key-${n % 100}`)).toMatchObject({ n });
    expect(logged.map(([, message]) => message)).toEqual(['the record has a gap']);
    const gaps = await data.reader.gaps({});
    // The first start found no file. A machine that is slow may have left others, of a writer that was too fast for it.
    const unexplained = gaps.filter(({ why }) => why === 'the process ended without warning');
    expect(unexplained.map(({ lost }) => lost)).toEqual([null, null, null]);
    const decisions = await data.reader.decisions({ limit: 100 });
    expect(decisions).toHaveLength(100);
    for (const { id } of decisions)
      expect((await data.reader.decision(id))?.report.policy.name).toBe('default');
  });
});

function canMount(): boolean {
  const dir = mkdtempSync(path.join(tmpdir(), 'fas-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', dir], { stdio: 'ignore' });
    execFileSync('umount', [dir]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function aDisk(size: string): string {
  const disk = path.join(aDirectory(), 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
  cleanUps.push(() => void execFileSync('umount', ['-l', disk]));
  return disk;
}

/** Takes all room that is left; gives the file that took it. */
function fill(disk: string): string {
  const hog = path.join(disk, 'hog');
  expect(() => {
    for (;;) writeFileSync(hog, Buffer.alloc(4096), { flag: 'a' });
  }).toThrow(/ENOSPC/);
  return hog;
}

/** Runs the writer until something of it is safe, and kills it. */
async function killedWriter(dataDir: string): Promise<void> {
  // Slowly: else there may be room in its log that can be used again.
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, dataDir, 'slowly'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUps.push(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

async function endedWell(dataDir: string): Promise<void> {
  const { data, clock } = open(dataDir);
  await clock.runUntil(data.state!.commit(new Map([['n', 1]])));
  data.recorder.pass(aReport({ startedAtMs: clock.now() }));
  await clock.runUntil(data.close());
}

describe('a disk that fills up', () => {
  it.skipIf(!canMount())(
    'refuses state, leaves a gap in the record, and is used again when there is room',
    async () => {
      const disk = aDisk('3m');
      const { data, logged, clock } = open(disk);
      const pass = async (n: number): Promise<void> => {
        const detail = Array.from({ length: 300 }, (_, i) =>
          Math.imul(n + 1, i * 2_654_435_761),
        ).join(' ');
        data.recorder.pass(
          aReport({
            app: `app-${n % 10}`,
            startedAtMs: clock.now(),
            outcomes: [anOutcome('create', { detail })],
          }),
        );
        await clock.advance(2000);
      };
      for (let n = 0; n < 30; n += 1) await pass(n);
      await clock.runUntil(data.state!.commit(new Map([['kept', 1]])));
      // Somebody else takes the rest.
      const hog = fill(disk);
      const commitUntilRefused = async (): Promise<void> => {
        for (let n = 0; n < 3000; n += 1) {
          await pass(n);
          await clock.runUntil(data.state!.commit(new Map([['big', 'x'.repeat(n * 100)]])));
        }
      };
      await expect(commitUntilRefused()).rejects.toMatchObject({ code: 'state-unwritable' });
      expect((await data.state!.load()).get('kept')).toBe(1);
      for (let n = 0; n < 100 && logged.length === 0; n += 1) await pass(n);
      rmSync(hog);
      for (let n = 0; n < 10; n += 1) await pass(n);
      await clock.runUntil(data.state!.commit(new Map([['kept', 2]])));
      const [newest] = await data.reader.decisions({ limit: 1 });
      expect(clock.now() - newest!.atMs).toBeLessThan(10_000);
      const gaps = await data.reader.gaps({});
      expect(gaps.length).toBeGreaterThan(0);
      expect(gaps[0]).toMatchObject({ why: 'database or disk is full' });
      const told = logged.filter(([, message]) => message === 'decisions cannot be recorded');
      expect(told).toHaveLength(gaps.length);
      await clock.runUntil(data.close());
    },
  );

  const unwritable = [
    'error',
    'the data file cannot be written',
    { hint: expect.stringContaining('make room') as unknown },
  ] as const;

  it.skipIf(!canMount()).each([
    [
      'ended well',
      endedWell,
      unwritable,
      ['decisions cannot be recorded', 'decisions are recorded again'],
      ['kept'],
    ],
    // What is small still fits into the log that it left.
    [
      'was killed',
      killedWriter,
      ['warn', 'the record has a gap', { why: 'the process ended without warning' }],
      [],
      ['kept', 'lost'],
    ],
  ] as const)(
    'does not keep from starting after a process that %s: state is read, and written once there is room',
    async (_, before, first, next, recorded) => {
      const disk = aDisk('40m');
      await before(disk);
      const hog = fill(disk);
      const { data, logged, clock } = open(disk);
      const big = new Map([['big', 'x'.repeat(100_000)]]);
      expect(logged).toMatchObject([first]);
      expect((await data.state!.load()).has('n')).toBe(true);
      await expect(clock.runUntil(data.state!.commit(big))).rejects.toMatchObject({
        code: 'state-unwritable',
      });
      data.recorder.pass(aReport({ app: 'lost', startedAtMs: clock.now() }));
      await clock.advance(10_000);
      rmSync(hog);
      await clock.runUntil(data.state!.commit(big));
      data.recorder.pass(aReport({ app: 'kept', startedAtMs: clock.now() }));
      await clock.advance(10_000);
      expect(logged.slice(1).map(([, message]) => message)).toEqual(next);
      // Others read it again too.
      const reading = openDatabaseToRead(path.join(disk, DATA_FILE));
      const [{ apps }] = reading.all(
        "SELECT group_concat(app) AS apps FROM decision WHERE app IN ('lost', 'kept')",
      ) as [{ apps: string }];
      reading.close();
      expect(apps.split(',').sort()).toEqual(recorded);
      await clock.runUntil(data.close());
    },
  );

  it.skipIf(!canMount())('begins a file once there is room where there was none', async () => {
    const disk = aDisk('1m');
    const hog = fill(disk);
    const { data, logged, clock } = open(disk);
    expect(logged.map(([, message]) => message)).toEqual(['the data file cannot be written']);
    const commit = (): Promise<void> => clock.runUntil(data.state!.commit(new Map([['n', 1]])));
    await expect(commit()).rejects.toMatchObject({ code: 'state-unwritable' });
    rmSync(hog);
    await commit();
    expect(await data.state!.load()).toEqual(new Map([['n', 1]]));
    await clock.runUntil(data.close());
  });
});

describe('the program', () => {
  it('records while it scales, answers beside that, and goes on after a kill', async () => {
    const dir = aDirectory();
    const fleet = await startFleet(['my-app-1']);
    cleanUps.push(() => fleet.stop());
    const env = { FAS_DATA_DIR: path.join(dir, 'data'), ...(await jobsEnv()) };
    await fleet.autoscale(env);
    await fleet.reaches({ 'my-app-1': 3 });
    const told = (): Promise<string> =>
      runProgram(['explain', 'my-app-1', '--json'], env).then(({ stdout }) => stdout);
    await eventually(
      async () => (await told()).includes('"at-target"'),
      'a decision at the target',
    );
    const history = await runProgram(['history', '--action', 'create'], env);
    expect(history.stdout).toMatch(/my-app-1 +1 -> 3 +created 2/);
    await fleet.kill();
    const after = await runProgram(['replay'], env);
    expect([after.code, after.stderr]).toEqual([0, '']);
    expect(after.stdout).toMatch(/^\d+ decisions? computed again, bit for bit the same/);
    await fleet.autoscale(env);
    await eventually(() => fleet.log().includes('the record has a gap'), 'the gap is told');
  });
});

const NOBODY = 65_534;

/** Root may read and write everything, and another user perhaps not the program. */
const asNobody = async (...args: Parameters<typeof runProgram>): ReturnType<typeof runProgram> =>
  runProgram(args[0], args[1], process.getuid?.() === 0 ? NOBODY : undefined);

describe('a copy', () => {
  it('can be read in a directory that may only be read, and what may not be read is told', async (test) => {
    test.skip((await asNobody(['version']).catch(() => ({ code: 1 }))).code !== 0);
    const dir = aDirectory();
    const [source, folder, unfinished] = ['data', 'copy', 'unfinished'].map((name) =>
      path.join(dir, name),
    ) as [string, string, string];
    const file = path.join(folder, DATA_FILE);
    const copy = (to: string, ...names: string[]): void => {
      mkdirSync(to);
      for (const name of names) copyFileSync(path.join(source, name), path.join(to, name));
    };
    const ask = async (FAS_DATA_DIR: string): Promise<string> => {
      const { stdout, stderr } = await asNobody(['history'], { FAS_DATA_DIR });
      return stdout + stderr;
    };
    const { data, clock } = open(source);
    data.recorder.pass(aReport({ startedAtMs: clock.now() }));
    await clock.advance(3000);
    copy(unfinished, DATA_FILE, `${DATA_FILE}-wal`);
    await clock.runUntil(data.close());
    copy(folder, DATA_FILE);
    const modes = (...given: readonly (readonly [string, number])[]): void => {
      for (const [name, mode] of given) chmodSync(name, mode);
    };
    cleanUps.push(() => modes([folder, 0o700], [unfinished, 0o700]));
    modes([dir, 0o755], [file, 0o644], [folder, 0o555], [unfinished, 0o555]);
    // As they were made, only their owner could read them.
    modes(
      [path.join(unfinished, DATA_FILE), 0o644],
      [path.join(unfinished, `${DATA_FILE}-wal`), 0o644],
    );
    expect(await ask(folder)).toMatch(/ my-app-1 /);
    expect(await ask(unfinished)).toContain(`the newest of it is in ${unfinished}/`);
    const denied =
      'permission denied\n  hint: run the command as the user that serve runs as, or let this user read the file\n';
    modes([file, 0]);
    expect(await ask(folder)).toBe(`ERROR: ${file} cannot be read: ${denied}`);
    modes([file, 0o644], [folder, 0]);
    expect(await ask(file)).toBe(`ERROR: ${file} cannot be read: ${denied}`);
  });
});

/** Fifteen jobs for every app. */
async function jobsEnv(): Promise<Readonly<Record<string, string>>> {
  const server = createServer((_, response) => response.end('{"jobs": 15}'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => void server.close());
  const { port } = server.address() as { port: number };
  return {
    FAS_HTTP_METRIC_NAME: 'jobs',
    FAS_HTTP_URL: `http://127.0.0.1:${port}/`,
    FAS_HTTP_PATH: '$.jobs',
  };
}

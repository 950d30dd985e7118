import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../seams/database.js';
import {
  createSqliteStateStore,
  isStateWhole,
  noteLoss,
  salvageState,
  setUpState,
} from '../../state/sqlite-store.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { LibsqlDatabase } from './database.js';
import { dataFiles } from './lasting-database.js';

const PAGE = 4096;
let dir = '';
let file = '';
const opened: Database[] = [];
const moved: string[] = [];
const doubts: string[] = [];

beforeEach(() => {
  dir = path.join(mkdtempSync(path.join(tmpdir(), 'fas-data-')), 'data');
  file = path.join(dir, 'file.db');
});

afterEach(() => {
  closeAll();
  rmSync(path.dirname(dir), { recursive: true });
});

function closeAll(): void {
  for (const database of opened.splice(0)) database.close();
}

function open(isUnfinished = false): Database {
  const database = dataFiles.openLasting(file, {
    setUp: setUpState,
    salvage: salvageState,
    now: () => 0,
    isWhole: isStateWhole,
    isUnfinished: () => isUnfinished,
    onMovedAside: (_, why, isWhole) => moved.push(`${why}: ${isWhole ? 'whole' : 'lossy'}`),
    onDoubt(found, why) {
      doubts.push(why);
      noteLoss(found);
    },
  });
  opened.push(database);
  return database;
}

/** What the state has after a start on these bytes. */
async function startedOn(bytes: Uint8Array, log: Uint8Array | null = null) {
  closeAll();
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  writeFileSync(file, bytes);
  if (log !== null) writeFileSync(`${file}-wal`, log);
  return started();
}

async function started(isUnfinished = false) {
  moved.length = 0;
  doubts.length = 0;
  const store = createSqliteStateStore(open(isUnfinished), createFakeClock());
  const values = await store.load();
  return { values, hasLost: store.hasLost, moved: [...moved], doubts: [...doubts] };
}

const COUNT = 40;

function fill(database: Database): void {
  database.transaction(() => {
    for (let n = 0; n < COUNT; n += 1) {
      const value = `"${'x'.repeat(300)}"`;
      database.run('INSERT INTO state VALUES (?, ?)', [`history/app-${n}`, value]);
    }
  });
}

function whole(): Buffer {
  const database = open();
  fill(database);
  database.all('PRAGMA wal_checkpoint(TRUNCATE)');
  return readFileSync(file);
}

describe('a file of data', () => {
  it('is for its owner alone, with what lies beside it and the folder that it is made in', () => {
    fill(open());
    const modeOf = (name: string): number => statSync(name).mode & 0o777;
    const files = readdirSync(dir).map((name) => path.join(dir, name));
    expect(files).toContain(`${file}-wal`);
    for (const name of files) expect([name, modeOf(name)]).toEqual([name, 0o600]);
    expect(modeOf(dir)).toBe(0o700);
  });

  it('is taken back from others where an earlier version made it, and left to those it was given to', () => {
    whole();
    for (const [before, after] of [
      [0o644, 0o600],
      [0o640, 0o640],
    ] as const) {
      closeAll();
      chmodSync(file, before);
      open();
      expect(statSync(file).mode & 0o777).toBe(after);
    }
  });

  it('is opened as it is where nothing is wrong with it', async () => {
    expect(await startedOn(whole())).toMatchObject({ hasLost: false, moved: [], doubts: [] });
  });

  it('keeps what can be read of it where it ends too early, and says that something is lost', async () => {
    const bytes = whole();
    for (let end = 0; end < bytes.length; end += PAGE / 2) {
      const { values, hasLost, moved: aside } = await startedOn(bytes.subarray(0, end));
      expect([end, aside.length, hasLost]).toEqual([end, 1, true]);
      const pagesLeft = Math.floor(end / PAGE);
      // The first three have no rows but that of the root.
      expect(values.size, `${pagesLeft} pages`).toBeGreaterThanOrEqual(pagesLeft < 4 ? 0 : 4);
    }
  });

  it.each([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])(
    'survives what its header became: from %i',
    async (from) => {
      const bytes = whole();
      for (let at = from; at < from + 10; at += 1) {
        for (const bit of at === 18 ? [0, 1, 2, 7] : [at % 8]) {
          const changed = Buffer.from(bytes);
          changed[at] = changed.readUInt8(at) ^ (1 << bit);
          const { values, hasLost, moved: aside } = await startedOn(changed);
          expect([at, bit, values.size, hasLost]).toEqual([at, bit, COUNT, false]);
          if (at === 18) expect(aside).toEqual(['its header is damaged: whole']);
          opened.at(-1)?.run("INSERT INTO state VALUES ('a/b', '1')");
        }
      }
    },
  );

  it('survives whatever one of its pages became', async () => {
    const bytes = whole();
    for (let at = 0; at < bytes.length; at += PAGE) {
      for (const filling of [0, 0xee]) {
        const changed = Buffer.from(bytes).fill(filling, at, at + PAGE);
        const { values, hasLost } = await startedOn(changed);
        expect(values.size, `page ${at / PAGE + 1}`).toBeGreaterThan(20);
        expect(values.size === COUNT || hasLost, `page ${at / PAGE + 1}`).toBe(true);
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['something else', 'something else '.repeat(1000)],
    ['less than a header', 'SQLite format 3\0'],
  ])('is moved aside where it has %s, and that something is lost is said', async (_, text) => {
    const found = await startedOn(Buffer.from(text));
    expect(found).toMatchObject({ values: new Map(), hasLost: true });
    expect(found.moved).toEqual([expect.stringMatching(/: lossy$/)]);
  });

  it.each([0, 7])('of another program (application id %i) is moved aside as it is', async (id) => {
    mkdirSync(dir);
    const other = new LibsqlDatabase(file, file);
    other.exec(`PRAGMA application_id = ${id}; CREATE TABLE state (key TEXT, value TEXT)`);
    other.close();
    const bytes = readFileSync(file);
    const found = await startedOn(bytes);
    expect(found.values.size).toBe(0);
    expect(found.moved).toHaveLength(1);
    const [aside = ''] = readdirSync(dir).filter((name) => name.includes('damaged'));
    expect(readFileSync(path.join(dir, aside)).equals(bytes)).toBe(true);
  });

  it('says over restarts that something was lost, until that was seen to', async () => {
    const bytes = whole();
    await startedOn(bytes.subarray(0, bytes.length - PAGE));
    closeAll();
    expect(await started()).toMatchObject({ hasLost: true, moved: [] });
    const clock = createFakeClock();
    const store = createSqliteStateStore(open(), clock);
    await store.load();
    await clock.runUntil(store.commit(new Map([['lost/state', null]])));
    expect(store.hasLost).toBe(false);
    closeAll();
    expect(await started()).toMatchObject({ hasLost: false });
  });

  it('that may not be read ends the start, and is left as it is', () => {
    whole();
    closeAll();
    chmodSync(file, 0);
    moved.length = 0;
    // Who may read everything, as in many containers, starts as usual.
    const mayRead = process.getuid?.() === 0;
    const start = (): unknown => open();
    if (mayRead) expect(start).not.toThrow();
    else expect(start).toThrow(expect.objectContaining({ kind: 'unwritable' }));
    expect(moved).toEqual([]);
  });

  it('that is a folder ends the start, and is left as it is', () => {
    mkdirSync(file, { recursive: true });
    expect(() => open()).toThrow(expect.objectContaining({ kind: 'unwritable' }));
    expect(moved).toEqual([]);
    expect(statSync(file).isDirectory()).toBe(true);
  });
});

describe('the log of a file', () => {
  /** A file and its log as a process leaves them that is killed. */
  function killed(): { bytes: Buffer; log: Buffer } {
    whole();
    for (const n of [1, 2, 3])
      opened.at(-1)?.run('INSERT INTO state VALUES (?, ?)', [`p/${n}`, '1']);
    return { bytes: readFileSync(file), log: readFileSync(`${file}-wal`) };
  }

  it('is taken in where it is whole', async () => {
    const { bytes, log } = killed();
    const found = await startedOn(bytes, log);
    expect(found).toMatchObject({ hasLost: false, moved: [], doubts: [] });
    expect(found.values.size).toBe(COUNT + 3);
  });

  it('leaves a doubt where a part of it is damaged, and the file goes on with the rest', async () => {
    const { bytes, log } = killed();
    for (const at of [5, 50, 200, log.length - 5]) {
      const changed = Buffer.from(log);
      changed[at] = changed.readUInt8(at) ^ 1;
      const found = await startedOn(bytes, changed);
      expect(found.hasLost, `byte ${at}`).toBe(true);
      expect(found.values.size).toBeGreaterThanOrEqual(COUNT);
    }
  });

  it('leaves a doubt where it is missing although the process before did not end well', async () => {
    const { bytes } = killed();
    await startedOn(bytes);
    closeAll();
    rmSync(`${file}-wal`, { force: true });
    expect(await started(true)).toMatchObject({ hasLost: true, doubts: ['its log is missing'] });
  });

  it('is used where the file itself is gone', async () => {
    const { log } = killed();
    closeAll();
    rmSync(file);
    rmSync(`${file}-shm`, { force: true });
    writeFileSync(`${file}-wal`, log);
    const found = await started();
    expect(found).toMatchObject({
      hasLost: true,
      moved: ['it is gone, and its log is not: lossy'],
    });
  });
});

describe('the lock of a folder', () => {
  it('is for one at a time, and makes the folder', () => {
    const lock = dataFiles.lockFolder(dir);
    expect(() => dataFiles.lockFolder(dir)).toThrow(expect.objectContaining({ kind: 'busy' }));
    lock.release();
    dataFiles.lockFolder(dir).release();
    expect(readdirSync(dir)).toEqual(['fly-autoscaler.lock']);
  });

  it('says in plain words why it is not to be had', () => {
    mkdirSync(path.join(dir, 'fly-autoscaler.lock'), { recursive: true });
    expect(() => dataFiles.lockFolder(dir)).toThrow('it is no file');
  });

  it('is to be had whatever became of its file', () => {
    dataFiles.lockFolder(dir).release();
    const name = path.join(dir, 'fly-autoscaler.lock');
    const bytes = readFileSync(name);
    const flipped = [18, 19, 45, 57].map((at) => {
      const changed = Buffer.from(bytes);
      changed[at] = changed.readUInt8(at) ^ 1;
      return changed;
    });
    for (const content of ['1234\n'.repeat(1000), '', bytes.subarray(0, 700), ...flipped]) {
      writeFileSync(name, content);
      const lock = dataFiles.lockFolder(dir);
      expect(() => dataFiles.lockFolder(dir)).toThrow(expect.objectContaining({ kind: 'busy' }));
      lock.release();
    }
    expect(readdirSync(dir)).toEqual(['fly-autoscaler.lock']);
  });
});

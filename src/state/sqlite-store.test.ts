import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLastingDatabase } from '../cli/adapters/lasting-database.js';
import { DatabaseFailure, textIn, type Database } from '../seams/database.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { createSqliteStateStore, salvageState, setUpState, stateBytes } from './sqlite-store.js';
import type { Json } from '../seams/store.js';

let dir = '';
const opened: Database[] = [];
const moved: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'fas-state-'));
  moved.length = 0;
});

afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(dir, { recursive: true });
});

function open(salvage = salvageState): Database {
  const database = openLastingDatabase(path.join(dir, 'file.db'), {
    setUp: setUpState,
    salvage,
    now: () => 0,
    onMovedAside: (aside, why) => moved.push(`${path.basename(aside)}: ${why}`),
  });
  opened.push(database);
  return database;
}

function closeAll(): void {
  for (const database of opened.splice(0)) database.close();
}

const changes = (values: Readonly<Record<string, Json | null>>): ReadonlyMap<string, Json | null> =>
  new Map(Object.entries(values));

describe('state in a file', () => {
  it('gives back after a restart what was committed, without what was removed', async () => {
    const clock = createFakeClock();
    const store = createSqliteStateStore(open(), clock);
    await clock.runUntil(store.commit(changes({ a: { at: 1.5, list: [null, true] }, b: 'x' })));
    await clock.runUntil(store.commit(changes({ b: null, c: 'ü\u0000' })));
    closeAll();
    const again = createSqliteStateStore(open(), clock);
    expect(await again.load()).toEqual(
      new Map<string, Json>([
        ['a', { at: 1.5, list: [null, true] }],
        ['c', 'ü\u0000'],
      ]),
    );
    expect(again.isDurable).toBe(true);
  });

  it('writes the commits of one turn as one transaction, the last value winning', async () => {
    const clock = createFakeClock();
    const database = open();
    let transactions = 0;
    const counting: Database = {
      path: database.path,
      generation: 0,
      all: (sql, parameters) => database.all(sql, parameters),
      run: (sql, parameters) => database.run(sql, parameters),
      close: () => undefined,
      transaction(work, options) {
        transactions += 1;
        expect(options?.isForGood).toBe(true);
        return database.transaction(work, options);
      },
    };
    const store = createSqliteStateStore(counting, clock);
    const all = Array.from({ length: 500 }, (_, i) => store.commit(changes({ [`k${i % 9}`]: i })));
    await clock.runUntil(Promise.all(all));
    expect(transactions).toBe(1);
    expect((await store.load()).get('k0')).toBe(495);
    await clock.runUntil(store.commit(changes({ later: 1 })));
    expect(transactions).toBe(2);
  });

  it('keeps a commit apart from what its caller changes afterwards', async () => {
    const clock = createFakeClock();
    const store = createSqliteStateStore(open(), clock);
    const list = [1];
    const committed = store.commit(new Map([['list', list]]));
    list.push(2);
    await clock.runUntil(committed);
    expect((await store.load()).get('list')).toEqual([1]);
  });

  it('rejects with state-unwritable when the disk is full, changes nothing, and goes on when there is room', async () => {
    const clock = createFakeClock();
    const database = open();
    const store = createSqliteStateStore(database, clock);
    await clock.runUntil(store.commit(changes({ a: 1 })));
    database.all('PRAGMA max_page_count = 4');
    const big = store.commit(changes({ a: 2, big: 'x'.repeat(100_000) }));
    await expect(clock.runUntil(big)).rejects.toMatchObject({
      code: 'state-unwritable',
      isRetryable: true,
    });
    expect(await store.load()).toEqual(new Map([['a', 1]]));
    database.all('PRAGMA max_page_count = 4294967294');
    await clock.runUntil(store.commit(changes({ big: 'x'.repeat(100_000) })));
    expect((await store.load()).size).toBe(2);
  });

  it('waits while another process writes, and gives up after a while', async () => {
    const clock = createFakeClock();
    const store = createSqliteStateStore(open(), clock);
    const other = open();
    other.run('BEGIN IMMEDIATE');
    const waiting = store.commit(changes({ a: 1 }));
    await clock.advance(120);
    other.run('COMMIT');
    await clock.runUntil(waiting);
    expect(await store.load()).toEqual(new Map([['a', 1]]));
    other.run('BEGIN IMMEDIATE');
    await expect(clock.runUntil(store.commit(changes({ a: 2 })))).rejects.toMatchObject({
      code: 'state-unwritable',
    });
    other.run('ROLLBACK');
  });

  it('leaves out what is no JSON, and tells of it once', async () => {
    const clock = createFakeClock();
    const database = open();
    const damaged: string[] = [];
    const store = createSqliteStateStore(database, clock, (key) => damaged.push(key));
    await clock.runUntil(store.commit(changes({ a: 1, b: { c: 2 }, d: 3 })));
    database.run("UPDATE state SET value = '@' || value WHERE key = 'b'");
    database.run("UPDATE state SET value = x'01' WHERE key = 'd'");
    expect(await store.load()).toEqual(new Map([['a', 1]]));
    await store.load();
    expect(damaged).toEqual(['b', 'd']);
    await clock.runUntil(store.commit(changes({ b: 4 })));
    expect((await store.load()).get('b')).toBe(4);
  });

  it('has no text made of what damage may have left of one', async () => {
    const clock = createFakeClock();
    const database = open();
    const kinds: string[] = [];
    const watched = Object.assign(Object.create(database) as Database, {
      all: (sql: string) => {
        const rows = database.all(sql);
        kinds.push(...rows.flatMap((row) => Object.values(row)).map((value) => typeof value));
        return rows;
      },
    });
    await clock.runUntil(createSqliteStateStore(database, clock).commit(changes({ a: 'ü' })));
    expect(await createSqliteStateStore(watched, clock).load()).toEqual(new Map([['a', 'ü']]));
    expect(kinds).toEqual(['object', 'object']);
    const row = { value: Uint8Array.of(0x61, 0xff) };
    expect(() => textIn(row, 'value')).toThrow('value is no text');
  });

  it('takes the room that it says, and nothing else does', async () => {
    const clock = createFakeClock();
    const database = open();
    const store = createSqliteStateStore(database, clock);
    const empty = stateBytes(database);
    database.run('CREATE TABLE other (body BLOB)');
    database.run('INSERT INTO other VALUES (zeroblob(1000000))');
    expect(stateBytes(database)).toBe(empty);
    await clock.runUntil(store.commit(changes({ a: 'x'.repeat(500_000) })));
    expect(Math.round((stateBytes(database) - empty) / 10_000)).toBe(50);
  });

  it('begins anew beside a file that is no database', async () => {
    writeFileSync(path.join(dir, 'file.db'), 'something else '.repeat(1000));
    const store = createSqliteStateStore(open(), createFakeClock());
    expect(await store.load()).toEqual(new Map());
    expect(moved).toEqual(['file.db.damaged-19700101T000000Z: file is not a database']);
    expect(readFileSync(path.join(dir, moved[0]!.split(':')[0]!), 'utf8')).toContain('something');
    expect(readdirSync(dir)).toContain('file.db');
  });
});

describe('a file that is damaged while it is used', () => {
  it('is replaced by a new one that holds the state that could still be read', async () => {
    const clock = createFakeClock();
    const database = open();
    database.run('CREATE TABLE other (id INTEGER PRIMARY KEY, body BLOB)');
    const store = createSqliteStateStore(database, clock);
    await clock.runUntil(store.commit(changes({ pause: { mode: 'all' } })));
    database.transaction(() => {
      for (let i = 0; i < 2000; i += 1) {
        database.run('INSERT INTO other (body) VALUES (?)', [new Uint8Array(500)]);
      }
    });
    closeAll();
    const bytes = readFileSync(path.join(dir, 'file.db'));
    // Everything but the first pages, which hold the schema and the state.
    bytes.fill(0xee, 4096 * 6);
    writeFileSync(path.join(dir, 'file.db'), bytes);

    const damaged = open();
    const again = createSqliteStateStore(damaged, clock);
    expect(() => damaged.all('SELECT sum(id) FROM other WHERE id > 100')).toThrow(/malformed/);
    expect(moved).toHaveLength(1);
    expect(damaged.generation).toBe(1);
    expect(await again.load()).toEqual(new Map([['pause', { mode: 'all' }]]));
    await clock.runUntil(again.commit(changes({ more: 1 })));
    expect((await again.load()).size).toBe(2);
  });

  const historyOf = (app: number): string => `history/app-${app}/web`;

  /** The state of 900 apps, from 100 on, and the pages that hold these of them damaged. */
  async function leaveDamaged(...apps: readonly number[]): Promise<void> {
    const clock = createFakeClock();
    const store = createSqliteStateStore(open(), clock);
    const values = Array.from({ length: 900 }, (_, i): [string, Json] => [
      historyOf(i + 100),
      { pad: 'x'.repeat(200) },
    ]);
    await clock.runUntil(store.commit(new Map(values)));
    closeAll();
    const file = path.join(dir, 'file.db');
    const bytes = readFileSync(file);
    for (const app of apps) {
      const at = bytes.indexOf(historyOf(app));
      bytes.fill(0xee, at - (at % 4096), at - (at % 4096) + 4096);
    }
    writeFileSync(file, bytes);
  }

  it('gives up no more of the state than what is damaged', async () => {
    await leaveDamaged(300, 700);
    const again = createSqliteStateStore(open(), createFakeClock());
    const left = await again.load();
    expect(moved).toHaveLength(1);
    expect(left.size).toBeGreaterThan(860);
    for (const app of [100, 500, 999]) expect(left.has(historyOf(app))).toBe(true);
    expect(left.has(historyOf(300))).toBe(false);
  });

  it('takes nothing of a commit with it, and says that something is lost', async () => {
    await leaveDamaged(300);
    const clock = createFakeClock();
    const store = createSqliteStateStore(open(), clock);
    expect(store.generation).toBe(0);
    const values = changes({ [historyOf(300)]: 'newer', [historyOf(301)]: null, other: 1 });
    await clock.runUntil(store.commit(values));
    expect(moved).toHaveLength(1);
    expect(store.generation).toBe(1);
    const left = await store.load();
    expect(left.size).toBeGreaterThan(880);
    expect([left.get(historyOf(300)), left.get('other')]).toEqual(['newer', 1]);
    expect(left.has(historyOf(301))).toBe(false);
  });

  it('stays where it is until there is room for what can still be read of it', async () => {
    await leaveDamaged(300);
    let mostPages = 4;
    const database = open((damaged, fresh) => {
      fresh.all(`PRAGMA max_page_count = ${mostPages}`);
      return salvageState(damaged, fresh);
    });
    const store = createSqliteStateStore(database, createFakeClock());
    for (const attempt of ['at first', 'again']) {
      await expect(store.load(), attempt).rejects.toMatchObject({
        code: 'state-unreadable',
        message: expect.stringContaining('malformed; a new file cannot take its place:') as string,
      });
    }
    expect(database.generation).toBe(0);
    expect(moved).toEqual([]);
    expect(readdirSync(dir).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['file.db']);
    mostPages = 4_294_967_294;
    expect((await store.load()).size).toBeGreaterThan(880);
    expect(moved).toHaveLength(1);
    expect(database.generation).toBe(1);
  });

  it('is moved aside with nothing taken over where nothing can be read', async () => {
    await leaveDamaged(300);
    const database = open(() => {
      throw new DatabaseFailure('corrupt', 'no page is whole');
    });
    expect(await createSqliteStateStore(database, createFakeClock()).load()).toEqual(new Map());
    expect(moved).toHaveLength(1);
  });

  it('has left a new one that is put in its place, where the process ended between the two', async () => {
    await leaveDamaged();
    renameSync(path.join(dir, 'file.db'), path.join(dir, 'file.db.new'));
    writeFileSync(path.join(dir, 'file.db-wal'), 'of the damaged one');
    const store = createSqliteStateStore(open(), createFakeClock());
    expect((await store.load()).size).toBe(900);
    expect(readdirSync(dir)).not.toContain('file.db.new');
  });

  it('is not replaced by what an earlier attempt has left half made', async () => {
    await leaveDamaged(300);
    writeFileSync(path.join(dir, 'file.db.new'), 'half made '.repeat(1000));
    writeFileSync(path.join(dir, 'file.db.new-journal'), 'of that one');
    const store = createSqliteStateStore(open(), createFakeClock());
    expect((await store.load()).size).toBeGreaterThan(880);
    expect(readdirSync(dir).filter((name) => name.includes('.new'))).toEqual([]);
  });
});

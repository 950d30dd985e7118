import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLastingDatabase } from '../cli/adapters/lasting-database.js';
import { seededRandom } from '../seams/clock.js';
import type { DamagedFile, Database, RawBytes } from '../seams/database.js';
import { findRows } from './page-rows.js';
import { salvageState, setUpState } from './sqlite-store.js';

const PAGE = 4096;
let dir = '';
let database: Database;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'fas-pages-'));
  database = openLastingDatabase(path.join(dir, 'file.db'), {
    setUp: setUpState,
    salvage: salvageState,
    now: () => 0,
    onMovedAside: () => undefined,
  });
});

afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true });
});

const put = (key: string, value: string): void => {
  database.run('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', [
    key,
    value,
  ]);
};

function bytesOf(bytes: Uint8Array): RawBytes {
  return { length: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

/** As it is on the disk now, with the log. */
function onDisk(): { file: Buffer; log: Buffer } {
  const file = path.join(dir, 'file.db');
  return { file: readFileSync(file), log: readFileSync(`${file}-wal`) };
}

const damaged = ({ file, log }: { file: Uint8Array; log?: Uint8Array | null }): DamagedFile => ({
  file: bytesOf(file),
  log: log ? bytesOf(log) : null,
});

/** None of the values was cut off: what is missing is zero. */
const areWhole = (rows: ReadonlyMap<string, string>): boolean =>
  [...rows.values()].every((value) => !value.includes('\0'));

/** All in the file, nothing in the log. */
function written(count: number): Buffer {
  database.transaction(() => {
    for (let n = 100; n < 100 + count; n += 1) put(`history/app-${n}`, `"${'x'.repeat(300)}"`);
    put('pause/a', `"${'y'.repeat(20_000)}"`);
  });
  database.all('PRAGMA wal_checkpoint(TRUNCATE)');
  return onDisk().file;
}

describe('a file that is not damaged', () => {
  it.each([1, 2, 3])('is read as by SQLite, whatever happened to it: seed %i', (seed) => {
    const random = seededRandom(seed);
    const upTo = (most: number): number => Math.floor(random.next() * most);
    for (let round = 0; round < 6; round += 1) {
      database.transaction(() => {
        for (let n = 0; n < 80; n += 1) {
          const key = `${'k'.repeat(upTo(30))}/${upTo(200)}`;
          if (upTo(3) === 0) database.run('DELETE FROM state WHERE key = ?', [key]);
          else put(key, JSON.stringify('ü'.repeat(upTo(upTo(8) === 0 ? 6000 : 200))));
        }
      });
      if (upTo(3) === 0) database.all('PRAGMA wal_checkpoint(PASSIVE)');
      if (upTo(4) === 0) database.all('PRAGMA incremental_vacuum(3)');
      const rows = database
        .all('SELECT key, value FROM state ORDER BY key')
        .map(({ key, value }) => [key, value]);
      const found = findRows(damaged(onDisk()));
      expect(found.isWhole).toBe(true);
      // In the order of the tree, which is that of the bytes of the keys.
      expect([...found.rows]).toEqual(rows);
    }
  });

  it('is read with what is in its log, as far as it was committed', () => {
    written(10);
    put('pause/b', '1');
    put('pause/b', '2');
    const { file, log } = onDisk();
    expect(findRows(damaged({ file, log })).rows.get('pause/b')).toBe('2');
    const without = findRows(damaged({ file, log: log.subarray(0, log.length - 100) }));
    expect([without.rows.get('pause/b'), without.isWhole]).toEqual(['1', true]);
  });
});

describe('a file that is damaged', () => {
  it('loses no more than what was in the pages that it lacks, wherever it ends', () => {
    const file = written(100);
    let before = -1;
    for (let pages = 0; pages < file.length / PAGE; pages += 0.5) {
      const { rows, isWhole } = findRows(damaged({ file: file.subarray(0, pages * PAGE) }));
      expect(isWhole && areWhole(rows), `${pages} pages`).toBe(false);
      expect(rows.size, `${pages} pages`).toBeGreaterThanOrEqual(before);
      before = rows.size;
    }
    // The last page has but the end of one value.
    expect(before).toBeGreaterThanOrEqual(100);
  });

  it('loses what was in a page, and no more, whatever became of the page', () => {
    const file = written(100);
    for (let page = 2; page < file.length / PAGE; page += 1) {
      for (const filling of [0, 0xee]) {
        const bytes = Buffer.from(file).fill(filling, page * PAGE, (page + 1) * PAGE);
        const { rows, isWhole } = findRows(damaged({ file: bytes }));
        // A page with the value of one row alone, or with rows; the first has what leads to all others.
        expect(rows.size, `page ${page + 1}`).toBeGreaterThan(85);
        expect(isWhole && areWhole(rows), `page ${page + 1}`).toBe(false);
      }
    }
  });

  it('takes nothing from pages that were given back', () => {
    database.transaction(() => {
      for (let n = 0; n < 100; n += 1) put(`pause/${n}`, `"${'x'.repeat(300)}"`);
    });
    database.run("DELETE FROM state WHERE key < 'pause/5'");
    database.all('PRAGMA wal_checkpoint(TRUNCATE)');
    const { file } = onDisk();
    const { rows } = findRows(damaged({ file: file.fill(0, 2 * PAGE, 3 * PAGE) }));
    expect(rows.size).toBeGreaterThan(20);
    expect([...rows.keys()].filter((key) => key < 'pause/5')).toEqual([]);
  });

  it('is known by any bit of what holds its pages together', () => {
    const file = written(40);
    const whole = findRows(damaged({ file }));
    for (let at = 2 * PAGE; at < 2 * PAGE + 12; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const bytes = Buffer.from(file);
        bytes[at] = bytes.readUInt8(at) ^ (1 << bit);
        const { rows, isWhole } = findRows(damaged({ file: bytes }));
        const isSame = JSON.stringify([...rows]) === JSON.stringify([...whole.rows]);
        expect(isSame || !isWhole, `byte ${at}, bit ${bit}`).toBe(true);
      }
    }
  });

  it('is not believed in a log of which a part is damaged', () => {
    written(10);
    for (const n of [1, 2, 3]) put('pause/b', String(n));
    const { file, log } = onDisk();
    for (const at of [3, 20, 40, 3000, log.length - 10]) {
      const bytes = Buffer.from(log);
      bytes[at] = bytes.readUInt8(at) ^ 4;
      const { rows, isWhole } = findRows(damaged({ file, log: bytes }));
      expect([rows.size > 10, isWhole], `byte ${at}`).toEqual([true, false]);
    }
  });
});

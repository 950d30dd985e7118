/** The file of a database as bytes: what is judged of it before SQLite opens it, which believes much. */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseFailure, type DamagedFile, type RawBytes } from '../../seams/database.js';
import { logFrames } from '../../state/log-frames.js';

/** What SQLite keeps beside a file; it belongs to that file alone. */
export const COMPANIONS = ['-wal', '-shm', '-journal'];

/** Calls back with what there is. Nobody may have the file open: closing it here would take their locks. */
export function withDamagedFile<T>(path: string, work: (damaged: DamagedFile) => T): T {
  return withBytes(path, (file) =>
    withBytes(`${path}-wal`, (log) => work({ file: file ?? NOTHING, log })),
  );
}

const NOTHING: RawBytes = { length: 0, read: () => new Uint8Array() };

/** Calls back with null when there is no such file. Throws `unwritable` when it cannot be opened: that is no damage. */
function withBytes<T>(path: string, work: (bytes: RawBytes | null) => T): T {
  const descriptor = opened(path);
  if (descriptor === null) return work(null);
  try {
    return work({
      length: fstatSync(descriptor).size,
      read(at, length) {
        const bytes = new Uint8Array(length);
        try {
          return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at));
        } catch {
          // A place on the disk that is damaged itself.
          return new Uint8Array();
        }
      },
    });
  } finally {
    closeSync(descriptor);
  }
}

function opened(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new DatabaseFailure('unwritable', message, { cause: error });
  }
}

/** Why a database cannot be opened, in the system's words: libsql has no more than a number. Null: that is not known. */
export function whyNotOpened(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? null : 'it is no file';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return message;
  }
  try {
    accessSync(dirname(path), constants.W_OK);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Only its owner may read it: it tells of apps, machines and counts. Files that an earlier version made are taken back too. */
export function makePrivate(path: string): void {
  try {
    if (existsSync(path)) {
      if ((statSync(path).mode & 0o777) === MODE_BEFORE) chmodSync(path, MODE);
    } else closeSync(openSync(path, 'wx', MODE));
  } catch {
    // What is wrong shows when it is opened.
  }
}

const MODE = 0o600;
/** One that somebody chose stays. */
const MODE_BEFORE = 0o644;

/** What is wrong with what was written last and is not in the file yet; null: nothing. Nobody may have it open. */
export function logDamageOf(path: string): string | null {
  return withBytes(`${path}-wal`, (log) => logFrames(log).damage);
}

export function hasLog(path: string): boolean {
  return sizeOf(`${path}-wal`) > 0;
}

/** Throws `corrupt` when a file is there, and its header is not that of a file of ours. Nobody may have it open. */
export function checkFile(path: string): void {
  const isThere = existsSync(path);
  const isLogged = hasLog(path);
  if (!isThere && isLogged) throw new DatabaseFailure('corrupt', 'it is gone, and its log is not');
  if (!isThere) return;
  if (!statSync(path).isFile()) throw new DatabaseFailure('unwritable', 'it is no file');
  const why = withBytes(path, (file) => (file === null ? null : faultOf(file, isLogged)));
  if (why !== null) throw new DatabaseFailure('corrupt', why);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What is the same in every file of ours: offset, and the bytes in hex. */
const FIXED: readonly (readonly [number, string])[] = [
  // Reserved space, and shares of a page.
  [20, '00402020'],
  // Format of the schema.
  [44, '00000004'],
  // UTF-8.
  [56, '00000001'],
  // Pages that are free are given back step by step.
  [64, '00000001'],
  [72, '00'.repeat(20)],
];
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** Marks a file as ours, so that no other database is taken for it: "fas1". */
export const APPLICATION_ID = 0x66_61_73_31;
export const NOT_OURS = 'it is not a file of fly-autoscaler';
const NO_DATABASE = 'file is not a database';

function faultOf(file: RawBytes, isLogged: boolean): string | null {
  if (file.length === 0) return 'it is empty';
  const header = Buffer.from(file.read(0, HEADER_BYTES));
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 16) !== MAGIC)
    return NO_DATABASE;
  // Zero: nothing was made in it yet, or it is another's, which shows once it is opened.
  const id = header.readUInt32BE(68);
  if (id === 0) return null;
  if (id !== APPLICATION_ID) return NOT_OURS;
  const [writing, reading] = [header[18], header[19]];
  const isVersion = writing === reading && (writing === 1 || writing === 2);
  const isFixed = FIXED.every(
    ([at, hex]) => header.toString('hex', at, at + hex.length / 2) === hex,
  );
  // Zero would turn off what the one before it says is on.
  if (!isVersion || !isFixed || header.readUInt32BE(52) === 0) return 'its header is damaged';
  const pageBytes = header.readUInt16BE(16);
  if (isLogged || pageBytes === 0) return null;
  // SQLite would refuse a file that is shorter than it says, and write over what is beyond.
  return header.readUInt32BE(28) * pageBytes === file.length
    ? null
    : 'its length is not as it says';
}

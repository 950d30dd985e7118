import { expect, it } from 'vitest';
import { kindOf } from './database.js';

it.each([
  ['SQLITE_BUSY_SNAPSHOT', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_NOTADB', 'corrupt'],
  // READONLY_DIRECTORY, CANTOPEN_DIRTYWAL, IOERR_SHORT_READ, CORRUPT_INDEX, BUSY_TIMEOUT, LOCKED_VTAB
  ['UNKNOWN_SQLITE_ERROR_1544', 'unwritable'],
  ['UNKNOWN_SQLITE_ERROR_1294', 'unwritable'],
  ['UNKNOWN_SQLITE_ERROR_522', 'full'],
  ['UNKNOWN_SQLITE_ERROR_13', 'full'],
  ['UNKNOWN_SQLITE_ERROR_779', 'corrupt'],
  ['UNKNOWN_SQLITE_ERROR_773', 'busy'],
  ['UNKNOWN_SQLITE_ERROR_518', 'busy'],
  ['UNKNOWN_SQLITE_ERROR_19', 'other'],
  ['SQLITE_ERROR', 'other'],
])('%s is a failure of the kind %s', (code, kind) => {
  expect(kindOf(code)).toBe(kind);
});

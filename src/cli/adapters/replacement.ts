/** How a damaged file of a database gives way to a new one: at no moment is there neither of them, whole or not. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import {
  DatabaseFailure,
  type DamagedFile,
  type DatabaseFailureKind,
} from '../../seams/database.js';
import type { LastingOptions } from '../context.js';
import { COMPANIONS, withDamagedFile } from './data-file.js';
import { openForWriting } from './database.js';

const PASSING: ReadonlySet<DatabaseFailureKind> = new Set<DatabaseFailureKind>(['full', 'busy']);

/**
 * Puts a new file with what can still be read of the damaged one in its place; nobody has it open. When it throws, such as
 * for want of room, the damaged one is where it was.
 */
export function replaceDamaged(path: string, why: string, options: LastingOptions): void {
  const fresh = freshOf(path);
  let isWhole: boolean;
  try {
    remove(fresh);
    isWhole = make(fresh, path, options);
  } catch (error) {
    remove(fresh);
    const { kind, message } = asFailure(error);
    const told = `${why}; a new file cannot take its place: ${message}`;
    throw new DatabaseFailure(kind, told, { cause: error });
  }
  const aside = freeName(path, options.now());
  try {
    for (const ending of ['', ...COMPANIONS]) moveIfThere(path + ending, aside + ending);
    renameSync(fresh, path);
  } catch (error) {
    throw asFailure(error);
  }
  options.onMovedAside(aside, why, isWhole);
}

/** Call it before the file is opened: the process may have ended when the damaged one was gone, and the new one not yet there. */
export function finishReplacing(path: string): void {
  const fresh = freshOf(path);
  if (existsSync(path) || !existsSync(fresh)) return;
  for (const ending of COMPANIONS) rmSync(path + ending, { force: true });
  renameSync(fresh, path);
}

function freshOf(path: string): string {
  return `${path}.new`;
}

/** All of it is in the one file once this returns. True: that is all that was in the damaged one. */
function make(fresh: string, damagedPath: string, { setUp, salvage }: LastingOptions): boolean {
  const database = openForWriting(fresh, setUp);
  try {
    const isWhole = takeOver(damagedPath, (damaged) => salvage(damaged, database));
    database.exec('PRAGMA journal_mode = DELETE');
    return isWhole;
  } finally {
    database.close();
  }
}

/** Another time there may be room, or nobody in the way; everything else means that nothing of it can be read. */
function takeOver(path: string, salvage: (damaged: DamagedFile) => boolean): boolean {
  try {
    return withDamagedFile(path, salvage);
  } catch (error) {
    if (error instanceof DatabaseFailure && PASSING.has(error.kind)) throw error;
    return false;
  }
}

function remove(path: string): void {
  for (const ending of ['', ...COMPANIONS]) rmSync(path + ending, { force: true });
}

function moveIfThere(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}

function freeName(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let aside = `${path}.damaged-${stamp}`;
  for (let n = 2; existsSync(aside); n += 1) aside = `${path}.damaged-${stamp}-${n}`;
  return aside;
}

function asFailure(error: unknown): DatabaseFailure {
  if (error instanceof DatabaseFailure) return error;
  return new DatabaseFailure('unwritable', (error as Error).message, { cause: error });
}

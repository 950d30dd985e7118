/** The unix socket on which the commands of this machine speak to the daemon. Only its owner can open it. */
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { AppError } from '../core/model/errors.js';
import { closeServer, createHttpServer, type HttpOptions } from './server.js';

export interface ControlSocket {
  readonly path: string;
  /** As of a server; takes the file away. */
  close(limitMs: number): Promise<void>;
}

/** What systems take, of which macOS takes least. */
const MAX_PATH_BYTES = 103;
/** Begins the name of the folder in which it is made; Node adds six letters. */
const MAKING = '.s-';

/**
 * Takes the place of what a process left that ended without warning. Rejects with `bind-failed` when a living one
 * listens there, or when it cannot be made. `isFolderOurs`: its folder is ours alone, and is made so.
 */
export async function openControlSocket(
  options: HttpOptions & { readonly path: string; readonly isFolderOurs: boolean },
): Promise<ControlSocket> {
  const { path, clock } = options;
  const server = createHttpServer(() => options, 'socket');
  try {
    makeFolder(dirname(path), options.isFolderOurs);
    await refuseTaken(path);
    await listenAt(server, path);
  } catch (error) {
    throw error instanceof AppError ? error : failure(path, codeOf(error), HINT, error);
  }
  const { ino } = statSync(path);
  return {
    path,
    async close(limitMs) {
      // Another process may have taken the place since.
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
      await closeServer(server, clock, limitMs);
    },
  };
}

const HINT =
  'choose another path with FAS_SOCKET, or "off"; the commands cannot be used without it';

function failure(path: string, why: string, hint: string, cause?: unknown): AppError {
  return new AppError('bind-failed', `cannot open the socket ${path}: ${why}`, {
    owner: 'user',
    hint,
    cause,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function makeFolder(folder: string, isOurs: boolean): void {
  if (!isOurs) {
    mkdirSync(folder, { recursive: true });
    return;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const why = whyNotPrivate(folder);
  if (why !== null) throw failure(folder, why, HINT);
}

export const NO_FOLDER = 'its folder does not exist';

/** In a directory that all may write to, somebody else may have made it first. Null: it is this user's alone. */
export function whyNotPrivate(folder: string): string | null {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return NO_FOLDER;
  if (!found.isDirectory()) return 'its folder is none';
  if (found.uid !== process.getuid?.()) return 'its folder is of another user';
  return (found.mode & 0o077) === 0 ? null : 'its folder is open to others';
}

async function refuseTaken(path: string): Promise<void> {
  const making = join(dirname(path), `${MAKING}XXXXXX`, 's');
  if (Math.max(Buffer.byteLength(path), Buffer.byteLength(making)) > MAX_PATH_BYTES) {
    throw failure(path, `the path has more than ${MAX_PATH_BYTES} bytes`, HINT);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw failure(path, 'something else is there', HINT);
  const outcome = await knock(path);
  if (outcome === 'ECONNREFUSED' || outcome === 'ENOENT') return;
  if (outcome !== null) throw failure(path, outcome, HINT);
  throw failure(path, 'another autoscaler listens there', 'give each its own path with FAS_SOCKET');
}

/** Null: somebody answers. */
function knock(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', (error) => resolve(codeOf(error)));
  });
}

/** It is made in a folder that only we can enter, and moved when its mode is right: at no moment can others open it. */
async function listenAt(server: Server, path: string): Promise<void> {
  const folder = mkdtempSync(join(dirname(path), MAKING));
  try {
    const place = join(folder, 's');
    const listening = once(server, 'listening');
    server.listen({ path: place });
    await listening;
    chmodSync(place, 0o600);
    renameSync(place, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

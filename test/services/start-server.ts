/** Starts real servers for tests: on loopback, on free ports, with their data in a temporary folder, ended by process id. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningServer {
  readonly pid: number;
  /** What it wrote so far, both streams. */
  output(): string;
  /** Ends the process and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ServerRecipe {
  readonly command: string;
  /** `folder` is temporary and the server's own. */
  readonly args: (folder: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before the start, to write files into the folder. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Tried until it is true; what it throws counts as not yet. */
  readonly isReady: (output: string) => Promise<boolean> | boolean;
  /** The account that it runs as when the tests run as root; it owns the folder. Unset: the account of the tests. */
  readonly account?: Account;
  /** How long a start may take. Default 120 s: a busy machine is no failure. */
  readonly startLimitMs?: number;
}

/** Of a process; empty: that of the tests. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** Some servers refuse to run as root: what to give `spawn`, and who must own their files. */
export function accountOf(name: string): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string): number =>
    Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

const POLL_MS = 20;
/** How long a server may take to end by itself before it is killed. */
const STOP_LIMIT_MS = 5_000;

const running = new Set<ChildProcess>();
// A test run that is ended in the middle must not leave servers behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Resolves when the server is ready; rejects with its output when it ends before or takes too long. */
export async function startServer(recipe: ServerRecipe): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), `${recipe.command.replace(/\W+/g, '-')}-`));
  const { uid, gid } = recipe.account ?? {};
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  await recipe.prepare?.(folder);
  const child = spawn(commandPath(recipe.command) ?? recipe.command, recipe.args(folder), {
    cwd: folder,
    ...recipe.account,
    env: { ...process.env, ...recipe.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const spawnErrors: Error[] = [];
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-100_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => spawnErrors.push(error));
  running.add(child);
  const stop = async (): Promise<void> => {
    running.delete(child);
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  const until = Date.now() + (recipe.startLimitMs ?? 120_000);
  for (;;) {
    if (spawnErrors.length > 0 || hasEnded(child) || Date.now() > until) {
      await stop();
      throw new Error(`${recipe.command} did not start: ${spawnErrors[0]?.message ?? output}`);
    }
    if (await isTrue(() => recipe.isReady(output))) break;
    await sleep(POLL_MS);
  }
  return { pid: child.pid!, output: () => output, stop };
}

/** Whether the command can be run, or the path is there, so that a test can be skipped with a reason. */
export function isInstalled(command: string): boolean {
  if (command.includes('/')) return existsSync(command);
  return commandPath(command) !== null;
}

/** Where the command is; null when it is not installed. */
export function commandPath(command: string): string | null {
  const paths = searchFolders().map((folder) => join(folder, command));
  return paths.find(isExecutable) ?? null;
}

/** Servers are often not on the PATH; Debian keeps those of PostgreSQL apart by version. */
function searchFolders(): readonly string[] {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    ...versions.map((version) => join(root, version, 'bin')),
  ];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Waits for a condition, not for a time; rejects after a generous limit. */
export async function eventually(
  condition: () => Promise<boolean> | boolean,
  what: string,
  limitMs = 120_000,
): Promise<void> {
  const until = Date.now() + limitMs;
  while (!(await isTrue(condition))) {
    if (Date.now() > until) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}

async function isTrue(condition: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await condition();
  } catch {
    return false;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

/** The built program as a process, as a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProgram {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** The log lines so far that are JSON. */
  logs(): readonly Readonly<Record<string, unknown>>[];
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<Exit>;
  hasEnded(): boolean;
}

/** Starts `node dist/cli/main.js ...args` with these environment variables and no others but PATH. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  uid?: number,
): RunningProgram {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const ended = exitOf(child).finally(() => process.removeListener('exit', killAtExit));
  return {
    pid: child.pid!,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    logs: () => output.stderr.split('\n').flatMap(parseLog),
    signal: (name) => void child.kill(name),
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  };
}

/** Runs it to its end, as another user if told so. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  uid?: number,
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const program = startProgram(args, env, uid);
  const exit = await program.ended;
  return { ...exit, stdout: program.stdout(), stderr: program.stderr() };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // `close` comes after the last byte of output.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function parseLog(line: string): Readonly<Record<string, unknown>>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}

#!/usr/bin/env node
/** The process: real time, sockets, files and signals behind what commands need. */
import { readdirSync, readFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import type { CliContext, StopSignal, TerminalOutput } from './context.js';
import { oldNodeText } from './node-version.js';

// Before all else: an old Node cannot even load the rest, and says so in its own words.
const oldNode = oldNodeText(process.versions.node);
if (oldNode !== null) {
  process.stderr.write(`${oldNode}\n`);
  process.exit(1);
}
const { collectorDefinitions } = await import('../collectors/registry.js');
const { logDestination } = await import('../record/log/logger.js');
const { systemClock } = await import('./adapters/clock.js');
const { pacedClock } = await import('./adapters/paced-clock.js');
const { connectHttp } = await import('./adapters/http.js');
const { dataFiles } = await import('./adapters/lasting-database.js');
const { systemRandom } = await import('./adapters/random.js');
const { EXIT_ERROR, EXIT_OK } = await import('./failure.js');
const { keysIn } = await import('./keys.js');
const { runCli } = await import('./program.js');

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** For the last lines; Fly kills 5 s after its signal, of which ending takes 3.7 at most. */
const LAST_LINES_MS = 1000;

const CTRL_C = '\u0003';

const stderr = logDestination();

const stdout: TerminalOutput = {
  write: (text) => void process.stdout.write(text),
  // A dumb terminal shows what moves the cursor as text.
  isTerminal: process.stdout.isTTY && process.env['TERM'] !== 'dumb',
  size: () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }),
  onResize(listener) {
    process.stdout.on('resize', listener);
    return () => void process.stdout.off('resize', listener);
  },
  onKey(listener) {
    const { stdin } = process;
    if (!stdin.isTTY) return null;
    const hear = (data: Buffer): void => {
      for (const key of keysIn(data.toString('utf8'))) {
        // A terminal that sends keys one by one makes no signal of it.
        if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
        else listener(key);
      }
    };
    stdin.setRawMode(true);
    stdin.on('data', hear);
    return () => {
      stdin.off('data', hear);
      stdin.setRawMode(false);
      stdin.pause();
    };
  },
};

const context: CliContext = {
  version: packageVersion(),
  env: process.env,
  stdout,
  stderr,
  readFile: (path) => readFileSync(path, 'utf8'),
  listFolder: namesIn,
  user: process.getuid === undefined ? null : { id: process.getuid(), temporaryFolder: tmpdir() },
  files: dataFiles,
  clock: systemClock(),
  fastClock: (speed) => systemClock({ speed }),
  pacedClock,
  random: systemRandom(),
  connect: connectHttp,
  collectors: collectorDefinitions,
  onSignal(listener) {
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
  onHangUp(listener) {
    process.on('SIGHUP', listener);
    return () => void process.off('SIGHUP', listener);
  },
  exit(code) {
    stderr.flushSync();
    process.exit(code);
  },
  instanceName: process.env['FLY_MACHINE_ID'] ?? `${hostname()}/${process.pid}`,
};

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

// `fly-autoscaler eval --all | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  stderr.write(`ERROR: standard output cannot be written: ${error.message}\n`);
  context.exit(EXIT_ERROR);
});

const exitCode = await runCli(process.argv.slice(2), context);
// What is still open, such as a request that hangs or a reader that is stuck, must not hold the process up.
const end = (): void => context.exit(exitCode);
process.stdout.write('', () => {
  void stderr.flush().then(end);
  void context.clock.sleep(LAST_LINES_MS).then(end);
});

/** A data directory that `serve` writes: twenty minutes of two simulated apps, with something to explain at 02:14. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { localEnv } from '../cli/local-fly.js';
import { runCli } from '../cli/program.js';
import { createSimulator, type Simulator } from '../simulator/index.js';
import { aCliContext } from './cli-context.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';

const START = Date.parse('2026-06-01T02:00:00Z');
const MINUTE_MS = 60_000;

export interface RecordedFleet {
  readonly dataDir: string;
  readonly clock: FakeClock;
  readonly simulator: Simulator;
  /** What `serve` is told. */
  readonly env: Readonly<Record<string, string>>;
  /** What it logged so far. */
  readonly log: () => string;
  /** Runs a command beside it. */
  readonly ask: (args: readonly string[], options?: AskOptions) => Promise<Answer>;
  /** Ends `serve`; resolves with its exit code. */
  readonly stop: () => Promise<number>;
}

export interface AskOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Of a terminal; default: a pipe. */
  readonly columns?: number;
  readonly version?: string;
}

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** At 02:14 the load of my-app-17 goes from 3 machines' worth to 9; it is 02:20 now, and `serve` still runs. */
export async function aRecordedFleet(): Promise<RecordedFleet> {
  const dir = mkdtempSync(path.join(tmpdir(), 'fas-recorded-'));
  const dataDir = path.join(dir, 'data');
  const clock = createFakeClock({ startMs: START });
  const simulator = createSimulator({ clock, seed: 1 });
  const put = (app: string, machines: number, level: number): void => {
    simulator.world.addApp(app, { machines });
    simulator.world.setLoad(app, 'connection_count', { kind: 'flat', level });
  };
  put('my-app-1', 1, 20);
  put('my-app-17', 3, 15);
  const fly = { url: 'http://fly.test', prometheusUrl: 'http://fly.test/prometheus/my-org' };
  const env = {
    ...localEnv({ ...fly, close: async () => undefined }, 'my-org'),
    FAS_DATA_DIR: dataDir,
    FAS_LISTEN: '127.0.0.1:0',
  };
  const serving = aCliContext({ env, handle: simulator.handle, clock });
  const ended = runCli(['serve'], serving.context);
  await clock.advance(14 * MINUTE_MS);
  simulator.world.setLoad('my-app-17', 'connection_count', { kind: 'flat', level: 43 });
  await clock.advance(6 * MINUTE_MS);
  return {
    dataDir,
    clock,
    simulator,
    env,
    log: () => serving.err(),
    async ask(args, { env: more = {}, files, columns, version } = {}) {
      const { context, out, err } = aCliContext({
        env: { FAS_DATA_DIR: dataDir, ...more },
        clock,
        ...(files && { files }),
        ...(columns && { terminal: { columns, rows: 24 } }),
      });
      const own = version === undefined ? context : { ...context, version };
      const code = await clock.runUntil(runCli(args, own));
      return { code, out: out(), err: err() };
    },
    async stop() {
      serving.send('SIGTERM');
      const code = await clock.runUntil(ended);
      rmSync(dir, { recursive: true });
      return code;
    },
  };
}

/** A process for commands under test: fake time, no sockets but the command's own, everything written kept. */
import { seededRandom } from '../seams/clock.js';
import { dataFiles } from '../cli/adapters/lasting-database.js';
import type { CliContext, StopSignal } from '../cli/context.js';
import { collectorDefinitions } from '../collectors/registry.js';
import type { HttpClient } from '../seams/http.js';
import { HttpFailure } from '../seams/http.js';
import { T0 } from './builders.js';
import { createFakeClock } from './fake-clock.js';

export function aCliContext(
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    /** Answers every request; default: nobody listens. */
    readonly handle?: HttpClient;
    readonly clock?: ReturnType<typeof createFakeClock>;
    readonly folders?: Readonly<Record<string, readonly string[]>>;
    /** Default: none, and so no socket. */
    readonly user?: CliContext['user'];
    readonly terminal?: { columns: number; rows: number };
  } = {},
) {
  const clock = options.clock ?? createFakeClock({ startMs: T0 });
  const out: string[] = [];
  const err: string[] = [];
  const exits: number[] = [];
  const listeners = new Set<(signal: StopSignal) => void>();
  const hangUpListeners = new Set<() => void>();
  const resizeListeners = new Set<() => void>();
  const keyListeners = new Set<(key: string) => void>();
  const refuse: HttpClient = () => Promise.reject(new HttpFailure('refused', 'refused'));
  const context: CliContext = {
    version: '1.2.3',
    env: options.env ?? {},
    stdout: {
      write: (text) => void out.push(text),
      isTerminal: options.terminal !== undefined,
      size: () => options.terminal ?? { columns: 80, rows: 24 },
      onResize(listener) {
        resizeListeners.add(listener);
        return () => void resizeListeners.delete(listener);
      },
      onKey(listener) {
        keyListeners.add(listener);
        return () => void keyListeners.delete(listener);
      },
    },
    stderr: { write: (text) => void err.push(text) },
    readFile(path) {
      const text = options.files?.[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
    listFolder: (path) => options.folders?.[path] ?? [],
    user: options.user ?? null,
    files: dataFiles,
    clock,
    fastClock: () => clock,
    pacedClock: () => clock,
    random: seededRandom(1),
    connect: () => ({ request: options.handle ?? refuse, close: () => Promise.resolve() }),
    collectors: collectorDefinitions,
    onSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onHangUp(listener) {
      hangUpListeners.add(listener);
      return () => void hangUpListeners.delete(listener);
    },
    exit: (code) => void exits.push(code),
    instanceName: 'test',
  };
  return {
    context,
    clock,
    out: () => out.join(''),
    err: () => err.join(''),
    exits,
    send: (signal: StopSignal) => [...listeners].forEach((listener) => listener(signal)),
    hangUp: () => [...hangUpListeners].forEach((listener) => listener()),
    press: (key: string) => [...keyListeners].forEach((listener) => listener(key)),
    resize: () => [...resizeListeners].forEach((listener) => listener()),
    /** How many listen to what. */
    listening: () => ({
      signals: listeners.size,
      resizes: resizeListeners.size,
      keys: keyListeners.size,
      hangUps: hangUpListeners.size,
    }),
  };
}

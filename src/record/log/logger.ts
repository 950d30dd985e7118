import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Clock } from '../../seams/clock.js';

export type Logger = Pick<
  PinoLogger,
  'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled' | 'level'
>;

/**
 * JSON lines with `level` as a word, `time` in ISO 8601 (UTC) and `msg`; every message is a constant,
 * what varies is in fields. Verbose shows the passes that found nothing to do.
 */
export function createLogger(options: {
  readonly clock: Clock;
  readonly isVerbose: boolean;
  readonly destination: DestinationStream;
}): Logger {
  return pino(
    {
      level: levelFor(options.isVerbose),
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination,
  );
}

/** Verbose shows the passes that found nothing to do. */
export function levelFor(isVerbose: boolean): 'debug' | 'info' {
  return isVerbose ? 'debug' : 'info';
}

/** A reader that is stuck for longer loses lines: the loop neither waits for it nor keeps them for ever. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

export interface LogDestination extends DestinationStream {
  /** Writes what waits, at once; it may come before a line that is being written. */
  flushSync(): void;
  /** Resolves when all lines so far are written, in their order, or cannot be. */
  flush(): Promise<void>;
}

/** A file descriptor, standard error by default, that is written without blocking the loop. */
export function logDestination(descriptor = 2): LogDestination {
  // With no least length, which one byte is as well, a flush does not wait for a line that is being written.
  const lengths = { minLength: 1, maxLength: MOST_WAITING_BYTES };
  const stream = pino.destination({ dest: descriptor, sync: false, ...lengths });
  return {
    write: (line: string) => void stream.write(line),
    flushSync: () => stream.flushSync(),
    flush: () => new Promise((resolve) => stream.flush(() => resolve())),
  };
}

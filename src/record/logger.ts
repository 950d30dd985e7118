import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Clock } from '../clock.js';

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

/** Standard error without blocking the loop on a slow reader; `flush` before the process ends. */
export function stderrDestination(): DestinationStream & { flush(): void } {
  const stream = pino.destination({ dest: 2, sync: false });
  return {
    write: (line: string) => void stream.write(line),
    flush: () => stream.flushSync(),
  };
}

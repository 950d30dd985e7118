/** Two lines for an outage of a source, one when it begins and one when it is over, however many apps it reaches. */
import type { Clock } from '../clock.js';
import type { SourceEvent } from '../ports.js';
import type { Logger } from './logger.js';

/** A source that comes and goes is told of once in so long. */
const QUIET_MS = 60_000;

interface Outage {
  readonly event: SourceEvent;
  readonly sinceMs: number;
  isTold: boolean;
}

export interface SourceLog {
  /** `isTold`: some other line has told of this outage already. */
  changed(event: SourceEvent, isTold: boolean): void;
  isDown(metric: string): boolean;
  /** Tells what has been held back; call it regularly. */
  tick(): void;
}

export function createSourceLog(log: Logger, clock: Clock): SourceLog {
  const outages = new Map<string, Outage>();
  /** Metric -> when it was last told to be back. */
  const backAtMs = new Map<string, number>();

  const tell = (outage: Outage): void => {
    const { metric, type, failure } = outage.event;
    outage.isTold = true;
    log.warn(
      { metric, type, code: failure?.code, detail: failure?.message },
      'metric source is down; apps that use it hold still',
    );
  };
  const mayTell = ({ event: { metric } }: Outage): boolean => {
    const lastMs = backAtMs.get(metric) ?? Number.NEGATIVE_INFINITY;
    return clock.elapsedMs() - lastMs >= QUIET_MS;
  };

  return {
    changed(event, isTold) {
      const { metric, type, state } = event;
      const known = outages.get(metric);
      if (state !== 'up') {
        if (known !== undefined) return;
        const outage = { event, sinceMs: clock.elapsedMs(), isTold };
        outages.set(metric, outage);
        if (!isTold && mayTell(outage)) tell(outage);
        return;
      }
      outages.delete(metric);
      if (known?.isTold !== true) return;
      const seconds = Math.round((clock.elapsedMs() - known.sinceMs) / 1000);
      backAtMs.set(metric, clock.elapsedMs());
      log.info({ metric, type, seconds }, 'metric source is back');
    },
    isDown: (metric) => outages.has(metric),
    tick() {
      for (const outage of outages.values()) if (!outage.isTold && mayTell(outage)) tell(outage);
    },
  };
}

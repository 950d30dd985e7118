/** Two lines for an outage of a source, one when it begins and one when it is over, however many apps it reaches. */
import type { Clock } from '../clock.js';
import { ownCollectorKey } from '../core/policy.js';
import type { SourceEvent } from '../ports.js';
import type { Logger } from './logger.js';

/** A source that comes and goes is told of once in so long. */
const QUIET_MS = 60_000;

interface Outage {
  readonly event: SourceEvent;
  readonly sinceMs: number;
  isTold: boolean;
}

/** The key of the collector that it is about. */
export function sourceKey({ metric, policy }: SourceEvent): string {
  return policy === undefined ? metric : ownCollectorKey(policy, metric);
}

export interface SourceLog {
  /** `isTold`: some other line has told of this outage already. */
  changed(event: SourceEvent, isTold: boolean): void;
  /** By the key of the collector. */
  isDown(key: string): boolean;
  /** Those of other collectors are gone, and their outages with them. */
  keep(keys: readonly string[]): void;
  /** Tells what has been held back; call it regularly. */
  tick(): void;
}

export function createSourceLog(log: Logger, clock: Clock): SourceLog {
  const outages = new Map<string, Outage>();
  /** Key of a collector -> when it was last told to be back. */
  const backAtMs = new Map<string, number>();

  const tell = (outage: Outage): void => {
    const { metric, policy, type, failure } = outage.event;
    outage.isTold = true;
    log.warn(
      { metric, policy, type, code: failure?.code, detail: failure?.message },
      'metric source is down; apps that use it hold still',
    );
  };
  const mayTell = ({ event }: Outage): boolean => {
    const lastMs = backAtMs.get(sourceKey(event)) ?? Number.NEGATIVE_INFINITY;
    return clock.elapsedMs() - lastMs >= QUIET_MS;
  };

  return {
    changed(event, isTold) {
      const { metric, policy, type, state } = event;
      const key = sourceKey(event);
      const known = outages.get(key);
      if (state !== 'up') {
        if (known !== undefined) return;
        const outage = { event, sinceMs: clock.elapsedMs(), isTold };
        outages.set(key, outage);
        if (!isTold && mayTell(outage)) tell(outage);
        return;
      }
      outages.delete(key);
      if (known?.isTold !== true) return;
      const seconds = Math.round((clock.elapsedMs() - known.sinceMs) / 1000);
      backAtMs.set(key, clock.elapsedMs());
      log.info({ metric, policy, type, seconds }, 'metric source is back');
    },
    isDown: (key) => outages.has(key),
    keep(keys) {
      for (const key of outages.keys()) if (!keys.includes(key)) outages.delete(key);
    },
    tick() {
      for (const outage of outages.values()) if (!outage.isTold && mayTell(outage)) tell(outage);
    },
  };
}

/** What is told of an outage of a source: its begin, that it goes on, and its end, however many apps it reaches. */
import type { Clock } from '../../seams/clock.js';
import { collectorKey, ownCollectorKey } from '../../core/model/policy.js';
import type { Logger } from './logger.js';
import type { PassReport, SourceEvent } from '../../seams/events.js';

/** A source that comes and goes is told of once in so long. */
const QUIET_MS = 60_000;
/** By then most apps have had a pass, so that the number of those that are held can be believed. */
const FIRST_REMINDER_MS = 60_000;
const REMIND_AFTER_MS = 10 * 60_000;
const EXAMPLES = 5;

interface Outage {
  readonly event: SourceEvent;
  readonly sinceMs: number;
  /** Apps whose newest pass heard of it. */
  readonly apps: Set<string>;
  /** The most at one time. */
  mostApps: number;
  /** The newest that the source, or an app's pass, said of it. */
  failure: SourceEvent['failure'];
  isTold: boolean;
  remindAtMs: number;
}

/** The key of the collector that it is about. */
export function sourceKey({ metric, policy }: SourceEvent): string {
  return policy === undefined ? metric : ownCollectorKey(policy, metric);
}

export interface SourceLog {
  /** `apps`: those that said already that the source fails them. */
  changed(event: SourceEvent, apps: readonly string[]): void;
  pass(report: PassReport): void;
  /** The app left. */
  forget(app: string): void;
  /** By the key of the collector. */
  isDown(key: string): boolean;
  /** Those of other collectors are gone, and their outages with them. */
  keep(keys: readonly string[]): void;
  /** Tells what has been held back, and what goes on; call it regularly. */
  tick(): void;
}

export function createSourceLog(log: Logger, clock: Clock): SourceLog {
  const outages = new Map<string, Outage>();
  /** Key of a collector -> when it was last told to be back. */
  const backAtMs = new Map<string, number>();

  const fieldsOf = ({ event, failure }: Outage): object => {
    const { metric, policy, type } = event;
    return { metric, policy, type, code: failure?.code, detail: failure?.message };
  };
  const begin = (outage: Outage): void => {
    outage.isTold = true;
    log.warn(fieldsOf(outage), 'metric source is down; apps that use it hold still');
  };
  const remind = (outage: Outage): void => {
    outage.remindAtMs = clock.elapsedMs() + REMIND_AFTER_MS;
    const { apps, sinceMs } = outage;
    log.warn(
      {
        ...fieldsOf(outage),
        apps: apps.size,
        examples: [...apps].slice(0, EXAMPLES),
        since: instantOf(clock, sinceMs),
        seconds: secondsSince(clock, sinceMs),
      },
      'metric source is still down',
    );
  };
  const mayTell = ({ event }: Outage): boolean => {
    const lastMs = backAtMs.get(sourceKey(event)) ?? Number.NEGATIVE_INFINITY;
    return clock.elapsedMs() - lastMs >= QUIET_MS;
  };

  return {
    changed(event, apps) {
      const key = sourceKey(event);
      const known = outages.get(key);
      if (event.state !== 'up') {
        const outage = known ?? newOutage(event, clock.elapsedMs());
        outage.failure = event.failure ?? outage.failure;
        for (const app of apps) hold(outage, app);
        outages.set(key, outage);
        if (known === undefined && mayTell(outage)) begin(outage);
        return;
      }
      outages.delete(key);
      if (known?.isTold !== true) return;
      const { metric, policy, type } = event;
      backAtMs.set(key, clock.elapsedMs());
      const seconds = secondsSince(clock, known.sinceMs);
      log.info({ metric, policy, type, apps: known.mostApps, seconds }, 'metric source is back');
    },
    pass({ app, policy, samples }) {
      if (outages.size === 0) return;
      for (const [metric, sample] of samples) {
        const outage = outages.get(collectorKey(policy, metric));
        if (outage === undefined) continue;
        if (sample.kind === 'error') {
          hold(outage, app);
          outage.failure = { code: sample.code, message: sample.message };
        } else outage.apps.delete(app);
      }
    },
    forget(app) {
      for (const { apps } of outages.values()) apps.delete(app);
    },
    isDown: (key) => outages.has(key),
    keep(keys) {
      for (const key of outages.keys()) if (!keys.includes(key)) outages.delete(key);
    },
    tick() {
      for (const outage of outages.values()) {
        if (!outage.isTold) {
          if (mayTell(outage)) begin(outage);
        } else if (clock.elapsedMs() >= outage.remindAtMs) remind(outage);
      }
    },
  };
}

function newOutage(event: SourceEvent, nowMs: number): Outage {
  return {
    event,
    sinceMs: nowMs,
    apps: new Set(),
    mostApps: 0,
    failure: event.failure,
    isTold: false,
    remindAtMs: nowMs + FIRST_REMINDER_MS,
  };
}

function hold(outage: Outage, app: string): void {
  outage.apps.add(app);
  outage.mostApps = Math.max(outage.mostApps, outage.apps.size);
}

function secondsSince(clock: Clock, sinceMs: number): number {
  return Math.round((clock.elapsedMs() - sinceMs) / 1000);
}

function instantOf(clock: Clock, elapsedMs: number): string {
  return new Date(clock.now() - (clock.elapsedMs() - elapsedMs)).toISOString();
}

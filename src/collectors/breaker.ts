/** Leaves a source alone that is down, and finds out when it is back. */
import type { Clock } from '../clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { Sample } from '../core/sample.js';

/** Collections that fail whole before the source is left alone. */
const FAILURES_TO_OPEN = 3;
const FIRST_REST_MS = 15_000;
const MAX_REST_MS = 60_000;

type Failure = Extract<Sample, { kind: 'error' }>;

/** What a source says that is down, or that wants to be left alone; a wrong query is neither. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'source-unreachable',
  'source-unavailable',
  'source-timeout',
  'source-unauthorized',
  'source-rate-limited',
]);

export function isOutage(sample: Sample): boolean {
  return sample.kind === 'error' && OUTAGES.has(sample.code);
}

export interface Breaker {
  /** `ask`: as usual. `probe`: one app first. `rest`: nobody. A probe is handed out once. */
  next(): 'ask' | 'probe' | 'rest';
  /** A sample arrived: one that is no outage means that the source is up. */
  heard(sample: Sample): void;
  /** A collection, or a probe, gave nothing but outages. */
  failed(): void;
  /** What an app hears that is not asked for. */
  resting(): Sample;
}

export function createBreaker(clock: Clock): Breaker {
  let failures = 0;
  let latest: Failure | null = null;
  let failingSinceMs = 0;
  let restMs = 0;
  let restsUntilMs = 0;
  const rest = (): void => {
    restMs = restMs === 0 ? FIRST_REST_MS : Math.min(restMs * 2, MAX_REST_MS);
    restsUntilMs = clock.elapsedMs() + restMs;
  };

  return {
    next() {
      if (restMs === 0) return 'ask';
      if (clock.elapsedMs() < restsUntilMs) return 'rest';
      // Collections that begin before the probe has ended are to rest.
      restsUntilMs = clock.elapsedMs() + restMs;
      return 'probe';
    },
    heard(sample) {
      if (sample.kind === 'error' && isOutage(sample)) {
        latest = sample;
        return;
      }
      failures = 0;
      restMs = 0;
      latest = null;
    },
    failed() {
      if (failures === 0) failingSinceMs = clock.elapsedMs();
      failures += 1;
      if (failures >= FAILURES_TO_OPEN) rest();
    },
    resting() {
      const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));
      const nowMs = clock.elapsedMs();
      const since = `failing for ${seconds(nowMs - failingSinceMs)}s`;
      const until = `asked again in ${seconds(restsUntilMs - nowMs)}s`;
      return {
        kind: 'error',
        code: latest?.code ?? 'source-unavailable',
        message: `${latest?.message ?? 'the source is down'} (${since}, ${until})`,
        atMs: clock.now(),
      };
    },
  };
}

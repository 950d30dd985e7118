/** Leaves a source alone that is down, and finds out soon when it is back. */
import type { Clock } from '../clock.js';
import type { ErrorCode } from '../core/errors.js';
import { messageWhileDown, type Sample } from '../core/sample.js';
import type { SourceEvent, SourceState } from '../ports.js';

/** Collections that fail whole before the source is left alone. */
const FAILURES_TO_OPEN = 3;
/** From the start of one probe to the next. It never grows: a probe is one app, or one question, and a fleet that waits for a source that is back is worse. */
const REST_MS = 15_000;
/** Collections come with the ticks of the loop, which are often as far apart; one after a late one is a little early. */
const EARLY_MS = 1000;

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
  /** `ask`: as usual. `probe`: one app first, or what is one question. `rest`: nobody. A probe is handed out once. */
  next(): 'ask' | 'probe' | 'rest';
  /** A sample arrived: one that is no outage means that the source is up. */
  heard(sample: Sample): void;
  /** A collection, or a probe, begins; to be called when it gave nothing but outages. */
  begin(): () => void;
  /** What an app hears that is not asked for. */
  resting(): Sample;
}

/** `onChange` hears of each state that differs from the one before. */
export function createBreaker(
  clock: Clock,
  onChange: (state: SourceState, failure: SourceEvent['failure']) => void,
): Breaker {
  let state: SourceState | null = null;
  let failures = 0;
  /** Samples heard that were no outage. */
  let answers = 0;
  let latest: Failure | null = null;
  let failingSinceMs = 0;
  let restsUntilMs = 0;
  const become = (next: SourceState): void => {
    if (next === state) return;
    state = next;
    onChange(next, latest === null ? null : { code: latest.code, message: latest.message });
  };

  return {
    next() {
      if (state !== 'resting') return 'ask';
      const nowMs = clock.elapsedMs();
      if (nowMs < restsUntilMs - EARLY_MS) return 'rest';
      // Collections that begin before the probe has ended are to rest.
      restsUntilMs = nowMs + REST_MS;
      return 'probe';
    },
    heard(sample) {
      if (sample.kind === 'error' && isOutage(sample)) {
        latest = sample;
        return;
      }
      answers += 1;
      failures = 0;
      latest = null;
      become('up');
    },
    begin() {
      const startedAtMs = clock.elapsedMs();
      const answersBefore = answers;
      return () => {
        // Collections for other apps run beside it: a source that answered them meanwhile is up.
        if (answers !== answersBefore) return;
        if (failures === 0) failingSinceMs = startedAtMs;
        failures += 1;
        if (failures >= FAILURES_TO_OPEN) restsUntilMs = startedAtMs + REST_MS;
        become(failures >= FAILURES_TO_OPEN ? 'resting' : 'failing');
      };
    },
    resting() {
      const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));
      const nowMs = clock.elapsedMs();
      return {
        kind: 'error',
        code: latest?.code ?? 'source-unavailable',
        message: messageWhileDown(
          latest?.message ?? 'the source is down',
          seconds(nowMs - failingSinceMs),
          seconds(restsUntilMs - nowMs),
        ),
        atMs: clock.now(),
      };
    },
  };
}

/** Leaves a source alone that is down, and finds out soon when it is back. */
import type { Clock } from '../../../seams/clock.js';
import type { ErrorCode } from '../../../core/model/errors.js';
import { messageWhileDown, type Sample } from '../../../core/model/sample.js';
import type { SourceEvent, SourceState } from '../../../seams/events.js';

/** Collections that fail whole before the source is left alone. */
const FAILURES_TO_OPEN = 3;
/** From the start of one probe to the next where no interval is known. */
const DEFAULT_REST_MS = 15_000;
/** Collections come with the ticks of the loop; one after a late one is a little early: so much of the rest, and at most. */
const EARLY = { share: 0.25, mostMs: 1000 };
/** A source that wants to be left alone for longer is asked again all the same. */
const LONGEST_WAIT_MS = 60_000;

type Failure = Extract<Sample, { kind: 'error' }>;

/** What is heard of a source that is down, or that wants to be left alone, half bodies and a gateway's pages among it; a wrong query is neither. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'source-unreachable',
  'source-unavailable',
  'source-timeout',
  'source-unauthorized',
  'source-rate-limited',
  'source-bad-answer',
]);

export function isOutage(sample: Sample): boolean {
  return sample.kind === 'error' && OUTAGES.has(sample.code);
}

export interface Breaker {
  /** `ask`: as usual. `probe`: one app first, or what is one question. `rest`: nobody. A probe is handed out once. */
  next(): 'ask' | 'probe' | 'rest';
  /** A sample arrived: one that is no outage means that the source is up. */
  heard(sample: Sample): void;
  /** The source said how long it wants to be left alone (Retry-After). It is, if it answers nobody meanwhile: a minute at most. */
  askedToWait(ms: number): void;
  /** A collection, or a probe, begins; to be called when it gave nothing but outages. `wasCut`: it was given up as hopeless. */
  begin(): (wasCut?: boolean) => void;
  /** What an app hears that is not asked for. */
  resting(): Sample;
}

/**
 * `restMs`: from the start of one probe to the next, the interval of the collections. It never grows: a probe is one app,
 * or one question, and a fleet that waits for a source that is back is worse.
 * `onChange` hears of each state that differs from the one before.
 */
export function createBreaker(
  { clock, restMs = DEFAULT_REST_MS }: { readonly clock: Clock; readonly restMs?: number },
  onChange: (state: SourceState, failure: SourceEvent['failure']) => void,
): Breaker {
  const earlyMs = Math.min(EARLY.mostMs, restMs * EARLY.share);
  let state: SourceState | null = null;
  let failures = 0;
  /** Samples heard that were no outage. */
  let answers = 0;
  let latest: Failure | null = null;
  let failingSinceMs = 0;
  let restsUntilMs = 0;
  /** Until then the source wants to be left alone. */
  let waitsUntilMs = 0;
  const become = (next: SourceState): void => {
    if (next === state) return;
    state = next;
    onChange(next, latest === null ? null : { code: latest.code, message: latest.message });
  };

  return {
    next() {
      if (state !== 'resting') return 'ask';
      const nowMs = clock.elapsedMs();
      if (nowMs < restsUntilMs - earlyMs) return 'rest';
      // Collections that begin before the next probe is due are to rest.
      restsUntilMs = nowMs + restMs;
      return 'probe';
    },
    heard(sample) {
      if (sample.kind === 'error' && isOutage(sample)) {
        latest = sample;
        return;
      }
      answers += 1;
      failures = 0;
      waitsUntilMs = 0;
      latest = null;
      become('up');
    },
    askedToWait(ms) {
      const untilMs = clock.elapsedMs() + Math.min(ms, LONGEST_WAIT_MS);
      waitsUntilMs = Math.max(waitsUntilMs, untilMs);
    },
    begin() {
      const startedAtMs = clock.elapsedMs();
      const answersBefore = answers;
      return (wasCut = false) => {
        // Collections for other apps run beside it: a source that answered them meanwhile is up.
        if (answers !== answersBefore) return;
        if (failures === 0) failingSinceMs = startedAtMs;
        failures += 1;
        // Of two probes on their way the later one says when the next is due.
        const isWaiting = waitsUntilMs > clock.elapsedMs();
        const isResting =
          state === 'resting' || wasCut || isWaiting || failures >= FAILURES_TO_OPEN;
        if (isResting) restsUntilMs = Math.max(restsUntilMs, startedAtMs + restMs, waitsUntilMs);
        become(isResting ? 'resting' : 'failing');
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

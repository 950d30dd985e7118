/** Asks a source that may hang: it is given up when it is silent for much longer than it ever was, and not only at the deadline. */
import { setMaxListeners } from 'node:events';
import { abortable, DeadlineExceeded, type Clock } from '../../../seams/clock.js';
import { formatDurationMs } from '../../../core/time/duration.js';
import type { Sample } from '../../../core/model/sample.js';
import { isOutage, type Breaker } from './breaker.js';
import { Waiting, type Emit } from './collection.js';
import type { Patience } from './patience.js';
import { errorSample } from '../samples/samples.js';
import type { Collector } from '../../../seams/collector.js';

export interface AskingOptions {
  readonly collector: Collector;
  readonly breaker: Breaker;
  readonly clock: Clock;
  /** Null: nothing but the collector's own deadline ends a collection. */
  readonly patience: Patience | null;
}

export interface Asking {
  /** Resolves to whether the source has answered. `isPatient`: only its own deadline ends it. Rejects with the signal's reason. */
  readonly ask: (
    apps: readonly string[],
    emit: Emit,
    signal: AbortSignal,
    options?: { readonly isPatient?: boolean },
  ) => Promise<boolean>;
}

/** A timer that is later by more than that tells of a process that stood still, not of a source. */
const LATE_MS = 250;
/** All apps have heard: whatever is still asked for need not be answered. */
const ANSWERED = new Error('all apps have been answered');

export function createAsking({ collector, breaker, clock, patience }: AskingOptions): Asking {
  return {
    async ask(apps, emit, signal, { isPatient = false } = {}) {
      const failed = breaker.begin();
      patience?.began();
      const waiting = new Waiting(apps);
      const beganAtMs = clock.elapsedMs();
      const cut = new AbortController();
      const over = new AbortController();
      let isUp = false;
      const hear =
        (isBeside: boolean): Emit =>
        (app, sample) => {
          const isAnswer = !isOutage(sample);
          if (isAnswer) {
            isUp = true;
            patience?.answered(beganAtMs);
          }
          breaker.heard(sample);
          // What was asked first may still be answered.
          if (isBeside && !isAnswer) return;
          if (waiting.take(app)) emit(app, sample);
          if (isBeside && waiting.isEmpty) cut.abort(ANSWERED);
        };
      /** It said nothing until the loop cut it off; who ends for another reason says nothing of the source. */
      const noteSilence = (reason: unknown): void => {
        if (!(reason instanceof DeadlineExceeded)) return;
        breaker.heard(errorSample('source-timeout', reason.message, clock.now()));
        if (!isUp) failed();
      };
      const ending = either(signal, cut.signal);
      const watched =
        patience === null || isPatient || apps.length === 0
          ? Promise.resolve()
          : watch({ clock, patience, waiting, beganAtMs, over: over.signal }, cut, (once) =>
              collector.collect([...waiting.rest()], hear(true), either(ending, once)),
            );
      try {
        // One that does not even hear its signal ends with it all the same.
        await abortable(ending, collector.collect(apps, hear(false), ending));
      } catch (error) {
        if (signal.aborted) noteSilence(signal.reason);
        if (signal.aborted || !cut.signal.aborted) throw error;
      } finally {
        over.abort(ANSWERED);
        await watched;
      }
      const { reason } = cut.signal;
      const wasCut = reason instanceof DeadlineExceeded;
      if (wasCut) for (const app of waiting.rest()) hear(false)(app, unanswered(reason, clock));
      if (wasCut && !isUp) patience?.wasCut();
      if (!isUp && apps.length > 0) failed(wasCut);
      return isUp;
    },
  };
}

/** A collector that says nothing to a deadline of others. */
function unanswered({ limitMs }: DeadlineExceeded, clock: Clock): Sample {
  const message = `no answer within ${formatDurationMs(limitMs)}`;
  return errorSample('source-timeout', message, clock.now());
}

interface Watched {
  readonly clock: Clock;
  readonly patience: Patience;
  readonly waiting: Waiting;
  readonly beganAtMs: number;
  readonly over: AbortSignal;
}

/**
 * Once the source has said nothing to anybody for too long, the collection ends as if its deadline had come. Where it answers
 * others, those who wait are asked for once more beside: a single answer may be lost.
 */
async function watch(
  { clock, patience, waiting, beganAtMs, over }: Watched,
  cut: AbortController,
  askBeside: (once: AbortSignal) => Promise<void>,
): Promise<void> {
  let besideAtMs = beganAtMs + patience.ms;
  let beside = { over: new AbortController(), asked: Promise.resolve() };
  while (!over.aborted && !waiting.isEmpty) {
    const nowMs = clock.elapsedMs();
    const cutAtMs = patience.silentSinceMs(beganAtMs) + patience.ms;
    if (nowMs >= cutAtMs) {
      cut.abort(new DeadlineExceeded(nowMs - beganAtMs));
      break;
    }
    if (nowMs >= besideAtMs) {
      // One at a time: what is not answered within an interval may hang too.
      beside.over.abort(ANSWERED);
      await beside.asked;
      const once = new AbortController();
      beside = { over: once, asked: askBeside(once.signal).catch(() => undefined) };
      besideAtMs = nowMs + patience.besideMs;
    }
    await sleepInStep(clock, Math.min(cutAtMs, besideAtMs) - nowMs, over);
  }
  beside.over.abort(ANSWERED);
  await beside.asked;
}

/** Resolves early when the signal aborts, and later when the process has stood still: what came meanwhile is to be read first. */
async function sleepInStep(clock: Clock, ms: number, over: AbortSignal): Promise<void> {
  const dueMs = clock.elapsedMs() + ms;
  await clock.sleep(ms, over).catch(() => undefined);
  const lateMs = clock.elapsedMs() - dueMs;
  if (lateMs > LATE_MS) await clock.sleep(Math.min(lateMs, ms), over).catch(() => undefined);
}

/** Node takes more than ten listeners for a leak; each question of a fleet has one. */
function either(...signals: readonly AbortSignal[]): AbortSignal {
  const any = AbortSignal.any([...signals]);
  setMaxListeners(0, any);
  return any;
}

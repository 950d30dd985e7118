/** The only place that sends something to Fly again. */
import { beforeSending } from '../seams/own-wait.js';
import type { Clock, Random } from '../seams/clock.js';
import { AppError, type ErrorCode } from '../core/model/errors.js';

const MAX_ATTEMPTS = 4;
const RATE_LIMIT_BASE_MS = 1000;
const TRANSIENT_BASE_MS = 250;
/** A read that would have to wait longer in all is left to a later pass. */
const MAX_READ_WAIT_MS = 30_000;
/**
 * The same for what changes something: a caller's deadline that ends in the middle of a wait would leave it in doubt
 * whether the call took effect, although Fly has refused it.
 */
const MAX_WRITE_WAIT_MS = 4000;

/** Others, such as a held lease, are for a later pass to try again, after a fresh look. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'fly-unavailable',
  'fly-unreachable',
  'fly-bad-answer',
]);

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed four times; waits in between with jitter,
 * at least as long as the server asked for. What may have taken effect is never attempted again.
 */
export async function withRetry<T>(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  signal: AbortSignal,
  isRead: boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  let leftMs = isRead ? MAX_READ_WAIT_MS : MAX_WRITE_WAIT_MS;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = waitBeforeRetryMs(error, failures, random);
      if (waitMs === null || waitMs > leftMs) throw error;
      leftMs -= waitMs;
      await beforeSending(signal, () => clock.sleep(waitMs, signal));
    }
  }
}

/** Null: not again. `failures` counts from 1. Doubles with each failure, and up to the same again is drawn by lot. */
export function waitBeforeRetryMs(error: unknown, failures: number, random: Random): number | null {
  if (!(error instanceof AppError) || failures >= MAX_ATTEMPTS || !isWorthRetrying(error)) {
    return null;
  }
  const baseMs = error.code === 'fly-rate-limited' ? RATE_LIMIT_BASE_MS : TRANSIENT_BASE_MS;
  const backoffMs = Math.round(baseMs * 2 ** (failures - 1) * (1 + random.next()));
  return Math.max(error.retryAfterMs ?? 0, backoffMs);
}

function isWorthRetrying(error: AppError): boolean {
  if (error.code === 'fly-rate-limited') return true;
  if (!error.isRetryable || error.isAmbiguous) return false;
  // A deadline of our own has cost enough of the pass already; Fly's own 408 comes sooner.
  if (error.code === 'fly-timeout') return error.status !== undefined;
  return TRANSIENT.has(error.code);
}

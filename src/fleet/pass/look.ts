/** The look that counts: everything read anew, under the lease. */
import { abortable, type Clock } from '../../seams/clock.js';
import type { DecisionInput } from '../../core/model/decision.js';
import type { AppError } from '../../core/model/errors.js';
import type { Machine, Release } from '../../core/model/machine.js';
import { flyError } from '../base/failure.js';
import type { FlyReader } from '../../seams/fly.js';

/** A list that is read so much later shows what a create of an earlier process has made. */
const SECOND_LIST_AFTER_MS = 2000;
const YOUNG_MS = 60_000;
/** Whoever makes machines has made another by then. */
const STILL_MAKING_MS = 10_000;

export interface FreshLook {
  /** Monotonic time at which the read of the machines began. */
  readonly readAtMs: number;
  readonly machines: readonly Machine[];
  /** An error when only the release could not be read. */
  readonly release: Release | null | AppError;
}

export interface LookPort {
  readonly fly: FlyReader;
  readonly clock: Clock;
}

/** Rejects when the machines cannot be read. */
export async function lookFresh(
  { fly, clock }: LookPort,
  app: string,
  signal: AbortSignal,
): Promise<FreshLook> {
  const readAtMs = clock.elapsedMs();
  const [machines, release] = await Promise.all([
    abortable(signal, fly.listMachines(app, signal)),
    abortable(signal, fly.currentRelease(app, signal)).catch((error: unknown) => {
      signal.throwIfAborted();
      return flyError(error);
    }),
  ]);
  return { readAtMs, machines, release };
}

/**
 * When the list is to be read again, in monotonic time; null: it shows all that others have made. An earlier process, or one
 * that we take over from, may have made more machines than the list shows yet, which young machines that are not ours tell of.
 * A clock of Fly's that is ahead makes a machine no older.
 */
export function secondListAtMs(
  { look, memory, now }: DecisionInput,
  readAtMs: number,
  startedAtMs: number,
): number | null {
  const ours = new Set(memory.probation.map((create) => create.machineId));
  const agesMs = look.machines
    .filter(({ id }) => !ours.has(id))
    .map(({ createdAtMs }) => now.wallMs - createdAtMs)
    .filter((ageMs) => ageMs < YOUNG_MS);
  if (agesMs.length === 0) return null;
  const wasReadLate = readAtMs >= startedAtMs + SECOND_LIST_AFTER_MS;
  // Creates of one app follow one another: with none for so long, none was under way when the list was made.
  const isOver = agesMs.every((ageMs) => ageMs >= STILL_MAKING_MS);
  return wasReadLate && isOver ? null : readAtMs + SECOND_LIST_AFTER_MS;
}

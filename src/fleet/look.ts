/** The look that counts: everything read anew, under the lease. */
import { abortable, type Clock } from '../clock.js';
import type { DecisionInput } from '../core/decision.js';
import type { AppError } from '../core/errors.js';
import type { Machine, Release } from '../core/machine.js';
import type { FlyReader } from '../ports.js';
import { flyError } from './failure.js';

/** A list that is read so much later shows what a create of an earlier process has made. */
const SECOND_LIST_AFTER_MS = 2000;
const YOUNG_MS = 60_000;

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

/** The same a moment later. */
export async function lookOnceMore(
  port: LookPort,
  app: string,
  signal: AbortSignal,
): Promise<FreshLook> {
  await port.clock.sleep(SECOND_LIST_AFTER_MS, signal);
  return lookFresh(port, app, signal);
}

/**
 * Whether a machine that this process did not create is less than a minute old: an earlier process may have created
 * more of them than the list shows yet. A clock of Fly's that is ahead makes a machine no older.
 */
export function hasForeignYoungMachine({ look, memory, now }: DecisionInput): boolean {
  const ours = new Set(memory.probation.map((create) => create.machineId));
  return look.machines.some(
    ({ id, createdAtMs }) => now.wallMs - createdAtMs < YOUNG_MS && !ours.has(id),
  );
}

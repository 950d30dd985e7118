/** Which holds our processes are under, from what happened to their creates; their own memory is not asked. */
import type { Ground } from './invariant.js';
import { createBackoffMs, QUOTA_HOLD_MS, REGION_BACKOFF_MS } from './bound.js';
import type { PassReport } from '../../src/seams/events.js';

/** Errors that are no fault of the group: the next pass may try again at once. */
const NO_FAULT: ReadonlySet<string> = new Set([
  'fly-no-capacity',
  'fly-quota',
  'fly-rate-limited',
  'aborted',
]);
/** A machine that lasts for so long has proved its create. */
const PROBATION_MS = 5 * 60_000;
/** In a fleet without trouble a machine is seen at every other tick at the latest; with trouble a minute later. */
const LOOKS = 2;
const LONGEST_LOOK_MS = 60_000;
/** Failures that follow each other within this may be in a row for the process. */
const IN_A_ROW_MS = 40 * 60_000;

export class Holds {
  readonly #ground: Ground;
  /** App -> when creates failed. */
  readonly #failures = new Map<string, number[]>();
  readonly #noRoomAtMs = new Map<string, number>();
  #quotaAtMs = Number.NEGATIVE_INFINITY;
  /** Machines that we made, by id. */
  readonly #made = new Map<
    string,
    { readonly app: string; readonly atMs: number; startedAtMs: number | null }
  >();
  readonly #seenWithinMs: number;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#seenWithinMs = LOOKS * ground.plan.intervalMs + LONGEST_LOOK_MS;
    ground.sim.subscribe((entry) => {
      if (entry.kind !== 'state') return;
      const made = this.#made.get(entry.machine);
      const nowMs = ground.clock.elapsedMs();
      if (made === undefined) return;
      if (entry.to === 'started') made.startedAtMs ??= nowMs;
      if (entry.to !== 'failed' && entry.to !== 'destroying') return;
      // One that ran for so long has been seen to: whoever destroys it says nothing against its create.
      const ranForMs = nowMs - (made.startedAtMs ?? nowMs);
      const hasProvedItself = entry.to === 'destroying' && ranForMs > this.#seenWithinMs;
      if (nowMs - made.atMs <= PROBATION_MS && !hasProvedItself) this.#note(made.app, nowMs);
    });
  }

  made(app: string, machine: string): void {
    const atMs = this.#ground.clock.elapsedMs();
    this.#made.set(machine, { app, atMs, startedAtMs: null });
  }

  report({ app, outcomes }: PassReport): void {
    const nowMs = this.#ground.clock.elapsedMs();
    for (const { action, result, errorCode } of outcomes) {
      if (action.kind !== 'create' || result !== 'failed') continue;
      if (errorCode === 'fly-no-capacity') this.#noRoomAtMs.set(app, nowMs);
      if (errorCode === 'fly-quota') this.#quotaAtMs = nowMs;
      // An abort may have cut off a create that took effect, which counts as a failure.
      if (errorCode === 'aborted' || !NO_FAULT.has(errorCode ?? '')) this.#note(app, nowMs);
    }
  }

  /** How long the longest of them still lasts. */
  leftMs(app: string): number {
    const nowMs = this.#ground.clock.elapsedMs();
    const failures = this.#failures.get(app) ?? [];
    const backoffEndMs = (failures.at(-1) ?? 0) + createBackoffMs(failures.length);
    return Math.max(
      0,
      failures.length === 0 ? 0 : backoffEndMs - nowMs,
      (this.#noRoomAtMs.get(app) ?? Number.NEGATIVE_INFINITY) + REGION_BACKOFF_MS - nowMs,
      this.#quotaAtMs + QUOTA_HOLD_MS - nowMs,
      this.#leaseLeftMs(app),
    );
  }

  #leaseLeftMs(app: string): number {
    const { world } = this.#ground.sim;
    if (!world.apps.has(app)) return 0;
    const ends = [...world.leases(app).values()].map(({ expiresAtMs }) => expiresAtMs);
    return Math.max(0, ...ends.map((endMs) => endMs - world.engine.nowMs));
  }

  #note(app: string, atMs: number): void {
    const failures = (this.#failures.get(app) ?? []).filter(
      (earlier) => atMs - earlier < IN_A_ROW_MS,
    );
    // What fails in one pass is one failure.
    if (atMs - (failures.at(-1) ?? Number.NEGATIVE_INFINITY) > 30_000) failures.push(atMs);
    this.#failures.set(app, failures);
  }
}

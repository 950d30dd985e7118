import { withDeadline, type Clock } from '../../seams/clock.js';
import type { Machine } from '../../core/model/machine.js';
import { aborted, flyError } from '../base/failure.js';
import type { FlyActor, Lease } from '../../seams/fly.js';

export const LEASE_TTL_MS = 30_000;
const RELEASE_LIMIT_MS = 1000;
/** How the lease descriptions of all instances begin. */
const DESCRIPTION = 'fly-autoscaler';

/** Between the instance and the app that it runs as. */
const OF = ' of ';

/**
 * The app of another autoscaler that holds a lease on one of the machines. Instances of one app share its configuration and
 * take turns; those of two apps have two. Null: none is seen, or it is not known what we run as.
 */
export function otherAutoscaler(
  machines: readonly Machine[],
  ownApp: string | null,
): string | null {
  if (ownApp === null) return null;
  for (const { lease } of machines) {
    if (lease?.description.startsWith(`${DESCRIPTION} `) !== true) continue;
    const [, app] = lease.description.split(OF);
    if (app !== undefined && app !== ownApp) return app;
  }
  return null;
}

export interface LeasePort {
  readonly fly: FlyActor;
  readonly clock: Clock;
  readonly instanceName: string;
  /** The app that the autoscaler runs as; null: none that is known. */
  readonly ownApp: string | null;
}

interface Held {
  readonly nonce: string;
  /** When it ends at the earliest, in monotonic time: counted from before it was asked for. */
  readonly endsAtMs: number;
}

/**
 * The lease that makes us the one actor on an app, and the leases that new machines came with.
 * A nonce goes only to the machine it is for.
 */
export class PassLease {
  readonly #port: LeasePort;
  readonly #app: string;
  /** Without the app's own machine when somebody took its lease from us, or the machine is gone: then nothing is sent. */
  readonly #held = new Map<string, Held>();
  #refreshing: Promise<void> | null = null;

  private constructor(
    port: LeasePort,
    app: string,
    readonly machineId: string,
    own: Held,
  ) {
    this.#port = port;
    this.#app = app;
    this.#held.set(machineId, own);
  }

  /** Rejects as the actor does: `fly-lease-held` when somebody else has it. */
  static async acquire(
    port: LeasePort,
    app: string,
    machineId: string,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<PassLease> {
    const held = await PassLease.#acquire(port, app, machineId, limitMs, signal);
    return new PassLease(port, app, machineId, held);
  }

  static async #acquire(
    port: LeasePort,
    app: string,
    machineId: string,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<Held> {
    const { fly, clock, instanceName, ownApp } = port;
    const askedAtMs = clock.elapsedMs();
    const description = `${DESCRIPTION} ${instanceName}${ownApp === null ? '' : `${OF}${ownApp}`}`;
    const lease = await withDeadline(clock, limitMs, signal, (s) =>
      fly.acquireLease(app, machineId, LEASE_TTL_MS, description, s),
    );
    return { nonce: lease.nonce, endsAtMs: askedAtMs + LEASE_TTL_MS };
  }

  /** Another machine's lease beside the app's own, to keep others out; it is not refreshed. Rejects like `acquire`. */
  async acquireToo(machineId: string, limitMs: number, signal: AbortSignal): Promise<void> {
    this.#held.set(
      machineId,
      await PassLease.#acquire(this.#port, this.#app, machineId, limitMs, signal),
    );
  }

  /** Until when we are surely the one actor. Nothing may be sent whose deadline is later. */
  get endsAtMs(): number {
    return this.#held.get(this.machineId)?.endsAtMs ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * A machine on which another instance holds the app's lease. The machine with the smallest id may change while
   * somebody acts, by a create of its own above all: then two instances hold leases on different machines.
   * Both list the machines after they took theirs, so at least one of them sees the other.
   */
  otherActor(machines: readonly Machine[]): Machine | null {
    const isOther = ({ id, lease }: Machine): boolean =>
      !this.#held.has(id) && lease?.description.startsWith(`${DESCRIPTION} `) === true;
    return machines.find(isOther) ?? null;
  }

  nonceFor(machineId: string): string | null {
    return this.#held.get(machineId)?.nonce ?? null;
  }

  isHeldByUs(machineId: string): boolean {
    return this.#held.has(machineId);
  }

  get machineIds(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** A new machine came with a lease of ours, of the same length. */
  adopt(machineId: string, nonce: string, askedAtMs: number): void {
    this.#held.set(machineId, { nonce, endsAtMs: askedAtMs + LEASE_TTL_MS });
  }

  /** The machine is destroyed, its lease with it. */
  forget(machineId: string): void {
    this.#held.delete(machineId);
  }

  /** Refreshes at half time; many callers share one request. Does nothing before. */
  async keep(signal: AbortSignal): Promise<void> {
    const leftMs = this.endsAtMs - this.#port.clock.elapsedMs();
    if (leftMs > LEASE_TTL_MS / 2 || !this.#held.has(this.machineId)) return;
    this.#refreshing ??= this.#refresh(leftMs, signal).finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  /** Gives back the lease of one machine; best effort, it ends by itself anyway. */
  async release(machineId: string): Promise<void> {
    const held = this.#held.get(machineId);
    this.#held.delete(machineId);
    const { fly, clock } = this.#port;
    if (held === undefined || clock.elapsedMs() >= held.endsAtMs) return;
    await withDeadline(clock, RELEASE_LIMIT_MS, undefined, (s) =>
      fly.releaseLease(this.#app, machineId, held.nonce, s),
    ).catch(() => undefined);
  }

  /** The app's own lease comes last: while it is held nobody else acts on the app. */
  async releaseAll(): Promise<void> {
    const others = this.machineIds.filter((id) => id !== this.machineId);
    await Promise.all(others.map((id) => this.release(id)));
    await this.release(this.machineId);
  }

  async #refresh(leftMs: number, signal: AbortSignal): Promise<void> {
    const { fly, clock } = this.#port;
    const own = this.#held.get(this.machineId);
    if (own === undefined || leftMs <= 0) throw this.#lose('the lease has ended');
    const askedAtMs = clock.elapsedMs();
    try {
      const lease: Lease = await withDeadline(clock, leftMs / 2, signal, (s) =>
        fly.refreshLease(this.#app, this.machineId, own.nonce, LEASE_TTL_MS, s),
      );
      this.#held.set(this.machineId, {
        nonce: lease.nonce,
        endsAtMs: askedAtMs + LEASE_TTL_MS,
      });
    } catch (error) {
      const { code, message } = flyError(error);
      // After any other failure the old end still stands, and the next step tries again.
      if (LOST.has(code)) throw this.#lose(message);
    }
  }

  #lose(why: string): Error {
    this.#held.delete(this.machineId);
    return aborted(`the lease is lost: ${why}`);
  }
}

const LOST: ReadonlySet<string> = new Set([
  'fly-lease-held',
  'fly-not-found',
  'fly-conflict',
  'fly-precondition',
]);

/** One app's turn to be acted on: what limits each call, and what every step asks before it is sent. */
import { abortable, instant, withDeadline, type Clock } from '../../seams/clock.js';
import type { Machine, Release } from '../../core/model/machine.js';
import type { Orders } from '../../core/model/orders.js';
import type { Policy } from '../../core/model/policy.js';
import type { GuardContext } from '../../core/plan/guard.js';
import { isOvertaken } from '../../core/machines/release.js';
import type { Samples } from '../../core/model/sample.js';
import { sharedController } from '../base/abort.js';
import { aborted, flyError } from '../base/failure.js';
import type { PassLease } from './lease.js';
import type { Reading } from '../base/reading.js';
import type { AppMemory } from '../../core/model/app-memory.js';
import type { FlyActor, FlyReader } from '../../seams/fly.js';

/** A single call; Fly answers in a fraction of it, or not at all. */
const CALL_LIMIT_MS = 10_000;
/** With less time left a call is not begun: it would most likely end in doubt. A short timeout makes it shorter. */
const LEAST_CALL_MS = 1000;
/** A create is not begun with less, and as much again is kept for finding out what became of it. */
const LEAST_CREATE_MS = 5000;

/** When the process stops: `stopping` at once, `cutOff` when calls under way have had their time. */
export interface Life {
  readonly stopping: AbortSignal;
  readonly cutOff: AbortSignal;
}

export interface TurnOptions {
  readonly app: string;
  readonly policy: Policy;
  readonly fly: FlyReader & FlyActor;
  readonly clock: Clock;
  readonly life: Life;
  readonly lease: PassLease;
  /** Ends with the pass. */
  readonly reading: Reading;
  /** How long the pass may take, what we wait by our own will aside. */
  readonly timeoutMs: number;
  /** The release that was read under the lease. */
  readonly decidedRelease: Release | null;
  /** The app's memory as it was decided on. */
  readonly memory: AppMemory;
  /** The newest samples, whenever they are asked for. */
  readonly samples: () => Samples;
  /** Orders that were given since the decision. */
  readonly ordersBegun: () => Orders;
}

export class Turn {
  readonly app: string;
  readonly policy: Policy;
  readonly fly: FlyReader & FlyActor;
  readonly clock: Clock;
  readonly lease: PassLease;
  readonly #options: TurnOptions;
  /** Beside the signal, which would say of what was not sent that it was cut off, and so is in doubt. */
  #hasReleaseBegun = false;
  /** Cuts off calls under way: a release began, or the process has to end. */
  readonly #sending = sharedController();
  readonly #cutOff = (): void => this.#sending.abort(aborted('the process stops', true));

  constructor(options: TurnOptions) {
    this.#options = options;
    this.app = options.app;
    this.policy = options.policy;
    this.fly = options.fly;
    this.clock = options.clock;
    this.lease = options.lease;
    options.life.cutOff.addEventListener('abort', this.#cutOff, { once: true });
  }

  /** Call when the turn is over. */
  end(): void {
    this.#options.life.cutOff.removeEventListener('abort', this.#cutOff);
  }

  get decidedRelease(): Release | null {
    return this.#options.decidedRelease;
  }

  get reading(): AbortSignal {
    return this.#options.reading.signal;
  }

  /** How long a call sent now may take: never past the end of the lease or of the pass. */
  #callMs(reserveMs = 0): number {
    const endMs = Math.min(this.lease.endsAtMs, this.#options.reading.endsAtMs) - reserveMs;
    return Math.min(CALL_LIMIT_MS, endMs - this.clock.elapsedMs());
  }

  guard(): GuardContext {
    const { oldProtects } = this.#options.memory;
    return {
      policy: this.policy,
      decidedRelease: this.decidedRelease,
      now: instant(this.clock),
      clockJumpedAtMs: this.#options.memory.clockJumpedAtMs,
      samples: this.#options.samples(),
      drains: this.#options.memory.drains,
      ...(oldProtects === undefined ? {} : { oldProtects }),
      ordersBegun: this.#options.ordersBegun(),
      isHeldByUs: (id) => this.lease.isHeldByUs(id),
    };
  }

  /** Reads without changing anything; ends with the pass, and at once when the process stops. */
  async read<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { reading } = this;
    reading.throwIfAborted();
    return abortable(reading, work(reading));
  }

  /** Waits by our own will, which takes nothing of the pass's time. */
  async pause(ms: number): Promise<void> {
    await this.#options.reading.wait((signal) => this.clock.sleep(ms, signal));
  }

  /** A release that began since the decision ends all sending of this turn. */
  async readRelease(): Promise<Release | null> {
    const release = await this.read((signal) => this.fly.currentRelease(this.app, signal));
    if (this.isOvertakenBy(release)) {
      this.#hasReleaseBegun = true;
      this.#sending.abort(aborted('a release began', true));
    }
    return release;
  }

  isOvertakenBy(release: Release | null): boolean {
    return isOvertaken(this.decidedRelease, release);
  }

  /** Refreshes the app's lease when half of it is gone. */
  keepLease(): Promise<void> {
    return this.lease.keep(this.#sending.signal);
  }

  readMachine(id: string): Promise<Machine | null> {
    return this.read((signal) => this.fly.getMachine(this.app, id, signal));
  }

  /**
   * Sends a call that changes something. Rejects with `aborted` without sending it when the process stops,
   * a release began, or too little of the lease or the pass is left.
   */
  send<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#sendWithin(this.#callMs(), LEAST_CALL_MS, work);
  }

  /** The same for a create, which must not end in doubt for want of time, and leaves time to look for its machine. */
  async sendCreate<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    await this.#awaitRate();
    const lookUpMs = Math.min(LEAST_CREATE_MS, this.#options.timeoutMs / 3);
    return this.#sendWithin(this.#callMs(lookUpMs), LEAST_CREATE_MS, work);
  }

  /** Before the call has its deadline: one that was never sent must not look like one without an answer. */
  async #awaitRate(): Promise<void> {
    const { reading } = this.#options;
    try {
      await reading.wait((signal) => this.fly.createTurn(this.app, signal));
    } catch (error) {
      throw aborted(flyError(error).message);
    }
  }

  /** The one call that goes out although a release began: a create that it overtook is taken back. */
  async sendRegardless<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limitMs = this.#callMs();
    this.#assertTime(limitMs, LEAST_CALL_MS);
    return withDeadline(this.clock, limitMs, this.#options.life.cutOff, work);
  }

  async #sendWithin<T>(
    limitMs: number,
    leastMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#options.life.stopping.throwIfAborted();
    if (this.#hasReleaseBegun) throw aborted('a release began');
    this.#assertTime(limitMs, leastMs);
    return withDeadline(this.clock, limitMs, this.#sending.signal, work);
  }

  #assertTime(limitMs: number, leastMs: number): void {
    if (limitMs < Math.min(leastMs, this.#options.timeoutMs / 4)) {
      throw aborted('too little time is left of the lease or the pass');
    }
  }
}

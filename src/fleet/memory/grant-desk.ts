import { instant, type Clock } from '../../seams/clock.js';
import {
  grant,
  roomsOf,
  takenBy,
  type FleetState,
  type Grant,
  type GrantRequest,
} from '../../core/fleet-wide/grant.js';
import { reason, type Reason } from '../../core/model/reason.js';
import { MinuteBudget } from './fleet-budget.js';
import { Refused } from './refused.js';
import type { Json, StateStore } from '../../seams/store.js';

const QUOTA_HOLD_MS = 5 * 60_000;
const BUDGET_KEY = 'budget/fleet';
const NOTHING: Grant = { creates: 0, removals: 0, starts: 0, stops: 0, reasons: [] };

export interface GrantDeskOptions {
  readonly clock: Clock;
  /** Between two passes of an app. */
  readonly intervalMs: () => number;
  /** Ceiling for machines of all apps; null: none. */
  readonly maxMachines: () => number | null;
  /** Over all apps; null: no limit. */
  readonly maxCreatesPerMinute: () => number | null;
  readonly maxRemovalsPerMinute: () => number | null;
  readonly store: StateStore;
  /** Machines of all apps that were counted. */
  readonly knownMachines: () => number;
  /** Apps that have not been counted yet. */
  readonly uncountedApps: () => readonly string[];
}

/** A grant that is in use until `giveBack` is called, once what was created on it has been counted. */
export interface Ticket {
  readonly grant: Grant;
  giveBack(done: Done): void;
}

/** What was done on a grant. */
export interface Done {
  readonly creates: number;
  /** Removals that were begun, stops among them. */
  readonly removals: number;
}

interface Waiting {
  readonly request: GrantRequest;
  readonly resolve: (ticket: Ticket) => void;
}

/**
 * Grants what only the fleet can judge. Proposals that come in the same turn of the event loop are one round;
 * whoever comes later gets the next, and nobody waits for others. For those who were refused before, their share is kept.
 */
export class GrantDesk {
  readonly #options: GrantDeskOptions;
  readonly #creates: MinuteBudget;
  readonly #removals: MinuteBudget;
  #waiting: Waiting[] = [];
  readonly #refused: Refused;
  #createsInUse = 0;
  /** Perhaps something is stored. Without a budget it must go: a later process would take it for all that was done. */
  #isStored = false;
  #quotaHeldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: GrantDeskOptions) {
    this.#options = options;
    this.#creates = new MinuteBudget(options.maxCreatesPerMinute);
    this.#removals = new MinuteBudget(options.maxRemovalsPerMinute);
    this.#refused = new Refused(options.intervalMs);
    this.#removals.spend(options.clock.elapsedMs());
  }

  request(request: GrantRequest): Promise<Ticket> {
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve });
      // A sleep of nothing ends with the turn: all that came in it share the round.
      if (this.#waiting.length === 1) void this.#options.clock.sleep(0).then(() => this.#round());
    });
  }

  /** The policy wants nothing of the app any more: whatever it was refused is for others. */
  withdraw(app: string, policy: string): void {
    this.#refused.leave({ app, policy });
  }

  /** The organization's quota is reached: no creates in the fleet for five minutes. */
  holdCreates(): void {
    this.#quotaHeldUntilMs = this.#options.clock.elapsedMs() + QUOTA_HOLD_MS;
  }

  get areCreatesHeld(): boolean {
    return this.#options.clock.elapsedMs() < this.#quotaHeldUntilMs;
  }

  /** What an earlier process used within the last minute. */
  restore(stored: ReadonlyMap<string, Json>): void {
    const uses = stored.get(BUDGET_KEY);
    this.#isStored ||= uses !== undefined;
    if (typeof uses !== 'object' || uses === null || Array.isArray(uses)) return;
    const now = instant(this.#options.clock);
    const { creates, removals } = uses as Readonly<Record<string, Json>>;
    this.#creates.restore(creates, now);
    this.#removals.restore(removals, now);
  }

  /** The wall clock was set, and what was used is as long ago as it was all the same; or what was stored got lost. */
  rewrite(): void {
    void this.#commit();
  }

  /** The app has left the fleet. */
  drop(app: string): void {
    this.#refused.drop(app);
  }

  async #round(): Promise<void> {
    const round = this.#waiting;
    this.#waiting = [];
    const grants = this.#share(round.map(({ request }) => request));
    const tickets = round.map(({ request, resolve }) => {
      const ticket = this.#ticket(grants.get(request) ?? NOTHING);
      return { ticket, resolve };
    });
    // State is written before the action it allows.
    const unwritten = await this.#commit();
    for (const { ticket, resolve } of tickets) {
      resolve(
        unwritten === null ? ticket : { ...ticket, grant: keptFrom(ticket.grant, unwritten) },
      );
    }
  }

  /** Who has waited longest comes first: where there is too little for all, nobody is passed over again and again. */
  #share(asking: readonly GrantRequest[]): ReadonlyMap<GrantRequest, Grant> {
    const nowMs = this.#options.clock.elapsedMs();
    const fleet = this.#fleet(nowMs);
    const line = this.#refused.lineUp(asking, roomsOf(fleet), nowMs);
    const shares = grant(line, fleet);
    const grants = new Map(line.map((request, index) => [request, shares[index] ?? NOTHING]));
    for (const request of asking) {
      const { creates, removals, stops } = grants.get(request) ?? NOTHING;
      const isRefused = creates + removals + stops === 0 && request.creates + takenBy(request) > 0;
      if (isRefused) this.#refused.keep(request, nowMs);
      else this.#refused.leave(request);
    }
    return grants;
  }

  #fleet(nowMs: number): FleetState {
    return {
      maxMachines: this.#options.maxMachines(),
      knownMachines: this.#options.knownMachines() + this.#createsInUse,
      createsHeld: this.#createsHeld(),
      creates: this.#creates.state(nowMs),
      removals: this.#removals.state(nowMs),
    };
  }

  #ticket(given: Grant): Ticket {
    let inUse = given.creates;
    this.#createsInUse += inUse;
    const creates = this.#creates.take(given.creates);
    const removals = this.#removals.take(given.removals + given.stops);
    return {
      grant: given,
      giveBack: (done) => {
        this.#createsInUse -= inUse;
        inUse = 0;
        const nowMs = this.#options.clock.elapsedMs();
        creates(given.creates - done.creates, nowMs);
        removals(given.removals + given.stops - done.removals, nowMs);
      },
    };
  }

  /** Null when it was written, or nothing needs to be. */
  async #commit(): Promise<Reason | null> {
    const isCounting = this.#creates.most !== null || this.#removals.most !== null;
    if (!isCounting && !this.#isStored) return null;
    this.#isStored = true;
    const now = instant(this.#options.clock);
    const uses = { creates: this.#creates.stored(now), removals: this.#removals.stored(now) };
    try {
      await this.#options.store.commit(new Map([[BUDGET_KEY, isCounting ? uses : null]]));
      this.#isStored = isCounting;
      return null;
    } catch (error) {
      // Without a budget nothing depends on it; the next round tries again.
      if (!isCounting) return null;
      return reason('state-unwritable', error instanceof Error ? error.message : String(error));
    }
  }

  #createsHeld(): Reason | null {
    const { clock, maxMachines, uncountedApps } = this.#options;
    const leftMs = this.#quotaHeldUntilMs - clock.elapsedMs();
    if (leftMs > 0) return reason('quota-reached', `next try in ${Math.ceil(leftMs / 1000)}s`);
    // A ceiling means nothing while part of the fleet is unknown.
    const [first, ...others] = maxMachines() === null ? [] : uncountedApps();
    if (first === undefined) return null;
    const who = others.length === 0 ? first : `${first} and ${others.length} more`;
    return reason('fleet-capped', `not counted yet: ${who}`);
  }
}

/** What was used cannot be kept: apps may grow and not shrink. */
function keptFrom(given: Grant, why: Reason): Grant {
  if (given.removals + given.stops === 0) return given;
  return { ...given, removals: 0, stops: 0, reasons: [...given.reasons, why] };
}

import type { Clock } from '../clock.js';
import type { Proposal } from '../core/decision.js';
import { grant, grantRequest, type Grant, type GrantRequest } from '../core/grant.js';
import { reason, type Reason } from '../core/reason.js';

const QUOTA_HOLD_MS = 5 * 60_000;
const NOTHING: Grant = { creates: 0, removals: 0, starts: 0, stops: 0, reasons: [] };

export interface GrantDeskOptions {
  readonly clock: Clock;
  /** Ceiling for machines of all apps; null: none. */
  readonly maxMachines: () => number | null;
  /** Machines of all apps that were counted. */
  readonly knownMachines: () => number;
  /** Apps that have not been counted yet. */
  readonly uncountedApps: () => readonly string[];
}

/** A grant that is in use until `giveBack` is called, once what was created on it has been counted. */
export interface Ticket {
  readonly grant: Grant;
  giveBack(): void;
}

interface Waiting {
  readonly request: GrantRequest;
  readonly resolve: (ticket: Ticket) => void;
}

/**
 * Grants what only the fleet can judge. Proposals that come in the same turn of the event loop are one round;
 * whoever comes later gets the next, and nobody waits for others.
 */
export class GrantDesk {
  readonly #options: GrantDeskOptions;
  #waiting: Waiting[] = [];
  #createsInUse = 0;
  #quotaHeldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: GrantDeskOptions) {
    this.#options = options;
  }

  request(app: string, proposal: Proposal): Promise<Ticket> {
    return new Promise((resolve) => {
      this.#waiting.push({ request: grantRequest(app, proposal), resolve });
      // A sleep of nothing ends with the turn: all that came in it share the round.
      if (this.#waiting.length === 1) void this.#options.clock.sleep(0).then(() => this.#round());
    });
  }

  /** The organization's quota is reached: no creates in the fleet for five minutes. */
  holdCreates(): void {
    this.#quotaHeldUntilMs = this.#options.clock.elapsedMs() + QUOTA_HOLD_MS;
  }

  get areCreatesHeld(): boolean {
    return this.#options.clock.elapsedMs() < this.#quotaHeldUntilMs;
  }

  #round(): void {
    const round = this.#waiting;
    this.#waiting = [];
    const grants = grant(
      round.map((waiting) => waiting.request),
      {
        maxMachines: this.#options.maxMachines(),
        knownMachines: this.#options.knownMachines() + this.#createsInUse,
        createsHeld: this.#createsHeld(),
      },
    );
    for (const { request, resolve } of round) {
      resolve(this.#ticket(grants.get(request.app) ?? NOTHING));
    }
  }

  #ticket(given: Grant): Ticket {
    let inUse = given.creates;
    this.#createsInUse += inUse;
    return {
      grant: given,
      giveBack: () => {
        this.#createsInUse -= inUse;
        inUse = 0;
      },
    };
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

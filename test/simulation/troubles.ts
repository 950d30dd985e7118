/** Everything that goes wrong in a run, drawn from its seed: what, when, and when it ends. */
import type { FakeClock } from '../../src/testing/fake-clock.js';
import type { Simulator } from '../../src/simulator/index.js';
import type { Autoscalers } from './autoscalers.js';
import { Chance } from './chance.js';
import type { AppPlan, FleetPlan } from './fleet-plan.js';
import type { Trap } from './watch.js';
import { TROUBLE_KINDS, type TroubleKind } from './trouble-kinds.js';

export interface Stage {
  readonly sim: Simulator;
  readonly clock: FakeClock;
  readonly autoscalers: Autoscalers;
  readonly plan: FleetPlan;
  readonly chance: Chance;
  /** Milliseconds since the world began. */
  readonly atMs: number;
  readonly untilMs: number;
  /** An app of the fleet that exists at the moment; undefined when there is none. */
  app(): AppPlan | undefined;
  /** Tells whoever judges that a series lies to the whole fleet, or does no longer. */
  lie(series: string, isLying: boolean): void;
  /** Something to do later. */
  at(atMs: number, run: () => void): void;
  /** Lies in wait for a request of ours until the trouble ends. */
  setTrap(trap: Trap): void;
}

const MINUTE_MS = 60_000;

/** About one trouble in so much time; several run at once. */
const EVERY_MS = 2 * MINUTE_MS;
const FIRST_AT_MS = 2 * MINUTE_MS;

/** A trouble as it was drawn; what it strikes is drawn when it begins. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly atMs: number;
  readonly untilMs: number;
}

export function drawTroubles(seed: number, calmAtMs: number): readonly Trouble[] {
  const chance = new Chance(seed, 'troubles');
  const names = Object.keys(TROUBLE_KINDS) as TroubleKind[];
  const bag = names.flatMap((name) => Array<TroubleKind>(TROUBLE_KINDS[name].weight).fill(name));
  const troubles: Trouble[] = [];
  let atMs = FIRST_AT_MS;
  while (atMs < calmAtMs - MINUTE_MS) {
    const kind = chance.pick(bag);
    const [shortest, longest] = TROUBLE_KINDS[kind].lengthMs;
    // What ends a trouble comes before what ends them all.
    const untilMs = Math.min(calmAtMs - 1000, atMs + chance.whole(shortest, longest));
    troubles.push({ kind, atMs, untilMs });
    atMs += chance.whole(1000, 2 * EVERY_MS);
  }
  return troubles;
}

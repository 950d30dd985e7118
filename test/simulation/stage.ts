/** Where troubles strike: the world, its fleet and the autoscalers in virtual time. */
import type { FakeClock } from '../../src/testing/fake-clock.js';
import type { Simulator } from '../../src/simulator/index.js';
import type { Autoscalers } from './autoscalers.js';
import type { Chance } from './chance.js';
import type { AppPlan, FleetPlan } from './fleet-plan.js';
import type { Forbidden } from './invariant.js';
import type { Autoscaler } from './autoscaler.js';

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
  /** Every process is told to leave the app alone, until the function is called that it returns. */
  pause(app: string, mode: Forbidden): () => void;
  /** Something to do later. */
  at(atMs: number, run: () => void): void;
  /** Lies in wait for a request of ours until the trouble ends. */
  setTrap(trap: Trap): void;
}

export interface Trap {
  readonly fits: (method: string, url: string) => boolean;
  /** True: it springs as the request is sent; false: as its answer comes. */
  readonly isBefore: boolean;
  readonly spring: (process: Autoscaler, url: string) => void;
}

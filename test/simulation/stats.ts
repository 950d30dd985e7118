import type { Simulator } from '../../src/simulator/index.js';

export interface Stats {
  readonly fleetHours: number;
  readonly appHours: number;
  /** Requests that a fault struck, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** By kind, as the script drew them. */
  readonly troubles: Readonly<Record<string, number>>;
  /** What our processes really did, by kind. */
  readonly actions: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly passes: number;
}

export interface Counted {
  readonly actions: ReadonlyMap<string, number>;
  readonly requests: number;
  readonly passes: number;
}

export function countOf(
  sim: Simulator,
  troubles: ReadonlyMap<string, number>,
  apps: number,
  elapsedMs: number,
  counted: Counted,
): Stats {
  const fleetHours = elapsedMs / 3_600_000;
  return {
    fleetHours,
    appHours: fleetHours * apps,
    faults: Object.fromEntries(sim.faults.counts),
    troubles: Object.fromEntries(troubles),
    actions: Object.fromEntries(counted.actions),
    requests: counted.requests,
    passes: counted.passes,
  };
}

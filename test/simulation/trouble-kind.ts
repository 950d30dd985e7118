/** What a kind of trouble is, and what the kinds share. */
import type { SimMachine } from '../../src/simulator/index.js';
import type { Stage } from './stage.js';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;

export interface TroubleDefinition {
  /** How often it is drawn beside the others. */
  readonly weight: number;
  readonly lengthMs: readonly [shortest: number, longest: number];
  readonly strike: (stage: Stage) => void;
}

export type TroubleDefinitions = Readonly<Record<string, TroubleDefinition>>;

/** Paths of what changes something, and of the lease that comes before it. */
export const ACTS = [
  /\/machines$/,
  /\/machines$/,
  /\/metadata$/,
  /\/cordon$/,
  /\/stop$/,
  /\/start$/,
  /\/lease$/,
] as const;

/** A machine of some app, drawn. */
export function machineOf(
  stage: Stage,
  isWanted: (machine: SimMachine) => boolean,
): SimMachine | undefined {
  const app = stage.app();
  if (app === undefined) return undefined;
  const found = stage.sim.world.machines(app.name).filter(isWanted);
  return found.length === 0 ? undefined : stage.chance.pick(found);
}

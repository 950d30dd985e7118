import type { Machine } from './machine.js';
import { REMOVAL_GOALS, type RemovalGoal, type RemovalMark } from './decision.js';

/** Metadata of ours. Whoever clones a machine of ours clones these too, so each names the machine it is about. */
export const REMOVE_KEY = 'fas-remove';
export const LAUNCH_KEY = 'fas-launch-id';
export const OWN_PREFIX = 'fas-';

/** The removal mark of a machine; null when it has none, or one that is about another machine. */
export function removalMark(machine: Machine): RemovalMark | null {
  const text = machine.metadata[REMOVE_KEY];
  if (text === undefined || text === '') return null;
  try {
    const value = JSON.parse(text) as Partial<Record<keyof RemovalMark, unknown>> | null;
    if (value === null || typeof value !== 'object' || value.machine !== machine.id) return null;
    const goal = REMOVAL_GOALS.find((known): known is RemovalGoal => known === value.goal);
    if (goal === undefined) return null;
    return {
      machine: machine.id,
      goal,
      reason: typeof value.reason === 'string' ? value.reason : '',
      deadline: typeof value.deadline === 'string' ? value.deadline : '',
    };
  } catch {
    return null;
  }
}

export function formatRemovalMark(mark: RemovalMark): string {
  return JSON.stringify(mark);
}

/** The launch id that a machine carries; null when the id is of the machine that it was cloned from. */
export function launchId(machine: Machine): string | null {
  const id = machine.metadata[LAUNCH_KEY];
  return id !== undefined && id === machine.name ? id : null;
}

import type { Machine } from '../model/machine.js';
import { REMOVAL_GOALS, type RemovalGoal, type RemovalMark } from '../model/decision.js';

/** Metadata of ours. Whoever clones a machine of ours clones these too, so each names the machine it is about. */
export const REMOVE_KEY = 'fas-remove';
export const LAUNCH_KEY = 'fas-launch-id';
/** The launch id of a machine that was made to run at once. */
export const RUN_KEY = 'fas-run';
export const OWN_PREFIX = 'fas-';
/** Metadata of flyctl's: on green machines the time of the deploy, on blue ones that are done with `safe_to_destroy`. */
export const BLUE_GREEN_KEY = 'fly_bluegreen_deployment_tag';

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

/** Crockford's alphabet in lower case: sorts like the number, and no letter is taken for a digit. */
export const LAUNCH_ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** A launch id is `fas-`, then wall time in milliseconds in so many characters, then chance. */
export const LAUNCH_ID_TIME_CHARACTERS = 10;
const LAUNCH_ID = new RegExp(`^fas-([${LAUNCH_ID_ALPHABET}]{${LAUNCH_ID_TIME_CHARACTERS}})`);

/** When we made up the launch id, by our wall clock; null when it is none. */
export function launchedAtMs(id: string): number | null {
  const time = LAUNCH_ID.exec(id)?.[1];
  if (time === undefined) return null;
  const digits = time.split('').map((letter) => LAUNCH_ID_ALPHABET.indexOf(letter));
  return digits.reduce((sum, digit) => sum * 32 + digit, 0);
}

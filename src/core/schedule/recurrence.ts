import type { Zone } from './local-time.js';
import { windowState, type ScheduleWindow, type WindowState } from './window.js';

/** A window in a time zone, as a person wrote it. */
export interface Recurrence {
  /** "0 8 * * 1-5 for 10h, Europe/Berlin" */
  readonly text: string;
  /** Whether it is open, and until when that holds at least. */
  stateAt(nowMs: number): WindowState;
}

/** Thousands of apps ask at each tick: an answer is kept for as long as it holds. */
export function recurrence(window: ScheduleWindow, zone: Zone, text: string): Recurrence {
  let known: (WindowState & { readonly fromMs: number }) | null = null;
  return {
    text,
    stateAt(nowMs) {
      if (known === null || nowMs < known.fromMs || nowMs >= known.untilMs) {
        known = { ...windowState(window, zone, nowMs), fromMs: nowMs };
      }
      return known;
    },
  };
}

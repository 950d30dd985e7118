import type { Recurrence } from '../time/recurrence.js';
import type { CountName } from './count.js';

/** Least and most machines; null: not said. */
export interface Bounds {
  readonly min: number | null;
  readonly max: number | null;
}

export type Freeze = 'in' | 'out' | 'all';

/** What holds while a window is open. */
export interface ScheduleRule {
  readonly when: Recurrence;
  readonly created: Bounds;
  readonly started: Bounds;
  /** `in` forbids shrinking, `out` growing, `all` both. */
  readonly freeze: Freeze | null;
}

/** A bound and the schedule that sets it. */
export interface ScheduledBound {
  readonly count: number;
  readonly text: string;
}

export interface ScheduledBounds {
  /** The highest of all open windows. */
  readonly floor: ScheduledBound | null;
  /** The lowest. */
  readonly ceiling: ScheduledBound | null;
}

export function scheduledBounds(
  schedules: readonly ScheduleRule[],
  name: CountName,
  nowMs: number,
): ScheduledBounds {
  let floor: ScheduledBound | null = null;
  let ceiling: ScheduledBound | null = null;
  for (const schedule of schedules) {
    const { min, max } = schedule[name];
    if ((min === null && max === null) || !schedule.when.stateAt(nowMs).isOpen) continue;
    const { text } = schedule.when;
    if (min !== null && (floor === null || min > floor.count)) floor = { count: min, text };
    if (max !== null && (ceiling === null || max < ceiling.count)) ceiling = { count: max, text };
  }
  return { floor, ceiling };
}

export interface Frozen {
  readonly in: boolean;
  readonly out: boolean;
  /** Of the schedules that freeze. */
  readonly texts: readonly string[];
}

const THAWED: Frozen = { in: false, out: false, texts: [] };

export function frozenBy(schedules: readonly ScheduleRule[], nowMs: number): Frozen {
  const freezing = schedules.filter(
    ({ freeze, when }) => freeze !== null && when.stateAt(nowMs).isOpen,
  );
  if (freezing.length === 0) return THAWED;
  return {
    in: freezing.some(({ freeze }) => freeze !== 'out'),
    out: freezing.some(({ freeze }) => freeze !== 'in'),
    texts: freezing.map(({ when }) => when.text),
  };
}

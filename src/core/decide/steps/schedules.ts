import type { Census } from '../../machines/census.js';
import { clampCount, presentOf, undoDue } from '../../target/clamp.js';
import type { CountProposal, DecisionInput, TargetRange } from '../../model/decision.js';
import { bring, mayShrink } from '../draft.js';
import type { DecisionStep, Draft } from '../draft.js';
import { reason, type Reason } from '../../model/reason.js';
import {
  scheduledBounds,
  type ScheduledBound,
  type ScheduledBounds,
} from '../../model/scheduled.js';
import { COUNT_NAMES, type CountName } from '../../model/count.js';

/**
 * The least and the most that open schedules allow. The highest floor and the lowest ceiling win, and a floor beats a
 * ceiling. A floor acts without samples; a ceiling takes nothing away on data that is not good enough to shrink on.
 */
export const schedules: DecisionStep = (draft, { input, census }) => {
  const rules = input.policy.schedules;
  if (rules.length === 0 || draft.isHeld || census.members.length === 0) return draft;
  return COUNT_NAMES.reduce<Draft>((next, name) => {
    if (next[name] === null) return next;
    const { floor, ceiling } = boundsNow(name, input);
    const most = ceiling && mostOf(ceiling, floor, name);
    const lowered = most === null ? next : lower(next, name, most, input, census);
    return floor === null ? lowered : raise(lowered, name, floor, input, census);
  }, draft);
};

/** With spares, what bounds those that run bounds all that exist, so that the spares are there beside them. */
function boundsNow(name: CountName, { policy, now }: DecisionInput): ScheduledBounds {
  const { schedules: rules, spare } = policy;
  if (name === 'started' || spare === null) return scheduledBounds(rules, name, now.wallMs);
  const { floor, ceiling } = scheduledBounds(rules, 'started', now.wallMs);
  const withSpare = (bound: ScheduledBound | null): ScheduledBound | null =>
    bound && { count: bound.count + spare, text: `${bound.text}, ${spare} are spares` };
  return { floor: withSpare(floor), ceiling: withSpare(ceiling) };
}

interface Most {
  readonly count: number;
  readonly why: Reason;
}

/** A ceiling below the floor lowers to the floor, and it is the floor that decides then. */
function mostOf(ceiling: ScheduledBound, floor: ScheduledBound | null, name: CountName): Most {
  if (floor !== null && floor.count > ceiling.count)
    return { count: floor.count, why: atLeast(floor, name) };
  const { count, text } = ceiling;
  return { count, why: reason('schedule-ceiling', `at most ${count} ${name}: ${text}`) };
}

function atLeast({ count, text }: ScheduledBound, name: CountName): Reason {
  return reason('schedule-floor', `at least ${count} ${name}: ${text}`);
}

function lower(
  draft: Draft,
  name: CountName,
  { count: most, why }: Most,
  input: DecisionInput,
  census: Census,
): Draft {
  const count = draft[name];
  if (count === null || count.target === null) return draft;
  const { min, max } = count.target;
  const bounds = { min: Math.min(min, most), max: Math.min(max, most) };
  if (count.wanted <= most) return { ...draft, [name]: { ...count, bounds } };
  // To the ceiling, not to the target below it: what windows and limits have held back stays held back.
  const { current, wanted } = clampCount(input, { ...bounds, max: most }, name, census);
  const based: Draft = { ...draft, [name]: { ...count, bounds, current } };
  const isForbidden = wanted < current && !mayShrink(draft, name);
  return bring(based, name, isForbidden ? current : wanted, why);
}

/** What is there already, removals that are taken back among it, is not made again. */
function raise(
  draft: Draft,
  name: CountName,
  floor: ScheduledBound,
  input: DecisionInput,
  census: Census,
): Draft {
  const count = draft[name];
  if (count === null) return draft;
  const least = floor.count;
  const before = boundsBefore(count, census, name);
  const bounds = { min: Math.max(before.min, least), max: Math.max(before.max, least) };
  const why = atLeast(floor, name);
  const present = presentOf(census.counts, name);
  const base = present + undoDue(input, bounds, name, census);
  if (base < least) {
    const wanted = Math.max(least, count.wanted);
    const grown: CountProposal = { ...count, bounds, current: base };
    return bring({ ...draft, [name]: grown }, name, wanted, why);
  }
  const next: Draft = { ...draft, [name]: { ...count, bounds } };
  return bring(next, name, Math.max(count.wanted, Math.min(count.current, least)), why);
}

/** Without a target the count is held as it is. */
function boundsBefore(count: CountProposal, census: Census, name: CountName): TargetRange {
  const present = presentOf(census.counts, name);
  return count.bounds ?? count.target ?? { min: 0, max: present };
}

import type { DirectionRules, StepLimit } from '../../model/behavior.js';
import { undoDue } from '../../target/clamp.js';
import { bring } from '../draft.js';
import type { DecisionStep, Draft, StepContext } from '../draft.js';
import { formatDurationMs } from '../../time/duration.js';
import { countBefore, type Moved, movedWithin, unknownForMs } from '../../memory/history.js';
import type { Instant } from '../../time/instant.js';
import { reason } from '../../model/reason.js';
import { COUNT_NAMES, type CountName } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';
import type { PolicyHistory } from '../../model/app-memory.js';

/** 10 x 1.1 must not become 12 by rounding up what floating point leaves. */
const ROUNDING = 1e-9;

/**
 * At most so much added or removed within a period, by the count at its beginning. After kubernetes
 * pkg/controller/podautoscaler/horizontal.go, calculateScaleUpLimitWithScalingRules and its mirror: percentages that add
 * are rounded up, those that remain are rounded down. What is in doubt counts against the direction that is asked for.
 */
export const stepLimits: DecisionStep = (draft, context) => {
  const { input } = context;
  if (draft.isHeld) return draft;
  const { scaleUp, scaleDown } = input.policy.behavior;
  return COUNT_NAMES.reduce<Draft>((next, name) => {
    const change = changeOf(next[name]);
    if (change === 0) return next;
    return limit(next, name, change > 0 ? scaleUp : scaleDown, context);
  }, draft);
};

function limit(
  draft: Draft,
  name: CountName,
  { limits, select }: DirectionRules,
  { input, census, history }: StepContext,
): Draft {
  const count = draft[name];
  if (count === null) return draft;
  const { now } = input;
  const { current, wanted } = count;
  const isGrowth = wanted > current;
  const direction = isGrowth ? 'scale-up' : 'scale-down';
  if (select === 'disabled') {
    const detail = `${name} ${current} to ${wanted}: ${direction} is disabled`;
    return bring(draft, name, current, reason('limited', detail));
  }
  if (limits.length === 0 || history === null) return draft;
  // Growth is on top of removals that are taken back, which then were none.
  const undone = isGrowth ? undoDue(input, count.target, name, census) : 0;
  const proposals = limits.map((rule) => {
    return proposalOf({ rule, isGrowth, current, undone, history, name, now });
  });
  // The largest change is the highest count when growing and the lowest when shrinking.
  const isHighest = isGrowth === (select === 'max');
  const chosen = proposals.reduce((best, each) =>
    isHighest === each.count > best.count ? each : best,
  );
  const bound = isGrowth ? Math.max(current, chosen.count) : Math.min(current, chosen.count);
  const allowed = isGrowth ? Math.min(wanted, bound) : Math.max(wanted, bound);
  const detail = `${name} ${current} to ${wanted}, at ${isGrowth ? 'most' : 'least'} ${bound}: ${chosen.text}`;
  return bring(draft, name, allowed, reason('limited', detail));
}

interface Proposed {
  readonly count: number;
  readonly text: string;
}

interface Asked {
  readonly rule: StepLimit;
  readonly isGrowth: boolean;
  readonly current: number;
  /** Removals that are taken back in this pass; `current` has them already. */
  readonly undone: number;
  readonly history: PolicyHistory;
  readonly name: CountName;
  readonly now: Instant;
}

/** What the limit alone makes of a change without an end; on the other side of `current`: nothing may change. */
export function countAllowed(asked: Asked): number {
  return proposalOf(asked).count;
}

function proposalOf(asked: Asked): Proposed {
  const { rule, isGrowth, current, undone, history, name, now } = asked;
  const { kind, amount, periodMs } = rule;
  const period = formatDurationMs(periodMs);
  const size = kind === 'machines' ? `${amount}` : `${amount} %`;
  if (!isGrowth) {
    const leftMs = unknownForMs(history, periodMs, now);
    if (leftMs > 0) {
      const left = formatDurationMs(Math.ceil(leftMs / 1000) * 1000);
      const text = `${size} within ${period}, counted as spent for ${left} more, as nothing is known of before`;
      return { count: current, text };
    }
  }
  const moved = movedWithin(history[name], periodMs, now);
  const { added, ...gone } = settled(moved, isGrowth);
  const removed = Math.max(0, gone.removed - undone);
  const atStart = countBefore(current, { added, removed });
  const used = isGrowth ? `${added} added` : `${removed} removed`;
  return {
    count: after(atStart, rule, isGrowth),
    text: `${size} within ${period}, ${used} in it`,
  };
}

function settled(moved: Moved, isGrowth: boolean): { added: number; removed: number } {
  const { added, perhapsAdded, removed, perhapsRemoved } = moved;
  return isGrowth
    ? { added: added + perhapsAdded, removed }
    : { added, removed: removed + perhapsRemoved };
}

function after(atStart: number, { kind, amount }: StepLimit, isGrowth: boolean): number {
  if (kind === 'machines') return isGrowth ? atStart + amount : atStart - amount;
  // A share of nothing is nothing, for ever. An HPA leaves zero replicas alone; we must be able to start the first.
  if (isGrowth && atStart === 0) return 1;
  const share = (atStart * amount) / 100;
  return isGrowth ? Math.ceil(atStart + share - ROUNDING) : Math.floor(atStart - share + ROUNDING);
}

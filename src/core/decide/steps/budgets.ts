import type { RemovalBudget } from '../../model/budget.js';
import { type DecisionStep, type Draft, limitChange } from '../draft.js';
import { formatDurationMs } from '../../time/duration.js';
import { countBefore, movedWithin, unknownForMs } from '../../memory/history.js';
import type { Instant } from '../../time/instant.js';
import { reason } from '../../model/reason.js';
import { COUNT_NAMES } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';
import type { CountHistory, PolicyHistory } from '../../model/app-memory.js';

/** Like Karpenter's disruption budgets: percentages are rounded up, the tightest budget that applies holds. */
export const budgets: DecisionStep = (draft, { input, history }) => {
  const { now, policy } = input;
  if (policy.budgets.length === 0 || draft.isHeld) return draft;
  return COUNT_NAMES.reduce<Draft>((next, name) => {
    if (changeOf(next[name]) >= 0) return next;
    return policy.budgets.reduce((each, budget) => {
      if (budget.when !== null && !budget.when.stateAt(now.wallMs).isOpen) return each;
      const current = each[name]?.current ?? 0;
      const { left, text } = leftOf(budget, current, history, history?.[name] ?? null, now);
      const where = budget.when === null ? '' : ` (${budget.when.text})`;
      const detail = `${-changeOf(each[name])} fewer ${name} wanted, ${left} allowed: ${text}${where}`;
      return limitChange(each, name, left, reason('budget-spent', detail));
    }, next);
  }, draft);
};

/** How many more may be removed of so many that are there, and why. */
export function leftOf(
  { kind, amount, periodMs }: RemovalBudget,
  current: number,
  history: PolicyHistory | null,
  changes: CountHistory | null,
  now: Instant,
): { left: number; text: string } {
  const size = kind === 'machines' ? `${amount}` : `${amount} %`;
  if (amount === 0 || history === null || changes === null) {
    return { left: 0, text: 'none may be removed' };
  }
  const period = formatDurationMs(periodMs);
  const unknownMs = unknownForMs(history, periodMs, now);
  if (unknownMs > 0) {
    const left = formatDurationMs(Math.ceil(unknownMs / 1000) * 1000);
    const text = `${size} within ${period}, counted as spent for ${left} more, as nothing is known of before`;
    return { left: 0, text };
  }
  const moved = movedWithin(changes, periodMs, now);
  // What is in doubt counts against removing more: it was removed, or it was added meanwhile.
  const removed = moved.removed + moved.perhapsRemoved;
  const added = moved.added + moved.perhapsAdded;
  const before = countBefore(current, { added, removed });
  const most = kind === 'machines' ? amount : Math.ceil((before * amount) / 100);
  return {
    left: Math.max(0, most - removed),
    text: `${size} within ${period}, ${removed} removed in it`,
  };
}

import { forbidGrowing, forbidShrinking } from '../draft.js';
import type { DecisionStep, Draft } from '../draft.js';
import { reason } from '../../model/reason.js';
import { frozenBy } from '../../model/scheduled.js';
import { COUNT_NAMES } from '../../model/count.js';

/** What a freeze forbids is done for nobody: no floor, no pause at a count. Removals that can still be cancelled are. */
export const freezes: DecisionStep = (draft, { input }) => {
  if (input.policy.schedules.length === 0 || draft.isHeld) return draft;
  const frozen = frozenBy(input.policy.schedules, input.now.wallMs);
  if (frozen.texts.length === 0) return draft;
  const still = COUNT_NAMES.reduce<Draft>((next, name) => {
    const shrunk = frozen.in ? forbidShrinking(next, name) : next;
    return frozen.out ? forbidGrowing(shrunk, name) : shrunk;
  }, draft);
  const what = frozen.in && frozen.out ? 'all' : frozen.in ? 'shrinking' : 'growing';
  const detail = `${what}: ${frozen.texts.join('; ')}`;
  return { ...still, reasons: [...still.reasons, reason('frozen', detail)] };
};

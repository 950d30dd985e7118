import type { DecisionStep, Draft } from '../draft.js';
import { COUNT_NAMES } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';

/**
 * Missing, stale or broken data never scales down, nor does a release that may still be running.
 * The reasons say so already: this step only takes the change back.
 */
export const shrinkOnlyWhenAllowed: DecisionStep = (draft) =>
  COUNT_NAMES.reduce<Draft>((next, name) => {
    const count = next[name];
    const mayShrink = name === 'created' ? next.mayShrinkCreated : next.mayShrinkStarted;
    if (count === null || mayShrink || changeOf(count) >= 0) return next;
    return { ...next, [name]: { ...count, wanted: count.current } };
  }, draft);

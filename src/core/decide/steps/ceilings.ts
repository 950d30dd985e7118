import { reason } from '../../model/reason.js';
import { type DecisionStep, type Draft, limitChange } from '../draft.js';
import { COUNT_NAMES } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';

/** Caps that a bad metric cannot pass, per pass and per app. */
export const ceilings: DecisionStep = (draft, { input, census }) => {
  const { caps } = input.policy;
  const { counts } = census;
  let next: Draft = draft;

  const creates = changeOf(next.created);
  if (creates > 0) {
    const most = caps.maxCreatePerPass ?? Math.max(10, counts.created + counts.unseen);
    const perPass = reason('capped', `${creates} creates wanted, at most ${most} in a pass`);
    next = limitChange(next, 'created', most, perPass);
    const room = Math.max(0, caps.maxMachinesPerApp - counts.existing);
    const detail = `${creates} creates wanted, ${counts.existing} of at most ${caps.maxMachinesPerApp} machines exist`;
    next = limitChange(next, 'created', room, reason('capped', detail));
  }

  for (const name of COUNT_NAMES) {
    const removals = -changeOf(next[name]);
    if (removals <= 0) continue;
    const current = next[name]?.current ?? 0;
    const most = caps.maxRemovePerPass ?? Math.ceil(current / 2);
    const verb = name === 'created' ? 'removals' : 'stops';
    const why = reason('capped', `${removals} ${verb} wanted, at most ${most} in a pass`);
    next = limitChange(next, name, most, why);
  }
  return next;
};

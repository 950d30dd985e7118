import { reason } from '../reason.js';
import { describeRelease, releasePhase } from '../release.js';
import type { DecisionStep, Draft } from '../draft.js';

/** While a release runs nothing is done; one that runs for too long to be believed allows growth only. */
export const stayOutOfDeploys: DecisionStep = (draft, { input }) => {
  const { look, policy, memory, now } = input;
  const { release } = look;
  if (release === 'unread' || release === null) return draft;
  const phase = releasePhase(release, policy.releaseMaxAgeMs, now, memory.clockJumpedAtMs);
  if (phase === 'settled') return draft;
  const detail = describeRelease(release, now);
  if (phase === 'running') {
    const reasons = [...draft.reasons, reason('release-running', detail)];
    return { ...keepAll(draft), isHeld: true, reasons };
  }
  const reasons = [...draft.reasons, reason('release-overdue', detail)];
  return { ...draft, mayShrinkCreated: false, mayShrinkStarted: false, reasons };
};

function keepAll(draft: Draft): Draft {
  const keep = (count: Draft['created']): Draft['created'] =>
    count === null ? null : { ...count, wanted: count.current };
  return {
    ...draft,
    created: keep(draft.created),
    started: keep(draft.started),
    mayShrinkCreated: false,
    mayShrinkStarted: false,
  };
}

import { reason } from '../../model/reason.js';
import { describeRelease, releasePhase } from '../../machines/release.js';
import { keepAll, type DecisionStep } from '../draft.js';

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
    return { ...keepAll(draft), reasons };
  }
  const reasons = [...draft.reasons, reason('release-overdue', detail)];
  return {
    ...draft,
    mayShrinkCreated: false,
    mayShrinkStarted: false,
    isReleaseOverdue: true,
    reasons,
  };
};

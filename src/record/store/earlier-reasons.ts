/** Reasons as builds stored them that knew no `subject`: the detail began with it. */
import type { Action } from '../../core/model/decision.js';
import { meaningOf, type Reason } from '../../core/model/reason.js';
import type { PassReport } from '../../seams/events.js';

/** Modes of pauses by the words that details began with. */
const PAUSE_MODES: readonly (readonly [start: string, mode: string])[] = [
  ['at ', 'at'],
  ['all,', 'all'],
  ['shrinking,', 'in'],
  ['growing,', 'out'],
];

/** The same reason with the subject that its row asks for. One that has it, or needs none, is given back as it is. */
function withSubject(each: Reason): Reason {
  const { code, detail, subject } = each;
  // A later build, or damage, may have stored a code that is not known here.
  const kind = (meaningOf(code) as ReturnType<typeof meaningOf> | undefined)?.subject ?? null;
  if (subject !== undefined || kind === null) return each;
  const found =
    kind === 'pause'
      ? PAUSE_MODES.find(([start]) => detail.startsWith(start))?.[1]
      : /^(?:(created|started) \d|(.+?): )/.exec(detail)?.slice(1).join('');
  return found === undefined || found === '' ? each : { ...each, subject: found };
}

const all = (reasons: readonly Reason[]): readonly Reason[] => reasons.map(withSubject);

function ofActions<Each extends Action>(actions: readonly Each[]): readonly Each[] {
  return actions.map((action) => ({ ...action, reason: withSubject(action.reason) }));
}

/** Everything of a stored pass that may hold such reasons. */
export function withSubjects<
  Stored extends Pick<PassReport, 'proposal' | 'grant' | 'plan' | 'reasons'>,
>(stored: Stored): Stored {
  const { proposal, grant, plan, reasons } = stored;
  return {
    ...stored,
    reasons: all(reasons),
    grant: grant && { ...grant, reasons: all(grant.reasons) },
    plan: plan && {
      undos: ofActions(plan.undos),
      starts: ofActions(plan.starts),
      creates: ofActions(plan.creates),
      removals: ofActions(plan.removals),
      reasons: all(plan.reasons),
    },
    proposal: proposal && {
      ...proposal,
      reasons: all(proposal.reasons),
      steps: proposal.steps.map((step) => ({ ...step, reasons: all(step.reasons) })),
    },
  };
}

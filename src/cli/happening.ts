/** What is happening to an app and what comes next, in plain words, for people who see it for the first time. */
import type { CountProposal } from '../core/model/decision.js';
import { isAmong, meaningOf, type Reason, type ReasonCode } from '../core/model/reason.js';
import { levelOf } from '../record/report/problem.js';
import { actionVerb } from '../record/report/verb.js';
import { describeOutcomes } from '../record/view/view.js';
import { windowsOf } from '../record/explain/windows.js';
import { formatAge } from './wording.js';
import type { CountName } from '../core/model/count.js';
import type { PassReport } from '../seams/events.js';

export interface Happening {
  /** Short enough for a column: what matters stands first. */
  readonly text: string;
  /** `good`: something was done; `bad`: somebody should look. */
  readonly tone: 'good' | 'faint' | 'bad';
  /** It tells of what was done, so that it matters when that was. */
  readonly isDeed: boolean;
  /** Wall time when the rule that holds it lets go; null: none does, or nobody knows when. */
  readonly freeAtMs: number | null;
  /** All reasons, in full. */
  readonly details: readonly string[];
}

/** `intervalMs`: from one pass to the next. */
export function happeningOf(report: PassReport, intervalMs: number): Happening {
  const details = report.reasons.map(sentenceOf);
  if (report.error !== null) {
    const text = `cannot look: ${report.error.message}`;
    return { text, tone: 'bad', isDeed: false, freeAtMs: null, details };
  }
  const failed = report.outcomes.find(({ result }) => result === 'failed');
  if (failed !== undefined) {
    const text = `${actionVerb(failed).short} a machine: ${failed.detail ?? 'it failed'}`;
    return { text, tone: 'bad', isDeed: false, freeAtMs: null, details };
  }
  const movement = movementOf(report);
  if (movement === null) return { ...atRest(report), details };
  const { text, isWhole, isActing } = movement;
  if (isWhole) return { text, tone: 'good', isDeed: true, freeAtMs: null, details };
  const why = whyNotWhole(report, movement, intervalMs);
  const tone = why.isBad ? 'bad' : isActing ? 'good' : 'faint';
  return { text: `${text}${why.text}`, tone, isDeed: false, freeAtMs: why.endsAtMs, details };
}

interface Movement {
  readonly text: string;
  readonly name: CountName;
  readonly count: CountProposal;
  /** This pass does all that is to be done. */
  readonly isWhole: boolean;
  readonly isActing: boolean;
}

/** Where a count goes that is not where the expressions want it; null when none is. */
function movementOf({ proposal, outcomes }: PassReport): Movement | null {
  for (const name of ['created', 'started'] as const) {
    const count = proposal?.[name] ?? null;
    const to = count === null ? null : goalOf(count);
    if (count === null || to === null) continue;
    const unit = name === 'started' && proposal?.created !== null ? ' running' : '';
    const way = to > count.current ? 'growing' : 'shrinking';
    const begun = outcomes.filter(({ action }) => action.reason.code !== 'removal-under-way');
    const done = begun.filter(({ result }) => result === 'done' || result === 'partly');
    const isActing = count.wanted !== count.current && done.length > 0;
    const isWhole = isActing && count.wanted === to && done.length === begun.length;
    const did = isWhole ? `: ${describeOutcomes(done)}` : '';
    return { text: `${way} to ${to}${unit}${did}`, name, count, isWhole, isActing };
  }
  return null;
}

/** The count it ends at; null when it is there. A rule beside the expressions may want another one. */
function goalOf({ current, target, wanted }: CountProposal): number | null {
  if (target !== null && current < target.min) return Math.max(target.min, wanted);
  if (target !== null && current > target.max) return Math.min(target.max, wanted);
  return wanted === current ? null : wanted;
}

function whyNotWhole(
  report: PassReport,
  { name, count, isActing }: Movement,
  intervalMs: number,
): { readonly text: string; readonly isBad: boolean; readonly endsAtMs: number | null } {
  const held = report.outcomes.find(({ result }) => result === 'held');
  if (held !== undefined) {
    const text = `: waits${held.detail === undefined ? '' : `, ${held.detail}`}`;
    return { text, isBad: false, endsAtMs: null };
  }
  const n = Math.abs(count.wanted - count.current);
  const last = report.proposal?.steps.findLast((step) => step[name] !== null);
  const limit = gravest(lateReasons(report)) ?? last?.reasons[0] ?? gravest(report.reasons);
  if (isActing && (limit === undefined || limit.code === 'capped' || limit.code === 'limited'))
    return { text: `, ${n} every ${formatAge(intervalMs)}`, isBad: false, endsAtMs: null };
  if (limit === undefined) return { text: '', isBad: false, endsAtMs: null };
  const isBad = levelOf(limit.code) === 'warn';
  return { text: `: ${meaningOf(limit.code).short}`, isBad, endsAtMs: endOf(report, limit) };
}

/** What came up while the pass was about to act. */
function lateReasons({ reasons, proposal }: PassReport): readonly Reason[] {
  return reasons.filter((each) => !isAmong(proposal?.reasons ?? reasons, each));
}

/** The gravest that is more than the ordinary course of things. */
function gravest(reasons: readonly Reason[]): Reason | undefined {
  const at = (level: 'warn' | 'info'): Reason | undefined =>
    reasons.find(({ code }) => levelOf(code) === level);
  return at('warn') ?? at('info');
}

function atRest({
  proposal,
  reasons,
}: PassReport): Pick<Happening, 'text' | 'tone' | 'isDeed' | 'freeAtMs'> {
  const worst = gravest(reasons);
  if (worst !== undefined && levelOf(worst.code) === 'warn')
    return {
      text: `held: ${meaningOf(worst.code).short}`,
      tone: 'bad',
      isDeed: false,
      freeAtMs: null,
    };
  const leaving = proposal?.counts.leaving ?? 0;
  const going = leaving === 0 ? '' : `, ${leaving} on the way out`;
  if (worst !== undefined)
    return {
      text: `${meaningOf(worst.code).short}${going}`,
      tone: 'faint',
      isDeed: false,
      freeAtMs: null,
    };
  return { text: `at target${going}`, tone: 'faint', isDeed: false, freeAtMs: null };
}

function sentenceOf({ code, detail }: Reason): string {
  return `${code.replaceAll('-', ' ')}: ${detail === '' ? meaningOf(code).says : detail}`;
}

/** When the rule that gave the reason lets go, where that is known. */
function endOf({ input, proposal }: PassReport, { code }: Reason): number | null {
  const begins = WINDOW_OF[code];
  if (input === null || proposal === null || begins === undefined) return null;
  return windowsOf(input, proposal).find(({ what }) => what.startsWith(begins))?.endsAtMs ?? null;
}

const WINDOW_OF: Partial<Record<ReasonCode, string>> = {
  'cooling-down': 'cooldown',
  stabilizing: 'stabilization',
  limited: 'limit',
  paused: 'pause',
  'create-failing': 'wait after failed creates',
  'no-capacity': 'region',
};

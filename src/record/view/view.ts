/** The last pass of each app, small enough to keep for a whole fleet, and sums since the start. */
import type { Clock } from '../../seams/clock.js';
import type { Action, ActionOutcome } from '../../core/model/decision.js';
import { isAmong, meaningOf, type Reason } from '../../core/model/reason.js';
import { sampleJson } from '../../core/model/sample-json.js';
import type { AppView, FleetView } from '../../seams/views.js';
import { PerPolicy, shownPolicy } from '../report/per-policy.js';
import { isOfGoneApp, levelOf } from '../report/problem.js';
import { SharedTexts } from '../report/shared-texts.js';
import { createTotals, type ErrorCount, type Totals } from '../report/totals.js';
import { actionVerb } from '../report/verb.js';
import type { CountName } from '../../core/model/count.js';
import type { FleetEvent, PassReport, Recorder } from '../../seams/events.js';

export interface View extends FleetView {
  readonly recorder: Recorder;
  totals(): Totals;
  /** What the errors among the totals were, the first to come first; those of too many kinds are counted only. */
  errors(): readonly ErrorCount[];
}

const SENTENCES = new SharedTexts();

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** "app-2" before "app-10"; names that differ never compare equal. */
function byName(a: string, b: string): number {
  const order = BY_NUMBER.compare(a, b);
  if (order !== 0 || a === b) return order;
  return a < b ? -1 : 1;
}

export function createView(clock: Clock): View {
  const views = new PerPolicy<AppView>();
  const totals = createTotals();
  /** Sorting a large fleet takes long, and its names change rarely. Null: to be sorted anew. */
  let sorted: readonly string[] | null = null;
  const names = (after: string | null, limit: number): readonly string[] => {
    sorted ??= views.apps().toSorted(byName);
    const first = after === null ? 0 : firstAfter(sorted, after);
    return sorted.slice(first, first + limit);
  };
  const drop = (app: string): void => {
    views.drop(app);
    sorted = null;
  };
  const onFleet = (event: FleetEvent): void => {
    if (event.kind === 'apps-unchanged') {
      totals.unchanged(event.apps.length);
    }
    if (event.kind === 'app-gone') drop(event.app);
    if (event.kind === 'app-list') for (const app of event.removed) drop(app);
    if (event.kind === 'policies-ended') {
      for (const { app, policy } of event.ended) views.delete(app, policy);
      sorted = null;
    }
    if (event.kind === 'app-list-failed') totals.failed([`app list: ${event.error.message}`]);
  };
  return {
    recorder: {
      pass(report) {
        totals.pass(report);
        if (isOfGoneApp(report)) return;
        const { app, policy } = report;
        const before = views.get(app, policy.name) ?? null;
        if (before === null) sorted = null;
        views.set(app, policy.name, viewOf(report, before, clock.now()));
      },
      fleet: onFleet,
    },
    apps: () => names(null, views.appCount).flatMap((name) => views.ofApp(name)),
    names,
    get size() {
      return views.appCount;
    },
    app: (name) => views.ofApp(name),
    totals: () => totals.sums(),
    errors: () => totals.errors(),
  };
}

/** Where the first name stands that comes after that one, which need not be among them. */
function firstAfter(sorted: readonly string[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byName(sorted[middle] ?? '', name) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function viewOf(report: PassReport, before: AppView | null, nowMs: number): AppView {
  const { proposal, outcomes } = report;
  const text = describeOutcomes(outcomes);
  const hold = holdOf(report);
  return {
    app: report.app,
    policy: shownPolicy(report.policy),
    metrics: [...report.samples].map(([name, sample]) => [name, sampleJson(sample)] as const),
    created: proposal?.counts.created ?? null,
    started: proposal?.counts.started ?? null,
    createdTarget: proposal?.created?.target ?? null,
    startedTarget: proposal?.started?.target ?? null,
    machinesByState: report.machinesByState,
    lastAction:
      text === '' ? (before?.lastAction ?? null) : { text, atMs: nowMs, why: whyOf(report) },
    state: SENTENCES.of(hold?.text ?? whyOf(report)),
    level: hold?.level ?? 'quiet',
  };
}

/**
 * "created 2, started 1"; "" when nothing was done. Beside what begins, what an earlier pass began is told apart: the numbers
 * of the first are the change of the counts.
 */
export function describeOutcomes(outcomes: readonly ActionOutcome[]): string {
  const earlier = outcomes.filter(isOfEarlier);
  const begun = outcomes.filter((outcome) => !isOfEarlier(outcome));
  if (begun.length === 0 || earlier.length === 0) return numbersOf(outcomes);
  return `${numbersOf(begun)}; begun before: ${numbersOf(earlier)}`;
}

function isOfEarlier({ action }: ActionOutcome): boolean {
  return action.reason.code === 'removal-under-way';
}

function numbersOf(outcomes: readonly ActionOutcome[]): string {
  const numbers = new Map<string, number>();
  for (const outcome of outcomes) {
    const { short } = actionVerb(outcome);
    numbers.set(short, (numbers.get(short) ?? 0) + 1);
  }
  return [...numbers].map(([short, n]) => `${short} ${n}`).join(', ');
}

type Judged = Pick<PassReport, 'reasons' | 'error' | 'proposal'>;

/** What keeps the app from its target, or else why it is where it is; one line. */
export function stateOf(pass: Judged): string {
  return holdOf(pass)?.text ?? whyOf(pass);
}

/** The same of a pass that acted: what it acted on, not what held it otherwise. */
export function causeOf({
  reasons,
  error,
  proposal,
  outcomes,
}: Judged & Pick<PassReport, 'outcomes'>): string {
  // What was decided now is no cause of what was begun before: it may have been nothing, or the contrary.
  const [begun] = outcomes.map(({ action }) => action.reason);
  const isGoingOn = outcomes.every(isOfEarlier);
  if (error === null && begun !== undefined && isGoingOn) return sentenceOf(begun);
  // A pause at a count is a cause too.
  const isCause = ({ code, subject }: Reason): boolean =>
    meaningOf(code).holds !== 'forbids' || (code === 'paused' && subject === 'at');
  const judged = {
    reasons: reasons.filter(isCause),
    error,
    proposal: ofActing(proposal, outcomes),
  };
  const hold = holdOf(judged);
  if (hold !== null) return hold.text;
  const asked = outcomes.map(({ action }) => action.reason).filter(isDirection);
  const told = [...new Set(asked.map(({ detail }) => detail))].filter((detail) => detail !== '');
  return told.length > 0 ? told.join('; ') : whyOf(judged);
}

/** The proposal with the steps that changed a count for which something was done. */
function ofActing(
  proposal: Judged['proposal'],
  outcomes: readonly ActionOutcome[],
): Judged['proposal'] {
  const acting = new Set(outcomes.flatMap(({ action }) => COUNT_OF[action.kind] ?? []));
  if (proposal === null || acting.size === 0) return proposal;
  const steps = proposal.steps.filter((step) => [...acting].some((name) => step[name] !== null));
  return { ...proposal, steps };
}

/** The count that asks for it. What is taken back, or made ready again, may be of either. */
const COUNT_OF: Partial<Record<Action['kind'], CountName>> = {
  create: 'created',
  destroy: 'created',
  start: 'started',
  stop: 'started',
  suspend: 'started',
};

function whyOf({ reasons, error }: Judged): string {
  if (error !== null) return error.message;
  const best = headlineOf(reasons) ?? reasons[0];
  return best === undefined ? '' : sentenceOf(best);
}

/** Of several that say as much, the last. */
function headlineOf(reasons: readonly Reason[]): Reason | undefined {
  let best: Reason | undefined;
  let most = 1;
  for (const each of reasons) {
    const { headline } = meaningOf(each.code);
    if (headline < most) continue;
    [best, most] = [each, headline];
  }
  return best;
}

function holdOf(pass: Judged): (Pick<AppView, 'level'> & { readonly text: string }) | null {
  const { reasons, error } = pass;
  if (error !== null) return { text: error.message, level: 'warn' };
  const worst = firstAt('warn', reasons) ?? firstAt('info', reasons);
  const told = lateWarning(pass) ?? decidingReason(pass) ?? worst;
  return told === undefined
    ? null
    : { text: sentenceOf(told), level: worst === undefined ? 'quiet' : levelOf(worst.code) };
}

function firstAt(level: AppView['level'], reasons: readonly Reason[]): Reason | undefined {
  return reasons.find(({ code }) => levelOf(code) === level);
}

/** What kept the pass from doing what was decided. */
function lateWarning({ reasons, proposal }: Judged): Reason | undefined {
  const decided = proposal?.reasons ?? reasons;
  return firstAt(
    'warn',
    reasons.filter((each) => !isAmong(decided, each)),
  );
}

/** What the last step said that changed a count. */
function decidingReason({ reasons, proposal }: Judged): Reason | undefined {
  const last = proposal?.steps.findLast(
    ({ created, started }) => created !== null || started !== null,
  );
  return last?.reasons.find((each) => isAmong(reasons, each));
}

function isDirection({ code }: Pick<Reason, 'code'>): boolean {
  return code === 'scale-up' || code === 'scale-down';
}

function sentenceOf({ code, detail }: Reason): string {
  if (detail === '') return meaningOf(code).says;
  if (isDirection({ code })) return detail;
  return `${code.replaceAll('-', ' ')}: ${detail}`;
}

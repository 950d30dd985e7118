/** The last pass of each app, small enough to keep for a whole fleet, and sums since the start. */
import type { Clock } from '../clock.js';
import type { ActionOutcome, TargetRange } from '../core/decision.js';
import { REASONS, type Reason } from '../core/reason.js';
import type { FleetEvent, PassReport, Recorder } from '../ports.js';
import { sampleJson, type SampleJson } from './sample-json.js';
import { isOrdinary } from './problem.js';
import { actionVerb } from './verb.js';

export interface AppView {
  readonly app: string;
  readonly metrics: readonly (readonly [name: string, value: SampleJson])[];
  /** Healthy machines. Null when they could not be read. */
  readonly created: number | null;
  readonly started: number | null;
  /** Null: that count is left as it is, or has no usable number. */
  readonly createdTarget: TargetRange | null;
  readonly startedTarget: TargetRange | null;
  readonly machinesByState: Readonly<Record<string, number>> | null;
  /** The last thing that was done, such as "created 2"; it stays until there is a newer one. */
  readonly lastAction: {
    readonly text: string;
    readonly atMs: number;
    readonly why: string;
  } | null;
  /** What keeps the app from its target, or else why it is where it is. */
  readonly state: string;
  readonly isTroubled: boolean;
}

export interface Totals {
  readonly passes: number;
  readonly created: number;
  readonly destroyed: number;
  readonly started: number;
  readonly stopped: number;
  readonly errors: number;
}

export interface View {
  readonly recorder: Recorder;
  /** By name, app-2 before app-10. */
  apps(): readonly AppView[];
  totals(): Totals;
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

export function createView(clock: Clock): View {
  const views = new Map<string, AppView>();
  let totals: Totals = { passes: 0, created: 0, destroyed: 0, started: 0, stopped: 0, errors: 0 };
  const onFleet = (event: FleetEvent): void => {
    if (event.kind === 'app-gone') views.delete(event.app);
    if (event.kind === 'app-list') for (const app of event.removed) views.delete(app);
    if (event.kind === 'app-list-failed') totals = { ...totals, errors: totals.errors + 1 };
  };
  return {
    recorder: {
      pass(report) {
        views.set(report.app, viewOf(report, views.get(report.app) ?? null, clock.now()));
        totals = addTo(totals, report);
      },
      fleet: onFleet,
    },
    apps: () => [...views.values()].sort((a, b) => BY_NUMBER.compare(a.app, b.app)),
    totals: () => totals,
  };
}

export function viewOf(report: PassReport, before: AppView | null, nowMs: number): AppView {
  const { proposal, outcomes } = report;
  const text = describeOutcomes(outcomes);
  const trouble = troubleOf(report);
  return {
    app: report.app,
    metrics: [...report.samples].map(([name, sample]) => [name, sampleJson(sample)] as const),
    created: proposal?.counts.created ?? null,
    started: proposal?.counts.started ?? null,
    createdTarget: proposal?.created?.target ?? null,
    startedTarget: proposal?.started?.target ?? null,
    machinesByState: report.machinesByState,
    lastAction:
      text === '' ? (before?.lastAction ?? null) : { text, atMs: nowMs, why: whyOf(report) },
    state: trouble ?? whyOf(report),
    isTroubled: trouble !== null,
  };
}

/** "created 2, started 1"; "" when nothing was done. */
export function describeOutcomes(outcomes: readonly ActionOutcome[]): string {
  const numbers = new Map<string, number>();
  for (const outcome of outcomes) {
    const { short } = actionVerb(outcome);
    numbers.set(short, (numbers.get(short) ?? 0) + 1);
  }
  return [...numbers].map(([short, n]) => `${short} ${n}`).join(', ');
}

/** The reason that says most about the pass. */
function whyOf({ reasons, error }: PassReport): string {
  if (error !== null) return error.message;
  const telling = (wanted: readonly string[]): Reason | undefined =>
    reasons.findLast(({ code }) => wanted.includes(code));
  const best =
    telling(['scale-up', 'scale-down']) ??
    telling(['removal-under-way', 'at-target']) ??
    reasons[0];
  return best === undefined ? '' : sentenceOf(best);
}

function troubleOf({ reasons, error }: PassReport): string | null {
  if (error !== null) return error.message;
  const first = reasons.find(({ code }) => !isOrdinary(code));
  return first === undefined ? null : sentenceOf(first);
}

function sentenceOf({ code, detail }: Reason): string {
  if (code === 'at-target') return `at target: ${detail}`;
  return detail === '' ? REASONS[code] : detail;
}

function addTo(totals: Totals, { outcomes, error, samples }: PassReport): Totals {
  const done = (kinds: readonly string[]): number =>
    outcomes.filter(({ action, result }) => result === 'done' && kinds.includes(action.kind))
      .length;
  const failed = outcomes.filter(({ result }) => result === 'failed').length;
  const failedSamples = [...samples.values()].filter(({ kind }) => kind === 'error').length;
  return {
    passes: totals.passes + 1,
    created: totals.created + done(['create']),
    destroyed: totals.destroyed + done(['destroy']),
    started: totals.started + done(['start', 'undo']),
    stopped: totals.stopped + done(['stop', 'suspend']),
    errors: totals.errors + failed + failedSamples + (error === null ? 0 : 1),
  };
}

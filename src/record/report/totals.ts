/** Sums over all passes since the start, and what the errors among them were. */
import { messageOfSource } from '../../core/model/sample.js';
import { effectsOf, type Effect } from './effect.js';
import { isOfGoneApp } from './problem.js';
import { actionVerb } from './verb.js';
import type { PassReport } from '../../seams/events.js';

export interface Totals {
  readonly passes: number;
  readonly created: number;
  readonly destroyed: number;
  readonly started: number;
  readonly stopped: number;
  readonly errors: number;
}

/** An error with its app, as often as it came. */
export interface ErrorCount {
  readonly text: string;
  readonly count: number;
}

/** A fleet that runs for weeks has errors of so many kinds. */
const MOST_ERRORS = 100;

export function createTotals() {
  let sums: Totals = { passes: 0, created: 0, destroyed: 0, started: 0, stopped: 0, errors: 0 };
  const errors = new Map<string, number>();
  const failed = (texts: readonly string[]): void => {
    sums = { ...sums, errors: sums.errors + texts.length };
    for (const text of texts) {
      const count = errors.get(text);
      if (count !== undefined || errors.size < MOST_ERRORS) errors.set(text, (count ?? 0) + 1);
    }
  };
  return {
    pass(report: PassReport): void {
      sums = addTo(sums, report);
      failed(errorsOf(report));
    },
    /** So many apps were due and not decided again. */
    unchanged(apps: number): void {
      sums = { ...sums, passes: sums.passes + apps };
    },
    failed,
    sums: (): Totals => sums,
    errors: (): readonly ErrorCount[] => [...errors].map(([text, count]) => ({ text, count })),
  };
}

function addTo(totals: Totals, { outcomes }: PassReport): Totals {
  const effects = outcomes.flatMap(effectsOf).filter(({ status }) => status === 'ok');
  const done = (wanted: readonly Effect[]): number =>
    effects.filter(({ effect }) => wanted.includes(effect)).length;
  return {
    passes: totals.passes + 1,
    created: totals.created + done(['create']),
    destroyed: totals.destroyed + done(['destroy']),
    started: totals.started + done(['start']),
    stopped: totals.stopped + done(['stop', 'suspend']),
    errors: totals.errors,
  };
}

/** What failed, each with its app. */
function errorsOf(report: PassReport): readonly string[] {
  const { app, outcomes, error, samples } = report;
  const failed = outcomes.filter(({ result }) => result === 'failed');
  const texts = [
    ...failed.map((each) => `${actionVerb(each).short}: ${each.detail ?? each.machineId ?? ''}`),
    ...[...samples].flatMap(([name, sample]) =>
      sample.kind === 'error' ? [`${name}: ${messageOfSource(sample.message)}`] : [],
    ),
    ...(error === null || isOfGoneApp(report) ? [] : [error.message]),
  ];
  return texts.map((text) => `${app}  ${text}`);
}

/** What the demonstration shows, and the end of it. */
import type { Clock } from '../seams/clock.js';
import type { Totals } from '../record/report/totals.js';
import type { View } from '../record/view/view.js';
import type { AppView } from '../seams/views.js';
import { formatStopwatch, plural } from './wording.js';
import type { Recorder } from '../seams/events.js';

export interface DemoShow {
  readonly recorders: readonly Recorder[];
  readonly warn: (message: unknown) => void;
  /** `serviceUrl`: where metrics are. */
  begin(serviceUrl: string): void;
  close(): void;
  /** All that happened, in three lines, and each error. */
  summary(): string;
}

export interface ShowOptions {
  /** The simulated time. */
  readonly clock: Clock;
  readonly flyUrl: string;
  readonly seed: number;
  readonly speed: number;
  /** From one look at an app to the next; simulated time. */
  readonly intervalMs: number;
}

/** Each of them may be there for several policies. */
function appsIn(views: readonly AppView[]): number {
  return new Set(views.map(({ app }) => app)).size;
}

/** Errors of more kinds are counted. */
const MOST_ERRORS = 20;

export function summaryOf(view: View, elapsedMs: number): string {
  const totals: Totals = view.totals();
  const apps = plural(appsIn(view.apps()), 'app');
  const errors = view.errors();
  const shown = errors.slice(0, MOST_ERRORS);
  const rest = totals.errors - shown.reduce((sum, { count }) => sum + count, 0);
  return [
    `${apps} in ${formatStopwatch(elapsedMs)} of simulated time, ${totals.passes} passes.`,
    `Machines: ${totals.created} created, ${totals.destroyed} destroyed, ` +
      `${totals.started} started, ${totals.stopped} stopped.`,
    `${plural(totals.errors, 'error')}${totals.errors === 0 ? '.' : ':'}`,
    ...shown.map(({ text, count }) => `  ${text}${count === 1 ? '' : ` (${count} times)`}`),
    ...(rest > 0 ? [`  and ${rest} others`] : []),
    '',
  ].join('\n');
}

/** What happens, line by line for people: the demo without a terminal. */
import type { AppView } from '../seams/views.js';
import { PerPolicy } from '../record/report/per-policy.js';
import { isOfGoneApp } from '../record/report/problem.js';
import { viewOf } from '../record/view/view.js';
import { formatMetrics, formatStopwatch, nameOf, plural } from './wording.js';
import type { FleetEvent, PassReport, Recorder } from '../seams/events.js';

/** One line for each pass that acted, for what holds an app back when that changes, and for apps that come and go. */
export function createEventLines(options: {
  readonly write: (line: string) => void;
  /** Time since the start. */
  readonly elapsedMs: () => number;
}): Recorder {
  const views = new PerPolicy<AppView>();
  const holds = new PerPolicy<string>();
  const gone = new Set<string>();
  /** Metrics whose source is down. */
  const down = new Set<string>();
  let isFirstList = true;
  const say = (text: string): void =>
    options.write(`${formatStopwatch(options.elapsedMs())}  ${text}\n`);

  const pass = (report: PassReport): void => {
    if (isOfGoneApp(report)) return;
    const { app, policy, outcomes } = report;
    gone.delete(app);
    const view = viewOf(report, views.get(app, policy.name) ?? null, report.startedAtMs);
    views.set(app, policy.name, view);
    const who = nameOf(view);
    const metrics = formatMetrics(view.metrics, { isNamed: true });
    if (outcomes.length > 0 && view.lastAction !== null) {
      const { text, why } = view.lastAction;
      say(`${who}  ${text} (${[metrics, why].filter((part) => part !== '').join('; ')})`);
    }
    // A hold that nobody needs to look at is worth a line only where nothing was done.
    const isHeld = view.level === 'warn' || (view.level === 'info' && outcomes.length === 0);
    const hold = isHeld ? (report.error?.code ?? codesOf(report)) : '';
    if (isHeld && holds.get(app, policy.name) !== hold) say(`${who}  ${view.state}`);
    holds.set(app, policy.name, hold);
  };

  const fleet = (event: FleetEvent): void => {
    if (event.kind === 'app-list') {
      if (isFirstList) say(`${plural(event.apps.length, 'app')}: ${event.apps.join(', ')}`);
      else {
        for (const app of event.added) say(`${app}  appeared`);
        for (const app of event.removed) say(`${app}  left`);
      }
      isFirstList = false;
    } else if (event.kind === 'app-list-failed') say(`app list: ${event.error.message}`);
    else if (event.kind === 'app-gone') {
      if (!gone.has(event.app)) say(`${event.app}  does not exist`);
      gone.add(event.app);
      holds.drop(event.app);
    } else if (event.kind === 'brake') {
      const { source, change, able, down: fell } = event;
      say(`fleet brake of ${source}: ${change} (${fell} of ${able} apps fell)`);
    } else if (event.kind === 'source') {
      if (event.failure !== null && event.state === 'failing') {
        say(`${event.metric}: its source is down: ${event.failure.message}`);
      } else if (event.state === 'up' && down.has(event.metric))
        say(`${event.metric}: its source is back`);
      if (event.state === 'up') down.delete(event.metric);
      else down.add(event.metric);
    } else if (event.kind === 'clock-jumped') say('the clocks disagree; histories start anew');
  };
  return { pass, fleet };
}

/** Details such as ages change in every pass; codes do not. */
function codesOf(report: PassReport): string {
  return report.reasons.map(({ code }) => code).join(' ');
}

/** What of a pass a person should hear about, and how loudly. */
import { collectorKey } from '../../core/model/policy.js';
import { meaningOf, type ReasonCode } from '../../core/model/reason.js';
import type { PassReport } from '../../seams/events.js';

export interface Problem {
  /** Problems of one key are one problem, in however many apps. */
  readonly key: string;
  readonly reason: ReasonCode;
  readonly level: 'info' | 'warn';
  /** How many apps get a line of their own in a minute; the others are counted. */
  readonly linesPerMinute: number;
  /** A fact to know of, and no trouble that lasts: told once for each app, as long as the app is there. */
  readonly isOnce?: true;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** As the log and the API name the levels of reasons. */
const LEVELS = { normal: 'quiet', info: 'info', warning: 'warn' } as const;

/** `quiet`: the ordinary course of things; `info`: a hold that was asked for, or passes by itself; `warn`: somebody should look. */
export function levelOf(code: ReasonCode): 'quiet' | 'info' | 'warn' {
  return LEVELS[meaningOf(code).level];
}

/** The pass found out that its app does not exist: the fleet's event tells that, and nothing is left to keep. */
export function isOfGoneApp(report: PassReport): boolean {
  return report.reasons.some(({ code }) => code === 'app-gone');
}

/** What keys of problems with the metric of a collector begin with. */
export function metricErrorKey(collector: string): string {
  return `metric-error ${collector} `;
}

export function problemsOf(
  report: PassReport,
  /** Of a collector, by its key, whose source is down: that is told elsewhere, for all apps at once. */
  isSourceDown: (collector: string) => boolean = () => false,
): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (key: string, reason: ReasonCode, fields: Problem['fields']): void => {
    const { scope, isSaidOnce } = meaningOf(reason);
    const level = isSaidOnce ? 'warn' : levelOf(reason);
    if (level === 'quiet') return;
    const linesPerMinute = scope === 'app' || isSaidOnce ? 5 : 1;
    const once = isSaidOnce ? ({ isOnce: true } as const) : {};
    if (!problems.has(key))
      problems.set(key, { key, reason, level, linesPerMinute, fields, ...once });
  };
  let hasFailedMetric = false;
  for (const [metric, sample] of report.samples) {
    if (sample.kind !== 'error') continue;
    hasFailedMetric = true;
    // Its own reason tells it.
    if (sample.code === 'source-suspect') continue;
    const collector = collectorKey(report.policy, metric);
    if (isSourceDown(collector)) continue;
    const fields = { metric, code: sample.code, detail: sample.message };
    add(`${metricErrorKey(collector)}${sample.code}`, 'metric-error', fields);
  }
  if (report.error !== null) {
    const { code, message, hint, requestId } = report.error;
    add(`pass-failed ${code}`, 'pass-failed', { code, detail: message, hint, requestId });
  }
  for (const { id, unread } of report.input?.look.machines ?? [])
    if (unread !== undefined)
      add(`unreadable ${id}`, 'unreadable', { machine: id, detail: unread });
  const lacksMetric = report.reasons.some(({ code }) => {
    const { subject, holds } = meaningOf(code);
    return subject === 'metric' && holds === 'forbids';
  });
  for (const { code, detail } of report.reasons) {
    // Said above, machine by machine.
    if (code === 'unreadable') continue;
    // Said above, with more particulars.
    if (code === 'metric-error' && hasFailedMetric) continue;
    if (code === 'pass-failed' && report.error !== null) continue;
    // An expression that fails for want of a metric is the metric's problem.
    if (code === 'expression-failed' && (hasFailedMetric || lacksMetric)) continue;
    add(code, code, { detail });
  }
  return [...problems.values()];
}

/** What of a pass a person should hear about, and how loudly. */
import { collectorKey } from '../core/policy.js';
import type { PassReport } from '../ports.js';
import type { ReasonCode } from '../core/reason.js';

export interface Problem {
  /** Problems of one key are one problem, in however many apps. */
  readonly key: string;
  readonly reason: ReasonCode;
  readonly level: 'info' | 'warn';
  /** How many apps get a line of their own in a minute; the others are counted. */
  readonly linesPerMinute: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The ordinary course of things: part of the pass's own line, no problem. */
const ORDINARY: ReadonlySet<ReasonCode> = new Set([
  'at-target',
  'scale-up',
  'scale-down',
  'removal-under-way',
  'removal-undone',
  'removal-waits',
  'draining',
  'spares-kept',
  'started-floor',
  'fresh-look-differs',
  'young-machines',
  'dry-run',
  'clock-jumped',
]);

/** Holds that were asked for, or pass by themselves. A code that is in neither set is a warning. */
const PASSING: ReadonlySet<ReasonCode> = new Set([
  'release-running',
  'lease-held',
  'lease-moved',
  'app-gone',
  'capped',
  'fleet-capped',
  'within-tolerance',
  'stabilizing',
  'cooling-down',
  'limited',
  'budget-spent',
  'backing-off',
  'schedule-floor',
  'schedule-ceiling',
  'frozen',
  'paused',
  'replacing-unreachable',
  'protected',
  'region-minimum',
  'region-maximum',
  'cannot-suspend',
]);

/** Of these one cause usually reaches every app at once: a source, Fly itself, an expression, a schedule, an order. */
const SHARED: ReadonlySet<ReasonCode> = new Set([
  'metric-error',
  'source-suspect',
  'metric-missing',
  'metric-stale',
  'metric-not-a-number',
  'metric-warning',
  'expression-failed',
  'pass-failed',
  'proxy-autostop',
  'fleet-brake',
  'state-unwritable',
  'backing-off',
  'schedule-floor',
  'schedule-ceiling',
  'frozen',
  'paused',
]);

/** `quiet`: the ordinary course of things; `info`: a hold that was asked for, or passes by itself; `warn`: somebody should look. */
export function levelOf(code: ReasonCode): 'quiet' | 'info' | 'warn' {
  if (ORDINARY.has(code)) return 'quiet';
  return PASSING.has(code) ? 'info' : 'warn';
}

/** An expression that reads such a metric has no number either. */
const WITHOUT_NUMBER: ReadonlySet<ReasonCode> = new Set([
  'metric-missing',
  'metric-stale',
  'metric-not-a-number',
  'source-suspect',
]);

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
    const level = levelOf(reason);
    if (level === 'quiet') return;
    const linesPerMinute = SHARED.has(reason) ? 1 : 5;
    if (!problems.has(key)) problems.set(key, { key, reason, level, linesPerMinute, fields });
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
  const lacksMetric = report.reasons.some(({ code }) => WITHOUT_NUMBER.has(code));
  for (const { code, detail } of report.reasons) {
    // Said above, with more particulars.
    if (code === 'metric-error' && hasFailedMetric) continue;
    if (code === 'pass-failed' && report.error !== null) continue;
    // An expression that fails for want of a metric is the metric's problem.
    if (code === 'expression-failed' && (hasFailedMetric || lacksMetric)) continue;
    add(code, code, { detail });
  }
  return [...problems.values()];
}

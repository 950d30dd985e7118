/** An explanation in words. */
import { formatDurationMs } from '../core/time/duration.js';
import type { Reason } from '../core/model/reason.js';
import { meaningOf } from '../core/model/reason.js';
import type { CountExplanation, Explanation, MetricTurn } from '../record/explain/explanation.js';
import type { ActionJson } from '../core/model/decision-json.js';
import type { Turn } from '../record/explain/nearest.js';
import { formatAge, formatMetric, formatRange } from './wording.js';
import { formatTime } from './times.js';

const KINDS = {
  acts: 'It acted.',
  changed: 'It did nothing, and its reasons were others than before.',
  regular: 'It did nothing, as the one before.',
} as const;

/** Lines for people; times in `zone`. */
export function explanationText(explanation: Explanation, nowMs: number, zone: string): string {
  const { decision, counts, created, started, windows } = explanation;
  const atMs = Date.parse(decision.at);
  const lines = [
    `${decision.app}, policy ${decision.policy}, ${formatTime(atMs, zone)} ${zone} (${formatAge(nowMs - atMs)} ago)`,
    `Decision ${decision.id}, by version ${decision.engine} with configuration ${decision.config}. ${KINDS[decision.kind]}`,
    ...(decision.error === null ? [] : ['', `The pass failed: ${decision.error.message}`]),
    ...section('Values', metricLines(decision.metrics)),
    ...section('Machines', counts === null ? [] : [countsText(counts)]),
    ...countLines('Created machines', created),
    ...countLines('Started machines', started),
    ...section('Done', decision.actions.map(actionText)),
    ...section('Reasons', decision.reasons.map(reasonText)),
    ...section(
      'What ends by itself',
      windows.map(
        ({ what, endsAtMs }) =>
          `${what}: ends at ${formatTime(endsAtMs, zone)}, ${formatDurationMs(Math.round((endsAtMs - atMs) / 1000) * 1000)} after the decision`,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function metricLines(metrics: Explanation['decision']['metrics']): string[] {
  return Object.entries(metrics).map(([name, value]) => {
    const isError = typeof value === 'object' && value !== null && 'error' in value;
    return `${name} = ${isError ? `error: ${value.error}` : formatMetric(value)}`;
  });
}

function countsText(counts: NonNullable<Explanation['counts']>): string {
  const others = Object.entries({
    'in transit': counts.unclear,
    'out of sight': counts.unseen,
    lost: counts.lost,
    'on their way out': counts.leaving,
  }).filter(([, count]) => count > 0);
  const parts = [
    `${counts.created} created`,
    `${counts.started} started`,
    `${counts.stopped} stopped`,
    ...others.map(([what, count]) => `${count} ${what}`),
  ];
  return parts.join(', ');
}

function countLines(title: string, count: CountExplanation | null): string[] {
  if (count === null) return [];
  const { current, target, recommended, wanted, expressions, steps, decidedBy, turns } = count;
  const said =
    expressions.length === 0
      ? 'The started count with its spares'
      : expressions.map((source) => `"${source}"`).join(' to ');
  const lines = [
    target === null
      ? `${said} gives no count, so it stays at ${current}`
      : `${said} wants ${formatRange(target.min, target.max)}: ${change(current, recommended)}`,
    ...steps.map(({ step, before, after, reasons }) => {
      const why = reasons.map(({ detail }) => detail).filter((detail) => detail !== '');
      return `${step}: ${before} -> ${after}${why.length === 0 ? '' : ` (${why.join('; ')})`}`;
    }),
    `Decided by ${decidedBy === 'expressions' ? 'the expressions' : `the step ${decidedBy}`}.`,
    ...turns.flatMap(turnText),
  ];
  return section(`${title}: ${change(current, wanted)}`, lines);
}

function change(from: number, to: number): string {
  return from === to ? `stays at ${from}` : `${from} -> ${to}`;
}

function turnText({ metric, value, of, below, above }: MetricTurn): string[] {
  const parts = [
    below === null ? [] : [turnClause(below, 'below')],
    above === null ? [] : [turnClause(above, 'above')],
  ].flat();
  const what = of === 'target' ? 'the target' : 'the outcome';
  if (parts.length === 0) return [`${metric}: no other value near ${value} changes ${what}`];
  return [`${metric} was ${value}; ${what}: ${parts.join(', ')}`];
}

function turnClause({ value, isIncluded, result }: Turn, beyond: 'below' | 'above'): string {
  return `${isIncluded ? 'at' : beyond} ${value} it would be ${result}`;
}

function actionText({
  action,
  result,
  machine,
  region,
  reason,
  detail,
  steps,
}: ActionJson): string {
  const done = steps.length === 0 ? '' : ` (${steps.join(', ')})`;
  const why = detail ?? reason.detail;
  return `${action} ${machine ?? 'a machine'} in ${region}: ${result}${done}${why === '' ? '' : `, ${why}`}`;
}

function reasonText({ code, detail }: Reason): string {
  return `${code}: ${detail === '' ? meaningOf(code).says : detail}`;
}

/** A record of every pass, kept in a list. */
import type { PassReport, Recorder } from '../ports.js';
import type { DecisionOutline, DecisionQuery, RecordedDecision, RecordReader } from '../views.js';

export function aHandRecord(): { readonly recorder: Recorder; readonly reader: RecordReader } {
  /** The newest first. */
  const kept: RecordedDecision[] = [];
  return {
    recorder: {
      pass: (report) => void kept.unshift(recorded(report, kept.length + 1)),
      fleet: () => undefined,
    },
    reader: {
      async decisions(query) {
        return kept.filter((each) => isAsked(each, query)).slice(0, query.limit);
      },
      decision: async (id) => kept.find((each) => each.id === id) ?? null,
      metricValues: async () => [],
      gaps: async ({ sinceMs = 0, untilMs = Number.POSITIVE_INFINITY }) =>
        GAPS.filter(({ fromMs, toMs }) => fromMs <= untilMs && toMs >= sinceMs),
    },
  };
}

const GAPS = [{ fromMs: 1000, toMs: 2000, lost: null, why: 'the disk is full' }];

function recorded(report: PassReport, id: number): RecordedDecision {
  const { startedAtMs, policy, ...same } = report;
  const kind = report.outcomes.length > 0 ? 'acts' : 'regular';
  const outline = { ...same, atMs: startedAtMs, policy: policy.name, kind } as const;
  return { ...outline, id, engine: '1.2.3', configHash: 'abcdef', report };
}

function isAsked(each: DecisionOutline, query: DecisionQuery): boolean {
  const { app, policy, sinceMs, untilMs, action, reason, kinds, after } = query;
  return (
    (app === undefined || each.app === app) &&
    (policy === undefined || each.policy === policy) &&
    (sinceMs === undefined || each.atMs >= sinceMs) &&
    (untilMs === undefined || each.atMs <= untilMs) &&
    (action === undefined || each.outcomes.some((outcome) => outcome.action.kind === action)) &&
    (reason === undefined || each.reasons.some(({ code }) => code === reason)) &&
    (kinds === undefined || kinds.includes(each.kind)) &&
    (after === undefined || each.id < after.id)
  );
}

/** Tells those who listen of each decision as it is made, and whether it is news. */
import type { FleetEvent, PassReport, Recorder } from '../ports.js';
import type { RecordedKind, LiveDecisions } from '../views.js';

export interface Live extends LiveDecisions {
  readonly recorder: Recorder;
}

/** Far more than there are in practice. */
const MAX_KNOWN = 10_000;

export function createLive(): Live {
  const listeners = new Set<(report: PassReport, news: RecordedKind) => void>();
  /** Policy -> app -> the codes of its last pass; equal texts are kept once. */
  const codes = new Map<string, Map<string, string>>();
  const known = new Map<string, string>();

  const newsOf = (report: PassReport): RecordedKind => {
    const { app, policy, outcomes } = report;
    const text = codesOf(report);
    if (known.size > MAX_KNOWN) known.clear();
    const now = known.get(text) ?? text;
    known.set(now, now);
    const ofPolicy = codes.get(policy.name) ?? new Map<string, string>();
    const before = ofPolicy.get(app);
    ofPolicy.set(app, now);
    codes.set(policy.name, ofPolicy);
    if (outcomes.some(({ result }) => result !== 'dry')) return 'acts';
    return before === now ? 'regular' : 'changed';
  };

  const forget = (app: string): void => {
    for (const ofPolicy of codes.values()) ofPolicy.delete(app);
  };
  const onFleet = (event: FleetEvent): void => {
    if (event.kind === 'app-gone') forget(event.app);
    if (event.kind === 'app-list') for (const app of event.removed) forget(app);
    if (event.kind === 'policies-ended')
      for (const { app, policy } of event.ended) codes.get(policy)?.delete(app);
  };

  return {
    recorder: {
      pass(report) {
        const news = newsOf(report);
        for (const listener of listeners) listener(report, news);
      },
      fleet: onFleet,
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Details such as ages change in every pass; codes do not. */
function codesOf({ reasons, error }: PassReport): string {
  return [...reasons.map(({ code }) => code), ...(error === null ? [] : [error.code])].join(' ');
}

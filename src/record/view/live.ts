/** Tells those who listen of each decision as it is made, and whether it is news. */
import type { RecordedKind, LiveDecisions } from '../../seams/views.js';
import { gistOf } from '../report/gist.js';
import type { FleetEvent, PassReport, Recorder } from '../../seams/events.js';

export interface Live extends LiveDecisions {
  readonly recorder: Recorder;
}

/** Far more than there are in practice. */
const MAX_KNOWN = 10_000;

export function createLive(): Live {
  const listeners = new Set<(report: PassReport, news: RecordedKind) => void>();
  /** Policy -> app -> what its last pass said; equal texts are kept once. */
  const gists = new Map<string, Map<string, string>>();
  const known = new Map<string, string>();

  const newsOf = (report: PassReport): RecordedKind => {
    const { app, policy, outcomes } = report;
    const text = gistOf(report);
    if (known.size > MAX_KNOWN) known.clear();
    const now = known.get(text) ?? text;
    known.set(now, now);
    const ofPolicy = gists.get(policy.name) ?? new Map<string, string>();
    const before = ofPolicy.get(app);
    ofPolicy.set(app, now);
    gists.set(policy.name, ofPolicy);
    if (outcomes.some(({ result }) => result !== 'dry')) return 'acts';
    return before === now ? 'regular' : 'changed';
  };

  const forget = (app: string): void => {
    for (const ofPolicy of gists.values()) ofPolicy.delete(app);
  };
  const onFleet = (event: FleetEvent): void => {
    if (event.kind === 'app-gone') forget(event.app);
    if (event.kind === 'app-list') for (const app of event.removed) forget(app);
    if (event.kind === 'policies-ended')
      for (const { app, policy } of event.ended) gists.get(policy)?.delete(app);
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

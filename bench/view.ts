/** Memory of what the API knows of each app, and the time of a page of it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLive } from '../src/record/view/live.js';
import { createView } from '../src/record/view/view.js';
import { reason } from '../src/core/model/reason.js';
import { createFakeClock } from '../src/testing/fake-clock.js';
import { aProposal, aReport, anOutcome, someCounts } from '../src/testing/reports.js';
import { rounded, type Row } from './figures.js';

const APPS = 10_000;
const PAGES = 100;

export function viewRows(): Row[] {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const view = createView(createFakeClock());
  const live = createLive();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (const outcomes of [[anOutcome('create')], []]) {
    for (let app = 1; app <= APPS; app += 1) {
      const report = reportOf(app, outcomes);
      view.recorder.pass(report);
      live.recorder.pass(report);
    }
  }
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / APPS;
  view.names(null, 1);
  const start = process.hrtime.bigint();
  for (let page = 0; page < PAGES; page += 1) {
    view.names(`my-app-${page * PAGES}`, PAGES).map((name) => view.app(name));
  }
  const pageUs = Number(process.hrtime.bigint() - start) / 1000 / PAGES;
  return [
    ['memory of what the API knows of an app', `${rounded(bytes)} bytes`],
    [`a page of ${PAGES} of ${APPS} apps from the view`, `${rounded(pageUs)} us`],
  ];
}

function reportOf(app: number, outcomes: ReturnType<typeof anOutcome>[]) {
  const n = app % 7;
  return aReport({
    app: `my-app-${app}`,
    samples: new Map([
      ['connection_count', { kind: 'value', value: app * 1.5, atMs: app }],
      ['queue_depth', { kind: 'value', value: n, atMs: app }],
    ]),
    proposal: aProposal({
      counts: someCounts({ created: n }),
      created: { current: n, target: { min: n, max: n + 1 }, recommended: n, wanted: n },
    }),
    outcomes,
    reasons: [reason('at-target', `${n} created, ${app} wanted`)],
    machinesByState: { started: n, stopped: 1 },
  });
}

/** An app in several policies has a report for each: none may hide another. */
import { describe, expect, it } from 'vitest';
import { reason } from '../../core/model/reason.js';
import type { Sample } from '../../core/model/sample.js';
import { aPolicy } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { anOutcome, aProposal, aReport } from '../../testing/reports.js';
import { createLogRecorder } from '../log/log.js';
import { createLogger } from '../log/logger.js';
import { createMetrics } from '../metrics/metrics.js';
import { createView } from './view.js';
import type { PassReport, Recorder } from '../../seams/events.js';

const T0 = 1_780_272_000_000;

function by(name: string, overrides: Partial<PassReport> = {}): PassReport {
  return aReport({ policy: aPolicy({ name }), ...overrides });
}

const wanting = (wanted: number): PassReport['proposal'] =>
  aProposal({ created: { current: 3, target: null, recommended: wanted, wanted } });

const ended = (recorder: Recorder, policy: string): void =>
  recorder.fleet({ kind: 'policies-ended', ended: [{ app: 'my-app-1', policy }] });

describe('metrics of an app', () => {
  function setUp() {
    const clock = createFakeClock({ startMs: T0 });
    const usage = () => ({ residentBytes: 1, cpuSeconds: 1, startedAtMs: 1 });
    const metrics = createMetrics({
      clock,
      version: '1',
      perApp: 'on',
      usage,
      isAppListRead: true,
    });
    const values = (start: string) =>
      [...metrics.text()]
        .join('')
        .split('\n')
        .filter((line) => line.startsWith(start));
    return { recorder: metrics.recorder, values };
  }

  it('have a label for the policy, but for the one that flat settings make', () => {
    const { recorder, values } = setUp();
    recorder.pass(by('default', { proposal: wanting(1) }));
    recorder.pass(by('web', { proposal: wanting(2) }));
    recorder.pass(by('worker', { proposal: wanting(3) }));
    expect(values('fas_wanted_machines')).toEqual([
      'fas_wanted_machines{app="my-app-1",count="created"} 1',
      'fas_wanted_machines{app="my-app-1",policy="web",count="created"} 2',
      'fas_wanted_machines{app="my-app-1",policy="worker",count="created"} 3',
    ]);
  });

  it('end with the policy, and with the app', () => {
    const { recorder, values } = setUp();
    recorder.pass(by('web'));
    recorder.pass(by('worker'));
    ended(recorder, 'web');
    expect(values('fas_crashed')).toEqual([
      'fas_crashed_machines{app="my-app-1",policy="worker"} 0',
    ]);
    recorder.fleet({ kind: 'app-gone', app: 'my-app-1' });
    expect(values('fas_crashed')).toEqual([]);
  });

  it('tell a failing collector of a policy from a shared one of the same name', () => {
    const { recorder, values } = setUp();
    const samples = (kind: 'error' | 'value'): ReadonlyMap<string, Sample> =>
      new Map([
        [
          'queue',
          kind === 'error'
            ? { kind, code: 'source-timeout', message: 'no answer', atMs: 0 }
            : { kind, value: 1, atMs: 0 },
        ],
      ]);
    const own = aPolicy({ name: 'web', ownMetrics: new Map([['queue', 'web/queue']]) });
    recorder.pass(by('web', { policy: own, samples: samples('error') }));
    recorder.pass(by('worker', { samples: samples('value') }));
    expect(values('fas_metric_failing_apps')).toEqual([
      'fas_metric_failing_apps{metric="queue",policy="web"} 1',
      'fas_metric_failing_apps{metric="queue"} 0',
    ]);
  });
});

describe('the log of an app', () => {
  function setUp() {
    const clock = createFakeClock({ startMs: T0 });
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const log = createLogger({ clock, isVerbose: false, destination });
    const recorder = createLogRecorder({ log, clock });
    const tick = () => recorder.fleet({ kind: 'tick', latenessMs: 0, apps: 1, stillBusy: 0 });
    return { clock, recorder, tick, take: () => lines.splice(0) };
  }

  it('names the policy, but for the one that flat settings make', () => {
    const { recorder, take } = setUp();
    for (const name of ['default', 'web'])
      recorder.pass(by(name, { outcomes: [anOutcome('create')] }));
    expect(take().map((line) => line['policy'])).toEqual([undefined, 'web']);
  });

  it('tells the problem of one policy once, whatever the others report', () => {
    const { recorder, take } = setUp();
    const missing = { reasons: [reason('no-clone-source', '2 creates wanted')] };
    for (let pass = 0; pass < 5; pass += 1) {
      recorder.pass(by('web', missing));
      recorder.pass(by('worker'));
    }
    expect(take()).toMatchObject([{ policy: 'web', reason: 'no-clone-source' }]);
  });

  it('ends a problem of several policies when the last of them lost it', async () => {
    const { clock, recorder, tick, take } = setUp();
    const missing = { reasons: [reason('no-clone-source', '2 creates wanted')] };
    recorder.pass(by('web', missing));
    recorder.pass(by('worker', missing));
    expect(take()).toHaveLength(1);
    recorder.pass(by('web'));
    await clock.advance(120_000);
    tick();
    expect(take()).toEqual([]);
    ended(recorder, 'worker');
    await clock.advance(120_000);
    tick();
    expect(take().map((line) => line['msg'])).toContain('problem is over');
  });

  it('repeats no intention of a dry run, of whichever policy', () => {
    const { recorder, take } = setUp();
    const dry = (kind: 'create' | 'destroy') => ({
      outcomes: [anOutcome(kind, { result: 'dry' })],
    });
    for (let pass = 0; pass < 3; pass += 1) {
      recorder.pass(by('web', dry('create')));
      recorder.pass(by('worker', dry('destroy')));
    }
    expect(take().filter(({ result }) => result === 'dry')).toHaveLength(2);
  });

  it('warns of overrides that no app matches', () => {
    const { recorder, take } = setUp();
    recorder.fleet({ kind: 'overrides-unused', overrides: ['overrides[0] (x-*)'] });
    expect(take()).toMatchObject([{ level: 'warn', overrides: ['overrides[0] (x-*)'] }]);
  });
});

it('has a row of the table for each', () => {
  const view = createView(createFakeClock({ startMs: T0 }));
  view.recorder.pass(by('web'));
  view.recorder.pass(by('worker'));
  expect(view.apps().map(({ app, policy }) => [app, policy])).toEqual([
    ['my-app-1', 'web'],
    ['my-app-1', 'worker'],
  ]);
  ended(view.recorder, 'web');
  expect(view.apps()).toHaveLength(1);
});

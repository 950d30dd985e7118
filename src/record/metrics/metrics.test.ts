import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import type { Sample } from '../../core/model/sample.js';
import { reason } from '../../core/model/reason.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { anOutcome, aProposal, aReport } from '../../testing/reports.js';
import { APP_METRICS, FLEET_METRICS } from './metric-table.js';
import { createMetrics } from './metrics.js';

function setUp(perApp: 'auto' | 'on' | 'off' = 'auto', isAppListRead = true) {
  const clock = createFakeClock({ startMs: 1_780_272_000_000 });
  const usage = () => ({ residentBytes: 5e7, cpuSeconds: 1.5, startedAtMs: 1000 });
  const metrics = createMetrics({ clock, version: '9.9.9', perApp, usage, isAppListRead });
  const lines = () => [...metrics.text()].join('').split('\n');
  const values = (start: string) => lines().filter((line) => line.startsWith(start));
  return { clock, metrics, recorder: metrics.recorder, lines, values };
}

describe('metrics', () => {
  it('shows the counters of the original at zero from the start', () => {
    const { values } = setUp();
    expect(values('fas_machine_st')).toEqual([
      'fas_machine_start_count{status="ok"} 0',
      'fas_machine_start_count{status="failed"} 0',
      'fas_machine_stop_count{status="ok"} 0',
      'fas_machine_stop_count{status="failed"} 0',
    ]);
    expect(values('fas_reconcile_count')).toEqual(
      ['create', 'destroy', 'start', 'stop', 'no_scale'].map(
        (status) => `fas_reconcile_count{status="${status}"} 0`,
      ),
    );
  });

  it('writes each family once, with help and type, and only families of the table', () => {
    const { recorder, lines } = setUp();
    recorder.pass(aReport());
    const names = lines().flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    expect(names).toEqual([...Object.keys(FLEET_METRICS), ...Object.keys(APP_METRICS)]);
    const pattern = /^[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? (NaN|[+-]Inf|[-+0-9.e]+)$/;
    const odd = lines().filter(
      (line) => line !== '' && !line.startsWith('#') && !pattern.test(line),
    );
    expect(odd).toEqual([]);
  });

  it('counts what passes did to machines', () => {
    const { recorder, values } = setUp();
    recorder.pass(
      aReport({
        outcomes: [
          anOutcome('create'),
          anOutcome('create', { result: 'failed', errorCode: 'fly-quota' }),
          anOutcome('create', { result: 'undone' }),
          anOutcome('start'),
          anOutcome('destroy', { result: 'held' }),
          anOutcome('stop', { result: 'failed', stepsDone: ['mark'] }),
        ],
      }),
    );
    recorder.pass(aReport({ outcomes: [anOutcome('create', { result: 'dry' })] }));
    const counts = Object.fromEntries(
      [...values('fas_machine_'), ...values('fas_reconcile')].map((line) => line.split(' ')),
    );
    expect(counts).toMatchObject({
      'fas_machine_create_count{status="ok"}': '2',
      'fas_machine_create_count{status="failed"}': '1',
      'fas_machine_destroy_count{status="ok"}': '1',
      'fas_machine_start_count{status="ok"}': '1',
      'fas_machine_stop_count{status="ok"}': '0',
      'fas_machine_stop_count{status="failed"}': '1',
      'fas_reconcile_count{status="create"}': '1',
      'fas_reconcile_count{status="start"}': '1',
      'fas_reconcile_count{status="stop"}': '0',
      'fas_reconcile_count{status="no_scale"}': '1',
    });
    expect(values('fas_errors_total')).toEqual(['fas_errors_total{kind="fly-quota"} 1']);
  });

  it('counts the apps of a metric whose source is down, until it is back or they are gone', () => {
    const { recorder, values } = setUp();
    const outage = { kind: 'error', code: 'source-timeout', message: 'slow', atMs: 0 } as const;
    const pass = (app: string, sample: Sample): void =>
      recorder.pass(aReport({ app, samples: new Map([['jobs', sample]]) }));
    for (const app of ['a', 'b', 'c']) pass(app, outage);
    pass('d', { kind: 'empty', atMs: 0 });
    expect(values('fas_metric_failing_apps')).toEqual(['fas_metric_failing_apps{metric="jobs"} 3']);
    recorder.fleet({ kind: 'app-gone', app: 'a' });
    pass('b', { kind: 'value', value: 1, atMs: 0 });
    expect(values('fas_metric_failing_apps')).toEqual(['fas_metric_failing_apps{metric="jobs"} 1']);
    recorder.fleet({ kind: 'app-list', apps: ['b'], added: [], removed: ['c'] });
    expect(values('fas_metric_failing_apps')).toEqual(['fas_metric_failing_apps{metric="jobs"} 0']);
  });

  it('shows the state of each source', () => {
    const { recorder, values } = setUp();
    expect(values('fas_source_state')).toEqual([]);
    const source = { kind: 'source', metric: 'jobs', type: 'redis', failure: null } as const;
    const lines = (...states: readonly (readonly [string, number])[]): string[] =>
      states.map(
        ([state, n]) => `fas_source_state{metric="jobs",type="redis",state="${state}"} ${n}`,
      );
    recorder.fleet({ ...source, state: 'up' });
    expect(values('fas_source_state')).toEqual(lines(['up', 1], ['failing', 0], ['resting', 0]));
    recorder.fleet({ ...source, state: 'resting' });
    expect(values('fas_source_state')).toEqual(lines(['up', 0], ['failing', 0], ['resting', 1]));
  });

  it('shows the sources that policies have for themselves beside one of the same name', () => {
    const { recorder, values } = setUp();
    const source = { kind: 'source', metric: 'jobs', type: 'redis', failure: null } as const;
    recorder.fleet({ ...source, state: 'up' });
    recorder.fleet({ ...source, policy: 'web', state: 'resting' });
    expect(values('fas_source_state').filter((line) => line.endsWith(' 1'))).toEqual([
      'fas_source_state{metric="jobs",type="redis",state="up"} 1',
      'fas_source_state{metric="jobs",policy="web",type="redis",state="resting"} 1',
    ]);
  });

  it('shows no more of a source that the configuration has no more', () => {
    const { recorder, values } = setUp();
    const source = { kind: 'source', type: 'redis', state: 'resting', failure: null } as const;
    recorder.fleet({ ...source, metric: 'jobs' });
    recorder.fleet({ ...source, metric: 'jobs', policy: 'web' });
    recorder.fleet({ kind: 'reconfigured', collectors: ['web/jobs'] });
    expect(values('fas_source_state').filter((line) => line.endsWith(' 1'))).toEqual([
      'fas_source_state{metric="jobs",policy="web",type="redis",state="resting"} 1',
    ]);
  });

  it('does not count a failed pass as one with nothing to do', () => {
    const { recorder, values } = setUp();
    const error = new AppError('fly-timeout', 'slow', { owner: 'remote' });
    recorder.pass(aReport({ error, proposal: null }));
    expect(values('fas_reconcile_count{status="no_scale"}')[0]).toMatch(/ 0$/);
    expect(values('fas_app_errors_total')).toEqual([
      'fas_app_errors_total{app="my-app-1",kind="fly-timeout"} 1',
    ]);
    expect(values('fas_last_success')).toEqual([]);
  });

  it('shows value, target, machines, reasons and times of each app', () => {
    const { recorder, values } = setUp();
    recorder.pass(
      aReport({
        samples: new Map([
          ['queue', { kind: 'value', value: 2.5, atMs: 0 }],
          ['ratio', { kind: 'not-a-number', value: NaN, atMs: 0 }],
          ['none', { kind: 'empty', atMs: 0 }],
        ]),
        proposal: aProposal({ crashed: ['m4', 'm5'] }),
        reasons: [reason('release-running', 'v4'), reason('at-target', '')],
      }),
    );
    const shown = Object.keys(APP_METRICS).flatMap((name) => values(name));
    expect(shown).toEqual([
      'fas_metric_value{app="my-app-1",metric="queue"} 2.5',
      'fas_metric_value{app="my-app-1",metric="ratio"} NaN',
      'fas_target_created_min{app="my-app-1"} 3',
      'fas_target_created_max{app="my-app-1"} 3',
      'fas_wanted_machines{app="my-app-1",count="created"} 3',
      'fas_machines{app="my-app-1",state="started"} 2',
      'fas_machines{app="my-app-1",state="stopped"} 1',
      'fas_crashed_machines{app="my-app-1"} 2',
      'fas_held{app="my-app-1",reason="release-running"} 1',
      'fas_app_pass_duration_seconds{app="my-app-1"} 0.12',
      'fas_last_success_timestamp_seconds{app="my-app-1"} 1780272000.12',
    ]);
  });

  it('escapes labels', () => {
    const { recorder, values } = setUp();
    const samples = new Map([['a"b\\c\nd', { kind: 'value', value: 1, atMs: 0 } as const]]);
    recorder.pass(aReport({ samples }));
    expect(values('fas_metric_value')).toEqual([
      String.raw`fas_metric_value{app="my-app-1",metric="a\"b\\c\nd"} 1`,
    ]);
  });

  it('ages the app list and the latest tick', async () => {
    const { clock, recorder, values } = setUp();
    expect([...values('fas_app_list_age'), ...values('fas_last_tick')]).toEqual([]);
    recorder.fleet({ kind: 'app-list', apps: ['a', 'b'], added: [], removed: [] });
    recorder.fleet({ kind: 'tick', latenessMs: 250, apps: 2, stillBusy: 1 });
    await clock.advance(90_000);
    expect(values('fas_app_list_age')).toEqual(['fas_app_list_age_seconds 90']);
    expect(values('fas_last_tick')).toEqual(['fas_last_tick_age_seconds 90']);
    expect(values('fas_tick_lateness')).toEqual(['fas_tick_lateness_seconds 0.25']);
    expect([...values('fas_apps'), ...values('fas_busy')]).toEqual([
      'fas_apps 2',
      'fas_busy_apps 1',
    ]);
  });

  it('has no list to age when every app is named', () => {
    const { recorder, values } = setUp('auto', false);
    recorder.fleet({ kind: 'app-list', apps: ['a'], added: ['a'], removed: [] });
    expect(values('fas_app_list_age')).toEqual([]);
  });

  it('drops the series of an app that left, and no late pass brings them back', () => {
    const { recorder, values } = setUp();
    recorder.fleet({ kind: 'app-list', apps: ['a', 'b'], added: ['a', 'b'], removed: [] });
    for (const app of ['a', 'b']) recorder.pass(aReport({ app }));
    recorder.fleet({ kind: 'app-list', apps: ['b'], added: [], removed: ['a'] });
    recorder.pass(aReport({ app: 'a' }));
    expect(values('fas_crashed')).toEqual(['fas_crashed_machines{app="b"} 0']);
    recorder.fleet({ kind: 'app-gone', app: 'b' });
    recorder.pass(aReport({ app: 'b', reasons: [reason('app-gone', '')] }));
    expect(values('fas_crashed')).toEqual([]);
    // One that is named in full comes back without a new list.
    recorder.pass(aReport({ app: 'b' }));
    expect(values('fas_crashed')).toEqual(['fas_crashed_machines{app="b"} 0']);
  });

  it('leaves single apps out above 2,000 unless told otherwise', () => {
    const shown = (['auto', 'on', 'off'] as const).map((perApp) => {
      const { recorder, values } = setUp(perApp);
      const apps = Array.from({ length: 2000 }, (_, n) => `app-${n}`);
      const shownAfter = (app: string): number => {
        recorder.pass(aReport({ app }));
        return values('fas_crashed').length;
      };
      const list = { added: [], removed: [] };
      recorder.fleet({ kind: 'app-list', apps, ...list });
      for (const app of apps.slice(1)) recorder.pass(aReport({ app }));
      const atLimit = shownAfter('app-0');
      recorder.fleet({ kind: 'app-list', apps: [...apps, 'one-more'], ...list });
      const above = shownAfter('one-more');
      recorder.fleet({ kind: 'app-list', apps, ...list });
      return [atLimit, above, shownAfter('app-0')];
    });
    expect(shown).toEqual([
      [2000, 0, 1],
      [2000, 2001, 2000],
      [0, 0, 0],
    ]);
  });

  it('writes large fleets in small slices', () => {
    const { metrics, recorder } = setUp('on');
    for (let n = 0; n < 1000; n += 1) recorder.pass(aReport({ app: `app-${n}` }));
    const sizes = [...metrics.text()].map((slice) => slice.split('\n').length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(401);
  });

  it('sorts durations into cumulative buckets', () => {
    const { recorder, values } = setUp();
    for (const durationMs of [40, 400, 90_000]) recorder.pass(aReport({ durationMs }));
    const buckets = values('fas_pass_duration_seconds');
    expect(buckets).toContain('fas_pass_duration_seconds_bucket{le="0.05"} 1');
    expect(buckets).toContain('fas_pass_duration_seconds_bucket{le="0.5"} 2');
    expect(buckets).toContain('fas_pass_duration_seconds_bucket{le="60"} 2');
    expect(buckets).toContain('fas_pass_duration_seconds_bucket{le="+Inf"} 3');
    expect(buckets).toContain('fas_pass_duration_seconds_sum 90.44');
  });
});

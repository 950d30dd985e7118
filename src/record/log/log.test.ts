import { describe, expect, it } from 'vitest';
import type { Step } from '../../core/model/decision.js';
import { AppError, type ErrorCode } from '../../core/model/errors.js';
import { reason } from '../../core/model/reason.js';
import type { Sample } from '../../core/model/sample.js';
import { aMachine, anInput, aPolicy } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { anOutcome, aReport } from '../../testing/reports.js';
import { createLogRecorder } from './log.js';
import { createLogger } from './logger.js';
import type { OperatorOrder } from '../../seams/events.js';

function setUp(isVerbose = false) {
  const clock = createFakeClock({ startMs: 1_780_272_000_000 });
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const recorder = createLogRecorder({
    log: createLogger({ clock, isVerbose, destination }),
    clock,
  });
  const tick = () => recorder.fleet({ kind: 'tick', latenessMs: 0, apps: 3, stillBusy: 0 });
  const take = () => lines.splice(0);
  return { clock, recorder, tick, take };
}

const GONE = {
  error: new AppError('fly-not-found', 'HTTP 404', { owner: 'user' }),
  reasons: [reason('app-gone', 'HTTP 404')],
};

const OUTAGE: Sample = { kind: 'error', code: 'source-timeout', message: 'no answer', atMs: 0 };

describe('log', () => {
  it('tells what is done to a machine in one line, with the values that it is done for', () => {
    const { recorder, take } = setUp();
    const removing = anOutcome('destroy', { stepsDone: ['mark', 'cordon', 'stop'] });
    const samples = new Map([['queue', { kind: 'value', value: 18, atMs: 0 } as const]]);
    recorder.pass(aReport({ samples, outcomes: [anOutcome('create'), removing] }));
    expect(take()).toEqual([
      {
        level: 'info',
        time: '2026-06-01T00:00:00.000Z',
        app: 'my-app-1',
        metrics: { queue: 18 },
        machine: 'm9',
        region: 'iad',
        launchId: 'fas-1',
        action: 'create',
        result: 'done',
        reason: 'scale-up',
        detail: '3 to 4',
        msg: 'machine created',
      },
      expect.objectContaining({ machine: 'm9', msg: 'removing machine, more in a later pass' }),
    ]);
  });

  it('tells of a removal when it begins and when it is complete, not of the steps between', () => {
    const { recorder, take } = setUp();
    const goingOn = (kind: 'destroy' | 'stop' | 'finish', stepsDone: readonly Step[]) => {
      const outcome = anOutcome(kind, { stepsDone });
      const why = reason('removal-under-way', 'started 4 to 3');
      recorder.pass(
        aReport({ outcomes: [{ ...outcome, action: { ...outcome.action, reason: why } }] }),
      );
    };
    recorder.pass(aReport({ outcomes: [anOutcome('stop', { stepsDone: ['mark', 'cordon'] })] }));
    expect(take()).toMatchObject([{ msg: 'stopping machine, more in a later pass' }]);
    goingOn('stop', ['cordon']);
    expect(take()).toEqual([]);
    goingOn('stop', ['stop']);
    expect(take()).toMatchObject([{ msg: 'machine stopped', detail: 'started 4 to 3' }]);
    goingOn('finish', ['uncordon', 'unmark']);
    goingOn('destroy', ['stop']);
    expect(take()).toEqual([]);
    goingOn('destroy', ['destroy']);
    expect(take()).toMatchObject([{ msg: 'machine destroyed' }]);
  });

  it('shows a pass with values, counts, target and reasons where it is verbose', () => {
    const { recorder, take } = setUp(true);
    recorder.pass(
      aReport({
        samples: new Map([
          ['queue', { kind: 'value', value: 18, atMs: 0 }],
          ['wait', { kind: 'not-a-number', value: Infinity, atMs: 0 }],
        ]),
        reasons: [reason('scale-up', 'created 3 to 4', 'created')],
        outcomes: [anOutcome('create')],
      }),
    );
    expect(take()).toEqual([
      {
        level: 'debug',
        time: '2026-06-01T00:00:00.000Z',
        app: 'my-app-1',
        metrics: { queue: 18, wait: '+Inf' },
        current: { created: 3, started: 2, stopped: 1 },
        target: { created: { min: 3, max: 3, wanted: 3 }, started: null },
        machines: { started: 2, stopped: 1 },
        reasons: [{ code: 'scale-up', detail: 'created 3 to 4', subject: 'created' }],
        durationMs: 120,
        msg: 'reconciling',
      },
      expect.objectContaining({ machine: 'm9', result: 'done', msg: 'machine created' }),
    ]);
  });

  it('never says that a failed destroy destroyed', () => {
    const { recorder, take } = setUp();
    const failed = anOutcome('destroy', {
      result: 'failed',
      errorCode: 'fly-timeout',
      detail: 'slow',
    });
    recorder.pass(aReport({ outcomes: [failed] }));
    expect(take().at(-1)).toMatchObject({
      level: 'warn',
      msg: 'cannot destroy machine',
      code: 'fly-timeout',
      detail: 'slow',
    });
  });

  it('keeps quiet passes for verbose', () => {
    const quiet = setUp();
    quiet.recorder.pass(aReport());
    quiet.tick();
    expect(quiet.take()).toEqual([]);
    const verbose = setUp(true);
    verbose.recorder.pass(aReport());
    expect(verbose.take()).toMatchObject([{ level: 'debug', msg: 'reconciling' }]);
  });

  it('says what a dry run would do once, and again when it would do something else', () => {
    const { recorder, take } = setUp();
    const dry = aReport({ outcomes: [anOutcome('create', { result: 'dry', machineId: null })] });
    recorder.pass(dry);
    expect(take().map((line) => line['msg'])).toEqual(['would create machine']);
    recorder.pass(dry);
    expect(take()).toEqual([]);
    recorder.pass(aReport({ outcomes: [anOutcome('stop', { result: 'dry' })] }));
    expect(take().map((line) => line['msg'])).toEqual(['would stop machine']);
  });

  it('tells a metric that fails 1,000 apps in one line with their number, and its end', async () => {
    const { clock, recorder, tick, take } = setUp();
    const pass = (queue: Sample) => {
      for (let n = 1; n <= 1000; n += 1) {
        const blind = queue.kind === 'error';
        const reasons = blind
          ? [
              reason('metric-error', 'queue: x', 'queue'),
              reason('expression-failed', 'created: nil', 'created'),
            ]
          : [];
        recorder.pass(aReport({ app: `app-${n}`, samples: new Map([['queue', queue]]), reasons }));
      }
    };
    pass(OUTAGE);
    expect(take()).toEqual([]);
    tick();
    expect(take()).toMatchObject([
      {
        level: 'warn',
        app: 'app-1',
        metric: 'queue',
        code: 'source-timeout',
        detail: 'no answer',
        apps: 1000,
        examples: ['app-1', 'app-2', 'app-3', 'app-4', 'app-5'],
      },
    ]);
    pass(OUTAGE);
    tick();
    expect(take()).toEqual([]);
    pass({ kind: 'value', value: 1, atMs: 0 });
    await clock.advance(60_000);
    tick();
    expect(take()).toMatchObject([{ level: 'info', msg: 'problem is over', metric: 'queue' }]);
    tick();
    expect(take()).toEqual([]);
  });

  it('tells of a suspect source by its own reason, once for all apps', () => {
    const { recorder, take } = setUp();
    const suspect: Sample = { kind: 'error', code: 'source-suspect', message: '9 of 20', atMs: 0 };
    for (const app of ['app-1', 'app-2']) {
      const reasons = [
        reason('source-suspect', 'queue: 9 of 20', 'queue'),
        reason('expression-failed', '', 'created'),
      ];
      recorder.pass(aReport({ app, samples: new Map([['queue', suspect]]), reasons }));
    }
    expect(take()).toMatchObject([{ level: 'warn', app: 'app-1', reason: 'source-suspect' }]);
  });

  it('tells that a metric has no value, not also that its expression fails', () => {
    const { recorder, take } = setUp();
    const reasons = [
      reason('metric-missing', 'queue: none', 'queue'),
      reason('expression-failed', 'nil', 'created'),
    ];
    recorder.pass(aReport({ reasons }));
    expect(take()).toMatchObject([{ reason: 'metric-missing' }]);
    recorder.pass(aReport({ reasons: reasons.slice(1) }));
    expect(take()).toMatchObject([{ reason: 'expression-failed' }]);
  });

  it('tells an outage of a whole source when it begins, that it goes on, and when it is back', async () => {
    const { clock, recorder, tick, take } = setUp();
    const failure = { code: 'source-timeout', message: 'no answer' } as const;
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    const pass = (code: ErrorCode): void => {
      const sample: Sample = { ...OUTAGE, code };
      const reasons = [
        reason('metric-error', 'queue: x', 'queue'),
        reason('expression-failed', 'nil', 'created'),
      ];
      for (const app of ['a', 'b', 'c'])
        recorder.pass(aReport({ app, samples: new Map([['queue', sample]]), reasons }));
    };
    recorder.fleet({ ...source, state: 'up', failure: null });
    expect(take()).toEqual([]);
    recorder.fleet({ ...source, state: 'failing', failure });
    expect(take()).toMatchObject([
      {
        level: 'warn',
        metric: 'queue',
        type: 'redis',
        code: 'source-timeout',
        detail: 'no answer',
      },
    ]);
    for (const code of ['source-timeout', 'source-unreachable', 'source-unauthorized'] as const) {
      pass(code);
      recorder.fleet({ ...source, state: 'resting', failure });
      await clock.advance(30_000);
      tick();
    }
    expect(take()).toMatchObject([
      {
        level: 'warn',
        msg: 'metric source is still down',
        metric: 'queue',
        code: 'source-timeout',
        apps: 3,
        examples: ['a', 'b', 'c'],
        since: '2026-06-01T00:00:00.000Z',
        seconds: 60,
      },
    ]);
    recorder.fleet({ ...source, state: 'up', failure: null });
    expect(take()).toMatchObject([
      { level: 'info', msg: 'metric source is back', metric: 'queue', apps: 3, seconds: 90 },
    ]);
    for (const app of ['a', 'b', 'c']) recorder.pass(aReport({ app }));
    await clock.advance(120_000);
    tick();
    expect(take()).toEqual([]);
  });

  it('keeps apart the sources that two policies have for a metric of the same name', () => {
    const { recorder, tick, take } = setUp();
    const failure = { code: 'source-timeout', message: 'no answer' } as const;
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    recorder.fleet({ ...source, policy: 'web', state: 'failing', failure });
    recorder.fleet({ ...source, policy: 'jobs', state: 'up', failure: null });
    expect(take()).toMatchObject([{ level: 'warn', metric: 'queue', policy: 'web' }]);
    for (const name of ['web', 'jobs']) {
      const policy = aPolicy({ name, ownMetrics: new Map([['queue', `${name}/queue`]]) });
      recorder.pass(aReport({ app: name, policy, samples: new Map([['queue', OUTAGE]]) }));
    }
    tick();
    expect(take()).toMatchObject([{ level: 'warn', app: 'jobs', reason: 'metric-error' }]);
    recorder.fleet({ ...source, policy: 'web', state: 'up', failure: null });
    expect(take()).toMatchObject([{ msg: 'metric source is back', policy: 'web' }]);
  });

  it('forgets the outage of a source that the configuration has no more', () => {
    const { recorder, tick, take } = setUp();
    const failure = { code: 'source-timeout', message: 'no answer' } as const;
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    recorder.fleet({ ...source, state: 'failing', failure });
    recorder.fleet({ kind: 'reconfigured', collectors: ['other'] });
    take();
    recorder.pass(aReport({ samples: new Map([['queue', OUTAGE]]) }));
    tick();
    expect(take()).toMatchObject([{ level: 'warn', reason: 'metric-error' }]);
  });

  it('tells that a source is down once, though apps of two policies were quicker to say so', async () => {
    const { clock, recorder, tick, take } = setUp();
    const failure = { code: 'source-unreachable', message: 'refused' } as const;
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    const samples = new Map([['queue', OUTAGE]]);
    const pass = (app: string, rest: object = {}) =>
      recorder.pass(aReport({ app, policy: aPolicy({ name: 'web' }), samples, ...rest }));
    pass('a');
    pass('b');
    recorder.fleet({ ...source, state: 'failing', failure });
    expect(take()).toMatchObject([
      { level: 'warn', msg: 'metric source is down; apps that use it hold still', metric: 'queue' },
    ]);
    recorder.pass(aReport({ app: 'a', policy: aPolicy({ name: 'jobs' }), samples }));
    pass('c');
    tick();
    await clock.advance(60_000);
    tick();
    expect(take()).toMatchObject([
      { level: 'warn', msg: 'metric source is still down', apps: 3, examples: ['a', 'b', 'c'] },
    ]);
    pass('b', { samples: new Map() });
    recorder.fleet({ kind: 'app-gone', app: 'c' });
    await clock.advance(10 * 60_000);
    tick();
    expect(take()).toMatchObject([
      { msg: 'app does not exist' },
      { msg: 'metric source is still down', apps: 2 },
    ]);
    recorder.fleet({ ...source, state: 'up', failure: null });
    for (const app of ['a', 'b']) pass(app, { samples: new Map() });
    await clock.advance(120_000);
    tick();
    expect(take()).toMatchObject([{ msg: 'metric source is back' }]);
  });

  it('tells that a source is down where it failed some apps first, and then all', async () => {
    const { clock, recorder, tick, take } = setUp();
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    recorder.pass(aReport({ app: 'a', samples: new Map([['queue', OUTAGE]]) }));
    tick();
    expect(take()).toMatchObject([{ app: 'a', reason: 'metric-error', metric: 'queue' }]);
    const failure = { code: 'source-timeout', message: 'no answer' } as const;
    recorder.fleet({ ...source, state: 'failing', failure });
    expect(take()).toMatchObject([{ msg: 'metric source is down; apps that use it hold still' }]);
    await clock.advance(60_000);
    tick();
    expect(take()).toMatchObject([{ msg: 'metric source is still down', apps: 1 }]);
  });

  it('says what a source says now, not what it said when it went down', async () => {
    const { clock, recorder, tick, take } = setUp();
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    const failure = { code: 'source-unreachable', message: 'refused' } as const;
    recorder.fleet({ ...source, state: 'failing', failure });
    const reset: Sample = { kind: 'error', code: 'source-timeout', message: 'silent', atMs: 0 };
    recorder.pass(aReport({ app: 'a', samples: new Map([['queue', reset]]) }));
    take();
    await clock.advance(60_000);
    tick();
    expect(take()).toMatchObject([{ code: 'source-timeout', detail: 'silent', apps: 1 }]);
  });

  it('tells of a source that comes and goes no more than once a minute', async () => {
    const { clock, recorder, tick, take } = setUp();
    const failure = { code: 'source-timeout', message: 'no answer' } as const;
    const source = { kind: 'source', metric: 'queue', type: 'redis' } as const;
    for (let n = 0; n < 12; n += 1) {
      recorder.fleet({ ...source, state: 'failing', failure });
      await clock.advance(5000);
      recorder.fleet({ ...source, state: 'up', failure: null });
      await clock.advance(5000);
      tick();
    }
    // Two minutes: down and back, and once more.
    expect(take().map(({ level }) => level)).toEqual(['warn', 'info', 'warn', 'info']);
    recorder.fleet({ ...source, state: 'failing', failure });
    tick();
    expect(take()).toEqual([]);
    await clock.advance(60_000);
    tick();
    expect(take()).toMatchObject([{ level: 'warn', metric: 'queue' }]);
  });

  it('takes a problem that comes and goes for one problem', async () => {
    const { clock, recorder, tick, take } = setUp();
    const failing = aReport({
      error: new AppError('fly-unavailable', 'HTTP 502', { owner: 'remote', hint: 'wait' }),
    });
    for (let n = 0; n < 20; n += 1) {
      recorder.pass(n % 2 === 0 ? failing : aReport());
      tick();
      await clock.advance(2500);
    }
    const told = take();
    expect(told[0]).toMatchObject({ reason: 'pass-failed', code: 'fly-unavailable', hint: 'wait' });
    expect(told.length).toBeLessThanOrEqual(3);
  });

  it('warns of nothing that the configuration or an operator asked for', () => {
    const { recorder, take } = setUp();
    const asked = [
      'within-tolerance',
      'stabilizing',
      'cooling-down',
      'limited',
      'schedule-floor',
      'schedule-ceiling',
      'frozen',
      'paused',
      'budget-spent',
      'backing-off',
    ] as const;
    recorder.pass(aReport({ reasons: asked.map((code) => ({ code, detail: '' })) }));
    expect(take()).toMatchObject(asked.map((code) => ({ level: 'info', reason: code })));
  });

  it('tells a hold when it begins, then counts what it holds, and reminds of it no more', async () => {
    const { clock, recorder, tick, take } = setUp();
    const pass = () => {
      for (let n = 1; n <= 20; n += 1)
        recorder.pass(
          aReport({ app: `app-${n}`, reasons: [reason('paused', 'until resumed', 'all')] }),
        );
      tick();
    };
    pass();
    expect(take()).toMatchObject([
      { level: 'info', app: 'app-1', reason: 'paused', detail: 'until resumed' },
      { level: 'info', msg: 'hold goes on', reason: 'paused', apps: 20 },
    ]);
    await clock.advance(3_600_000);
    pass();
    expect(take()).toEqual([]);
  });

  it('tells the problems of single apps one by one, and reminds of them', async () => {
    const { clock, recorder, tick, take } = setUp();
    for (const app of ['a', 'b']) {
      recorder.pass(aReport({ app, reasons: [reason('no-volume', 'none free in iad')] }));
    }
    expect(take()).toMatchObject([
      { app: 'a', reason: 'no-volume', detail: 'none free in iad' },
      { app: 'b', reason: 'no-volume' },
    ]);
    await clock.advance(600_000);
    tick();
    expect(take()).toMatchObject([{ level: 'warn', msg: 'problem goes on', apps: 2 }]);
  });

  it('forgets the problems of apps that leave', async () => {
    const { clock, recorder, tick, take } = setUp();
    recorder.pass(aReport({ reasons: [reason('no-volume', '')] }));
    recorder.fleet({ kind: 'app-gone', app: 'my-app-1' });
    recorder.pass(aReport(GONE));
    take();
    await clock.advance(3_600_000);
    tick();
    expect(take()).toMatchObject([{ msg: 'problem is over' }]);
  });

  it('tells once that an app does not exist, and again after it did', () => {
    const { recorder, take } = setUp();
    const pass = () => {
      recorder.fleet({ kind: 'app-gone', app: 'my-app-1' });
      recorder.pass(aReport(GONE));
    };
    pass();
    pass();
    expect(take()).toMatchObject([{ level: 'warn', msg: 'app does not exist', app: 'my-app-1' }]);
    recorder.pass(aReport());
    pass();
    expect(take()).toHaveLength(1);
  });

  it('reports a change of the app list and keeps an unchanged one for verbose', () => {
    const { recorder, take } = setUp();
    recorder.fleet({ kind: 'app-list', apps: ['a', 'b'], added: ['b'], removed: [] });
    recorder.fleet({ kind: 'app-list', apps: ['a', 'b'], added: [], removed: [] });
    expect(take()).toMatchObject([{ msg: 'app list changed', apps: 2, added: ['b'] }]);
  });

  it('says who gave which order', () => {
    const { recorder, take } = setUp();
    const pause = {
      id: 'p1',
      app: 'my-app-*',
      policy: null,
      mode: 'at',
      count: 3,
      reason: 'a move',
      createdAtMs: 0,
      untilMs: 60_000,
    } as const;
    const tell = (by: 'socket' | 'admin-token', order: OperatorOrder): void =>
      recorder.fleet({ kind: 'operator', by, order });
    tell('socket', { kind: 'pause', pause });
    tell('admin-token', { kind: 'resume', app: null, policy: 'web', ended: [pause] });
    tell('socket', { kind: 'release-brake', source: 'queue' });
    expect(take()).toMatchObject([
      {
        msg: 'paused by an operator',
        by: 'socket',
        app: 'my-app-*',
        mode: 'at',
        count: 3,
        reason: 'a move',
        until: '1970-01-01T00:01:00.000Z',
      },
      { msg: 'resumed by an operator', by: 'admin-token', app: null, policy: 'web', ended: ['p1'] },
      { msg: 'an operator let the fleet brake go', by: 'socket', metric: 'queue' },
    ]);
  });
});

describe('what is told once', () => {
  const caution = reason('stop-timeout-short', 'kill_timeout 5s, drain-timeout 2m: a');

  it('is a warning for each app, by name, without reminder or end', async () => {
    const { recorder, clock, tick, take } = setUp();
    for (let pass = 0; pass < 100; pass += 1) {
      const reasons = pass % 30 > 20 ? [] : [caution];
      for (const app of ['a', 'b']) recorder.pass(aReport({ app, reasons }));
      tick();
      await clock.advance(60_000);
    }
    expect(take().map(({ level, app, reason: code }) => [level, app, code])).toEqual([
      ['warn', 'a', 'stop-timeout-short'],
      ['warn', 'b', 'stop-timeout-short'],
    ]);
  });

  it('waits for its turn when many apps have it', async () => {
    const { recorder, clock, take } = setUp();
    const apps = Array.from({ length: 12 }, (_, index) => `app-${index}`);
    const lines: unknown[] = [];
    for (let pass = 0; pass < 3; pass += 1) {
      for (const app of apps) recorder.pass(aReport({ app, reasons: [caution] }));
      lines.push(take().length);
      await clock.advance(60_000);
    }
    expect(lines).toEqual([5, 5, 2]);
  });

  it('is each machine that cannot be read', () => {
    const { recorder, take } = setUp();
    const odd = aMachine({ id: 'm7', hostStatus: 'unknown', config: null, unread: 'region' });
    const input = anInput({ look: { machines: [aMachine(), odd] } });
    const reasons = [reason('unreadable', 'm7 (region)')];
    recorder.pass(aReport({ input, reasons }));
    recorder.pass(aReport({ input, reasons }));
    expect(take()).toEqual([
      expect.objectContaining({
        level: 'warn',
        app: 'my-app-1',
        reason: 'unreadable',
        machine: 'm7',
        detail: 'region',
      }),
    ]);
  });

  it('is told anew of an app that was gone', () => {
    const { recorder, take } = setUp();
    recorder.pass(aReport({ reasons: [caution] }));
    recorder.fleet({ kind: 'app-list', apps: [], added: [], removed: ['my-app-1'] });
    take();
    recorder.pass(aReport({ reasons: [caution] }));
    expect(take()).toHaveLength(1);
  });
});

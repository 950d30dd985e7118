import { hash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabaseToRead } from '../../cli/adapters/database.js';
import { openLastingDatabase } from '../../cli/adapters/lasting-database.js';
import type { Database } from '../../seams/database.js';
import { plan } from '../../core/plan/plan.js';
import { propose } from '../../core/decide/propose.js';
import { reason } from '../../core/model/reason.js';
import { messageWhileDown } from '../../core/model/sample.js';
import { settle } from '../../core/fleet-wide/settle.js';
import type { RecordGap } from '../../seams/views.js';
import {
  aPolicy,
  anInput,
  aMachine,
  aRange,
  machines,
  samples,
  T0,
} from '../../testing/builders.js';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.js';
import { aReport, anOutcome } from '../../testing/reports.js';
import { firstDifference } from '../replay/difference.js';
import type { Backend, Position } from './backend.js';
import { hiddenPlan } from './body.js';
import { createMemoryBackend } from './memory-backend.js';
import { decisionsIn, outlinesIn } from './pages.js';
import { createRecordReader } from './reader.js';
import { createRecording, type Recording, type RecordTrouble } from './recording.js';
import { createSqliteBackend } from './sqlite-backend.js';
import { setUpRecord } from './sqlite-schema.js';
import { EMPTY_MEMORY } from '../../core/model/app-memory.js';
import type { PassReport } from '../../seams/events.js';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

function aDatabase(): Database {
  const dir = mkdtempSync(path.join(tmpdir(), 'fas-record-'));
  cleanUps.push(() => rmSync(dir, { recursive: true }));
  return opened(path.join(dir, 'file.db'));
}

function opened(file: string): Database {
  const database = openLastingDatabase(file, {
    setUp: setUpRecord,
    salvage: () => true,
    now: () => T0,
    onMovedAside: () => undefined,
  });
  cleanUps.push(() => database.close());
  return database;
}

/** As another process has it. */
const anotherTo = ({ path: file }: Database): Database => opened(file);

/** As a bad sector that holds some of the decisions of the file, from now on. */
function damage(database: Database): void {
  database.all('PRAGMA wal_checkpoint(TRUNCATE)');
  const pages = database.all(
    "SELECT pageno FROM dbstat WHERE name = 'decision' AND pagetype = 'leaf' ORDER BY path",
  );
  const page = Number(pages[Math.floor(pages.length * 0.3)]!['pageno']);
  const file = openSync(database.path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xee), 0, 4096, (page - 1) * 4096);
  closeSync(file);
  database.all('PRAGMA shrink_memory');
}

/** What an app looks like whose machines share no configuration, with each other or those of another release. */
function deployed(release: string, count: number): PassReport['input'] {
  const images = machines(count).map(({ id }) => {
    const image = hash('sha512', `${release} ${id}`).repeat(2);
    return aMachine({ id, config: { image, env: { A: 'x' } } });
  });
  return anInput({ look: { machines: images } });
}

/** As a disk that fails, until told. */
function refuseDecisions(database: Database): () => void {
  database.run(
    "CREATE TEMP TRIGGER refuse BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'no'); END",
  );
  return () => void database.run('DROP TRIGGER refuse');
}

interface Bench {
  readonly clock: FakeClock;
  readonly recording: Recording;
  readonly backend: Backend;
  readonly reader: ReturnType<typeof createRecordReader>;
  readonly troubles: RecordTrouble[];
  readonly pass: (overrides?: Partial<PassReport>) => void;
}

function aBench(backendOf: (clock: FakeClock) => Backend): Bench {
  const clock = createFakeClock({ startMs: T0 });
  const backend = backendOf(clock);
  const troubles: RecordTrouble[] = [];
  const recording = createRecording({
    clock,
    backend,
    engine: '1.0.0',
    configHash: () => 'abc',
    onTrouble: (trouble) => troubles.push(trouble),
  });
  return {
    clock,
    recording,
    backend,
    troubles,
    reader: createRecordReader(backend),
    pass: (overrides = {}) =>
      recording.recorder.pass(aReport({ startedAtMs: clock.now(), ...overrides })),
  };
}

const inFile = (clock: FakeClock, maxBytes = 1e9): Backend =>
  createSqliteBackend(aDatabase(), { maxBytes, now: () => clock.now() });

/** A whole pass that creates, on machines with configurations that hold secrets. */
function aWholePass(count = 3): PassReport {
  const input = anInput({
    policy: aPolicy({ created: aRange('queue / 10') }),
    samples: samples({
      queue: 10 * (count + 2),
      odd: { kind: 'not-a-number', value: Number.NaN, atMs: T0 },
    }),
    memory: { ...EMPTY_MEMORY, regionBackoff: { ord: -0 } },
    look: {
      machines: machines(count).map((machine) =>
        aMachine({
          ...machine,
          config: {
            image: 'registry.fly.io/app:tag',
            metadata: machine.metadata,
            env: { PASSWORD: 'hunter2', FLY_STANDBY_FOR: 'm9' },
            files: [{ guest_path: '/x', raw_value: 'aHVudGVyMg==' }],
            checks: { web: { headers: [{ name: 'Authorization', values: ['Bearer hunter2'] }] } },
          },
        }),
      ),
    },
  });
  const grant = { creates: 1, removals: 0, starts: 0, stops: 0, reasons: [] };
  const proposal = settle(propose(input), grant);
  const planned = plan(input, proposal, () => 'fas-1');
  return aReport({
    policy: input.policy,
    samples: input.samples,
    input,
    grant,
    proposal,
    plan: planned,
    outcomes: planned.creates.map((action) => ({
      action,
      result: 'done',
      machineId: 'm7',
      stepsDone: [],
    })),
    reasons: [...proposal.reasons, ...planned.reasons],
  });
}

describe.each([
  ['in memory', () => createMemoryBackend()],
  ['in a file', (clock: FakeClock) => inFile(clock)],
])('a record %s', (_, backendOf) => {
  it('is read in pages of a bounded length, each decision once and as a whole', async () => {
    const { recording, reader, clock } = aBench(backendOf);
    for (let n = 0; n < 40; n += 1) {
      const stderr = `${n} ${'x'.repeat(20_000)}`;
      recording.recorder.pass(
        aReport({
          ...aWholePass(n % 3),
          app: `app-${n}`,
          startedAtMs: clock.now(),
          reasons: [{ code: 'create-failing', detail: stderr }],
        }),
      );
    }
    recording.flush();
    const page = await reader.page({ limit: 1000 }, true);
    expect(page.decisions.length).toBeLessThan(20);
    for (const order of ['newest-first', 'oldest-first'] as const) {
      const query = { limit: 1000, order };
      const outlines = await outlinesIn(reader, query);
      expect(firstDifference(await reader.decisions(query), outlines)).toBeNull();
      expect(outlines).toHaveLength(40);
      const ids: number[] = [];
      for await (const decision of decisionsIn(reader, { order })) {
        ids.push(decision.id);
        expect(firstDifference(await reader.decision(decision.id), decision)).toBeNull();
      }
      expect(ids).toEqual(outlines.map(({ id }) => id));
    }
    const some = await outlinesIn(reader, { limit: 25 });
    expect(some).toHaveLength(25);
  });

  it('looks through many decisions a part at a time, and finds the few that are asked for', async () => {
    const { clock, backend, pass, recording } = aBench(backendOf);
    for (let n = 0; n < 60; n += 1) {
      const reasons = [reason(n % 20 === 7 ? 'no-machines' : 'at-target', '')];
      pass({ app: `app-${n % 2}`, reasons, startedAtMs: T0 + Math.floor(n / 3) });
      recording.flush();
    }
    const looked: (number | undefined)[] = [];
    const slices: Backend = Object.assign(Object.create(backend) as Backend, {
      lastOf: (query: Parameters<Backend['lastOf']>[0]) => backend.lastOf(query, 9),
      decisions: (query: Parameters<Backend['decisions']>[0], upTo?: Position) => {
        const found = backend.decisions(query, upTo);
        looked.push(upTo?.atMs);
        return found;
      },
    });
    const reader = createRecordReader(slices, clock);
    for (const order of ['newest-first', 'oldest-first'] as const) {
      for (const asked of [{}, { app: 'app-1' }, { sinceMs: T0 + 4, untilMs: T0 + 15 }]) {
        for (const limit of [1, 2, 100]) {
          const query = { reason: 'no-machines', order, limit, ...asked } as const;
          const found = await clock.runUntil(reader.decisions(query));
          const all = backend.decisions(query).map(({ id }) => id);
          expect(found.map(({ id }) => id)).toEqual(all);
          const page = await clock.runUntil(reader.page(query, false));
          expect(page.decisions.map(({ id }) => id)).toEqual(all);
        }
      }
    }
    if (backend.lastOf({ limit: 1 }, 9) !== null) {
      expect(looked.filter((atMs) => atMs !== undefined).length).toBeGreaterThan(20);
    }
  });

  it('leaves out of a page what is removed while it is read', async () => {
    const { recording, reader, backend } = aBench(backendOf);
    recording.recorder.pass(aWholePass());
    recording.flush();
    const beside = createRecordReader({
      decisions: (query) => backend.decisions(query),
      decision: () => null,
      part: () => {
        throw new Error('it is missing');
      },
    } as Partial<Backend> as Backend);
    expect((await reader.page({ limit: 10 }, true)).decisions).toHaveLength(1);
    expect(await beside.page({ limit: 10 }, true)).toEqual({
      decisions: [],
      parts: {},
      next: null,
    });
  });

  it('gives back a decision as it was, but for what may be secret', async () => {
    const { recording, reader } = aBench(backendOf);
    const report = aWholePass();
    recording.recorder.pass(report);
    recording.flush();
    const [outline] = await reader.decisions({ limit: 10 });
    expect(outline).toMatchObject({
      app: 'my-app-1',
      policy: 'default',
      kind: 'acts',
      engine: '1.0.0',
      configHash: 'abc',
    });
    const again = await reader.decision(outline!.id);
    const text = JSON.stringify(again!.report);
    expect(text).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(text).toContain('PASSWORD');
    const { policy, input, plan: planned, outcomes, ...rest } = again!.report;
    const { policy: _p, input: _i, plan: _n, outcomes: _o, ...expected } = report;
    expect(firstDifference(expected, rest)).toBeNull();
    expect(firstDifference(report.policy, policy)).toBeNull();
    expect(firstDifference(hiddenPlan(report.plan!), planned)).toBeNull();
    expect(outcomes[0]!.action).toBe(planned!.creates[0]);
    expect(firstDifference(report.input!.memory, input!.memory)).toBeNull();
    expect(firstDifference(report.input!.samples, input!.samples)).toBeNull();
    expect(input!.look.machines.map(({ id }) => id)).toEqual(['m1', 'm2', 'm3']);
  });

  it('stores what acts, what has other reasons than before, and one in 15 minutes', async () => {
    const { clock, recording, reader, pass } = aBench(backendOf);
    pass();
    for (let i = 0; i < 200; i += 1) {
      await clock.advance(15_000);
      pass({ reasons: [reason('at-target', `${i} created`)] });
    }
    pass({ reasons: [reason('metric-missing', 'queue', 'queue')] });
    pass({ reasons: [reason('metric-missing', 'queue', 'queue')] });
    pass({
      reasons: [reason('metric-missing', 'queue', 'queue')],
      outcomes: [anOutcome('create')],
    });
    pass({
      reasons: [reason('metric-missing', 'queue', 'queue')],
      outcomes: [anOutcome('create')],
    });
    pass({ outcomes: [anOutcome('stop', { result: 'dry' })] });
    recording.flush();
    const kinds = (await reader.decisions({ limit: 100 })).map(({ kind }) => kind);
    // 200 passes are 50 minutes; the first regular one comes within 15.
    expect(kinds.slice(0, 4)).toEqual(['changed', 'acts', 'acts', 'changed']);
    expect(kinds.at(-1)).toBe('changed');
    const regular = kinds.slice(4, -1);
    expect(regular.every((kind) => kind === 'regular')).toBe(true);
    expect(regular.length).toBeGreaterThanOrEqual(3);
    expect(regular.length).toBeLessThanOrEqual(4);
  });

  it('stores what a source says when it says something else, not that it goes on', async () => {
    const { clock, recording, reader, pass } = aBench(backendOf);
    const failed = (message: string): Partial<PassReport> => ({
      reasons: [reason('metric-error', `queue: ${message}`, 'queue')],
      samples: new Map([
        ['queue', { kind: 'error', code: 'source-unreachable', message, atMs: clock.now() }],
      ]),
    });
    for (const message of ['refused', 'reset']) {
      pass(failed(message));
      for (let seconds = 5; seconds < 40; seconds += 5) {
        await clock.advance(5000);
        pass(failed(messageWhileDown(message, seconds, 15)));
      }
    }
    recording.flush();
    const stored = await reader.decisions({ limit: 100, kinds: ['changed'] });
    expect(stored.map(({ reasons }) => reasons[0]?.detail)).toEqual([
      'queue: reset',
      'queue: refused',
    ]);
  });

  it('answers by app, policy, time, action, reason and page', async () => {
    const { clock, recording, reader, pass } = aBench(backendOf);
    for (const app of ['a', 'b', 'c']) {
      pass({
        app,
        reasons: [reason('scale-up', '1 to 2', 'created')],
        outcomes: [anOutcome('create')],
      });
      await clock.advance(1000);
      pass({ app, policy: aPolicy({ name: 'web' }), reasons: [reason('capped', 'x')] });
      await clock.advance(1000);
    }
    recording.flush();
    const found = async (
      query: Partial<Parameters<typeof reader.decisions>[0]>,
    ): Promise<string[]> =>
      (await reader.decisions({ limit: 100, ...query })).map((d) => `${d.app} ${d.policy}`);
    expect(await found({})).toEqual([
      'c web',
      'c default',
      'b web',
      'b default',
      'a web',
      'a default',
    ]);
    expect(await found({ app: 'b' })).toEqual(['b web', 'b default']);
    expect(await found({ policy: 'web', limit: 2 })).toEqual(['c web', 'b web']);
    expect(await found({ action: 'create' })).toEqual(['c default', 'b default', 'a default']);
    expect(await found({ action: 'destroy' })).toEqual([]);
    expect(await found({ reason: 'capped', app: 'a' })).toEqual(['a web']);
    expect(await found({ kinds: ['changed'], app: 'a' })).toEqual(['a web']);
    expect(await found({ sinceMs: T0 + 2000, untilMs: T0 + 3000 })).toEqual(['b web', 'b default']);
    const pages: string[] = [];
    let after: { atMs: number; id: number } | undefined;
    for (;;) {
      const page = await reader.decisions({ limit: 4, ...(after && { after }) });
      if (page.length === 0) break;
      pages.push(...page.map((d) => `${d.app} ${d.policy}`));
      after = page.at(-1);
    }
    expect(pages).toEqual(await found({}));
    const upward = await reader.decisions({ limit: 4, order: 'oldest-first' });
    const rest = await reader.decisions({ limit: 4, order: 'oldest-first', after: upward.at(-1)! });
    const both = [...upward, ...rest].map((d) => `${d.app} ${d.policy}`);
    expect(both).toEqual(pages.toReversed());
  });

  it('keeps each value of a metric when it changes, and that there was none', async () => {
    const { clock, recording, reader, pass } = aBench(backendOf);
    const values = [5, 5, 7, null, null, Number.NaN, Number.NaN, -0, 1e300];
    for (const value of values) {
      for (const app of ['a', 'b']) {
        pass({
          app,
          samples: samples({
            queue: value === null ? { kind: 'empty', atMs: 0 } : value,
            other: app === 'a' ? 1 : 2,
          }),
        });
      }
      await clock.advance(15_000);
    }
    recording.flush();
    const queue = await reader.metricValues({ app: 'a', metric: 'queue' });
    expect(queue.map(({ value }) => value)).toEqual([5, 7, null, Number.NaN, -0, 1e300]);
    expect(queue.map(({ atMs }) => atMs - T0)).toEqual([
      0, 30_000, 45_000, 75_000, 105_000, 120_000,
    ]);
    expect(await reader.metricValues({ app: 'b', metric: 'other' })).toEqual([
      { app: 'b', metric: 'other', atMs: T0, value: 2 },
    ]);
    expect(await reader.metricValues({ app: 'a', sinceMs: T0 + 100_000 })).toHaveLength(2);
    expect(await reader.metricValues({ app: 'nobody' })).toEqual([]);
  });

  it.each([
    ['forward', 60],
    ['back', -60],
  ])('writes on when the clock is set %s by weeks while values wait', async (_way, days) => {
    const { clock, recording, reader, pass, troubles } = aBench(backendOf);
    const queue = async (value: number): Promise<void> => {
      pass({ samples: samples({ queue: value }), outcomes: [anOutcome('create')] });
      await clock.advance(15_000);
    };
    await queue(1);
    clock.jumpWall(days * 86_400_000);
    for (const value of [2, 3]) await queue(value);
    recording.flush();
    const kept = await reader.metricValues({ app: 'my-app-1' });
    const since = kept.map(({ atMs, value }) => [value, atMs - T0]);
    const setMs = days * 86_400_000 + 15_000;
    const inOrder = [
      [1, 0],
      [2, setMs],
      [3, setMs + 15_000],
    ].toSorted((a, b) => a[1]! - b[1]!);
    expect(since).toEqual(inOrder);
    expect(await reader.decisions({ limit: 9 })).toHaveLength(3);
    expect(troubles).toEqual([]);
  });

  it('writes by itself within a second or so, without being asked', async () => {
    const { clock, reader, pass } = aBench(backendOf);
    for (let i = 0; i < 100; i += 1) pass({ app: `app-${i}` });
    expect(await reader.decisions({ limit: 1000 })).toEqual([]);
    await clock.advance(2000);
    expect(await reader.decisions({ limit: 1000 })).toHaveLength(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes in what acts before all else when passes come faster than it writes, and tells of what is lost', async () => {
    const { clock, recording, reader, pass, troubles } = aBench(backendOf);
    for (let i = 0; i < 600; i += 1) pass({ app: `quiet-${i}` });
    for (let i = 0; i < 5000; i += 1) pass({ app: `busy-${i}`, outcomes: [anOutcome('create')] });
    expect(troubles).toEqual([
      { kind: 'gap-begun', why: 'decisions came faster than they could be written' },
    ]);
    recording.flush();
    expect(troubles[1]).toMatchObject({ kind: 'gap-ended', gap: { lost: 500, fromMs: T0 } });
    expect(await reader.gaps({})).toEqual([
      { fromMs: T0, toMs: T0, lost: 500, why: 'decisions came faster than they could be written' },
    ]);
    expect(recording.stats().lost).toBe(500);
    // The quiet ones that were left out come with their next pass.
    await clock.advance(15_000);
    for (let i = 0; i < 600; i += 1) pass({ app: `quiet-${i}` });
    recording.flush();
    const quiet = await reader.decisions({ limit: 10_000, kinds: ['changed'] });
    expect(new Set(quiet.map(({ app }) => app)).size).toBe(600);
  });

  it('records a decision that holds no data as a gap, and the others', async () => {
    const { recording, reader, pass } = aBench(backendOf);
    pass({ app: 'a' });
    pass({ app: 'b', policy: { ...aPolicy(), odd: () => 1 } as never });
    pass({ app: 'c' });
    recording.flush();
    recording.flush();
    expect((await reader.decisions({ limit: 9 })).map(({ app }) => app)).toEqual(['c', 'a']);
    expect(await reader.gaps({})).toMatchObject([
      { lost: 1, why: 'a decision could not be recorded: a function cannot be recorded' },
    ]);
  });

  it('forgets apps that left the fleet', async () => {
    const { recording, reader, pass } = aBench(backendOf);
    pass({ app: 'a' });
    recording.recorder.fleet({ kind: 'app-gone', app: 'a' });
    pass({ app: 'a' });
    recording.flush();
    expect(await reader.decisions({ limit: 9 })).toHaveLength(2);
  });

  it('keeps nothing waiting when it is closed', async () => {
    const { recording, reader, pass, clock } = aBench(backendOf);
    pass({ app: 'a', samples: samples({ queue: 1 }) });
    await clock.runUntil(recording.close());
    pass({ app: 'b' });
    expect(await reader.decisions({ limit: 9 })).toHaveLength(1);
    expect(await reader.metricValues({ app: 'a' })).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe.each([
  ['in memory', () => createMemoryBackend(200_000)],
  ['in a file', (clock: FakeClock) => inFile(clock, 200_000)],
])('a record %s that is full within a day', (_, backendOf) => {
  it('lets regular decisions go before those that act, but the newest of each app', async () => {
    const { clock, recording, reader, backend, pass } = aBench(backendOf);
    const apps = Array.from({ length: 10 }, (_, i) => `app-${i}`);
    for (let i = 0; i < 50; i += 1) {
      pass({ app: `app-${i % 10}`, outcomes: [anOutcome('create')] });
      await clock.advance(2000);
    }
    const reasons = [reason('at-target', '1 created')];
    for (const app of [...apps, 'gone']) pass({ app, reasons });
    for (let quarter = 0; quarter < 90; quarter += 1) {
      await clock.advance(900_000);
      // One had no pass for long.
      for (const app of quarter < 2 ? [...apps, 'gone'] : apps) pass({ app, reasons });
      recording.flush();
      while (backend.tidy(clock.now()));
    }
    const kept = await reader.decisions({ limit: 10_000 });
    expect(kept.filter(({ kind }) => kind === 'acts')).toHaveLength(50);
    const regular = kept.filter(({ kind }) => kind === 'regular');
    expect(regular.length).toBeLessThan(600);
    expect(new Set(regular.map(({ app }) => app))).toEqual(new Set([...apps, 'gone']));
  });
});

describe('a record in memory', () => {
  it('stays within its bytes, and lets regular decisions go first', async () => {
    const { clock, recording, reader, backend, pass } = aBench(() => createMemoryBackend(200_000));
    for (let i = 0; i < 1500; i += 1) {
      pass({
        app: `app-${i % 7}`,
        outcomes: i % 20 === 0 ? [anOutcome('create')] : [],
        samples: samples({ queue: i }),
      });
      await clock.advance(900_000);
    }
    recording.flush();
    expect(backend.stats().bytes).toBeLessThan(200_000);
    const kept = await reader.decisions({ limit: 10_000 });
    expect(kept.length).toBeGreaterThan(100);
    const acts = kept.filter(({ kind }) => kind === 'acts').length;
    expect(acts / kept.length).toBeGreaterThan(0.1);
    for (const { id } of kept)
      expect((await reader.decision(id))?.report.policy.name).toBe('default');
  });
});

describe('a record in a file', () => {
  it('stores the configuration of 200 machines once', () => {
    const { recording, backend } = aBench((clock) => inFile(clock));
    recording.recorder.pass(aWholePass(200));
    recording.flush();
    const before = backend.stats().bytes;
    for (let i = 0; i < 100; i += 1) recording.recorder.pass(aWholePass(200));
    recording.flush();
    expect((backend.stats().bytes - before) / 100).toBeLessThan(2500);
  });

  it('keeps six weeks', async () => {
    const { clock, recording, reader, pass, backend } = aBench((clock) => inFile(clock));
    for (let day = 0; day < 60; day += 1) {
      pass({
        app: `app-${day}`,
        policy: aPolicy({ name: `p${day}` }),
        samples: samples({ queue: day }),
      });
      recording.flush();
      await clock.advance(86_400_000);
    }
    while (backend.tidy(clock.now()));
    const kept = await reader.decisions({ limit: 1000 });
    expect(kept).toHaveLength(42);
    expect(recording.stats().ageMs).toBe(42 * 86_400_000);
    expect(await reader.metricValues({ app: 'app-3' })).toEqual([]);
    for (const { id } of kept) expect(await reader.decision(id)).not.toBeNull();
    expect(() => backend.part(1)).toThrow('part 1 is missing');
  });

  it('stays within its size, and lets regular decisions go first', async () => {
    const { clock, recording, reader, pass, backend } = aBench((clock) => inFile(clock, 500_000));
    for (let i = 0; i < 2000; i += 1) {
      pass({
        app: `app-${i % 10}`,
        outcomes: i % 30 === 0 ? [anOutcome('create')] : [],
        samples: samples({ queue: i }),
      });
      await clock.advance(600_000);
      if (i % 100 === 0) while (backend.tidy(clock.now()));
    }
    recording.flush();
    while (backend.tidy(clock.now()));
    expect(backend.stats().bytes).toBeLessThanOrEqual(500_000);
    const acts = await reader.decisions({ limit: 10_000, kinds: ['acts'] });
    expect(acts.length).toBe(67);
  });

  it('has its room to itself, however much others keep in the file', async () => {
    const database = aDatabase();
    database.run('CREATE TABLE other (body BLOB)');
    const keep = (): void => void database.run('INSERT INTO other VALUES (zeroblob(1000000))');
    const others = (): number => {
      const [row] = database.all("SELECT sum(pgsize) AS bytes FROM dbstat WHERE name = 'other'");
      return Number(row?.['bytes']);
    };
    keep();
    const { clock, recording, reader, pass, backend } = aBench((fake) =>
      createSqliteBackend(database, {
        maxBytes: 1e6,
        now: () => fake.now(),
        otherBytes: others,
      }),
    );
    const record = async (): Promise<void> => {
      for (let i = 0; i < 100; i += 1) {
        pass({ app: `app-${i % 20}`, outcomes: [anOutcome('create')] });
        await clock.advance(15_000);
      }
      recording.flush();
      while (backend.tidy(clock.now()));
    };
    await record();
    expect(backend.stats().bytes).toBeLessThan(500_000);
    keep();
    await record();
    expect(backend.stats().bytes).toBeLessThan(500_000);
    expect(await reader.decisions({ limit: 1000 })).toHaveLength(200);
  });

  it('stays within its size where decisions share little: parts go before the decisions that need others', async () => {
    const { clock, recording, reader, pass, backend } = aBench((clock) => inFile(clock, 600_000));
    for (let i = 0; i < 600; i += 1) {
      // Each comes back when its decisions, and with them its parts, are gone.
      const input = deployed(`release ${i % 300}`, 5);
      pass({ app: `app-${i % 10}`, input, outcomes: [anOutcome('create')] });
      await clock.advance(60_000);
      backend.tidy(clock.now());
      expect(backend.stats().bytes).toBeLessThanOrEqual(600_000);
    }
    recording.flush();
    const kept = await reader.decisions({ limit: 10_000 });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(300);
    for (const { id } of kept) {
      const decision = await reader.decision(id);
      expect(decision?.report.input?.look.machines.map(({ config }) => config?.image)).toHaveLength(
        5,
      );
    }
  });

  it('removes nothing from a new file by what was read of the damaged one', async () => {
    const database = aDatabase();
    const { clock, recording, reader, pass } = aBench((clock) =>
      createSqliteBackend(database, { maxBytes: 600_000, now: () => clock.now() }),
    );
    const run = async (name: string, count: number, size: number): Promise<void> => {
      const { generation } = database;
      for (let i = 0; i < count && database.generation === generation; i += 1) {
        const input = deployed(`${name} ${i}`, size);
        pass({ app: `app-${i % 10}`, input, outcomes: [anOutcome('create')] });
        // The record is tidied meanwhile.
        await clock.advance(61_000);
      }
    };
    await run('before', 150, 5);
    damage(database);
    await run('while', 300, 5);
    expect(database.generation).toBe(1);
    await run('after', 151, 9);
    recording.flush();
    const kept = await reader.decisions({ limit: 10_000 });
    expect(kept.length).toBeGreaterThan(40);
    for (const { id } of kept) expect(await reader.decision(id)).not.toBeNull();
  });

  it('makes itself small enough although nothing more is written', async () => {
    const { clock, pass, backend } = aBench((clock) => inFile(clock, 150_000));
    for (let i = 0; i < 1000; i += 1) pass({ app: `app-${i}`, outcomes: [anOutcome('create')] });
    await clock.advance(61_000);
    pass();
    expect(backend.stats().bytes).toBeGreaterThan(300_000);
    await clock.advance(60_000);
    expect(backend.stats().bytes).toBeLessThanOrEqual(150_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('makes room for the new when the disk is full, and records a gap when that does not help', async () => {
    const database = aDatabase();
    const { clock, reader, pass, troubles } = aBench((clock) =>
      createSqliteBackend(database, { maxBytes: 1e9, now: () => clock.now() }),
    );
    const fill = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        pass({
          app: `app-${i % 50}`,
          outcomes: [anOutcome('create', { detail: `${i} `.repeat(300) })],
        });
        await clock.advance(2000);
      }
    };
    await fill(300);
    const [{ page_count: pages }] = database.all('PRAGMA page_count') as [{ page_count: number }];
    database.all(`PRAGMA max_page_count = ${pages}`);
    await fill(300);
    expect(troubles).toEqual([]);
    const [newest] = await reader.decisions({ limit: 1 });
    expect(clock.now() - newest!.atMs).toBeLessThan(10_000);

    const mend = refuseDecisions(database);
    const brokenAtMs = clock.now();
    await fill(10);
    mend();
    await fill(10);
    expect(troubles.map(({ kind }) => kind)).toEqual(['gap-begun', 'gap-ended']);
    const [gap] = await reader.gaps({});
    expect(gap!.lost).toBeGreaterThan(2);
    expect(gap!.fromMs).toBeGreaterThanOrEqual(brokenAtMs);
    expect(gap!.toMs).toBeLessThan(clock.now());
  });

  it('is read and written by two at once', async () => {
    const database = aDatabase();
    const one = aBench((clock) =>
      createSqliteBackend(database, { maxBytes: 1e9, now: () => clock.now() }),
    );
    const other = anotherTo(database);
    const two = aBench((clock) =>
      createSqliteBackend(other, { maxBytes: 1e9, now: () => clock.now() }),
    );
    for (let i = 0; i < 50; i += 1) {
      one.recording.recorder.pass(aWholePass());
      two.recording.recorder.pass({ ...aWholePass(), app: 'other' });
      one.recording.flush();
      two.recording.flush();
    }
    expect(await one.reader.decisions({ limit: 1000 })).toHaveLength(100);
    const [newest] = await one.reader.decisions({ limit: 1, app: 'other' });
    expect((await one.reader.decision(newest!.id))?.report.input?.look.machines).toHaveLength(3);
    // What waits while the other writes is not lost.
    other.run('BEGIN IMMEDIATE');
    one.recording.recorder.pass(aWholePass());
    await one.clock.advance(1500);
    expect(one.troubles).toEqual([]);
    other.run('COMMIT');
    await one.clock.advance(10_000);
    expect(await one.reader.decisions({ limit: 1000 })).toHaveLength(101);
  });

  it('waits for a program that reads for long once the log has become large, and goes on after it', async () => {
    const database = aDatabase();
    const { clock, reader, pass, troubles } = aBench((clock) =>
      createSqliteBackend(database, { maxBytes: 4e6, now: () => clock.now() }),
    );
    const passes = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        pass({ outcomes: [anOutcome('create')] });
        await clock.advance(2000);
      }
    };
    await passes(5);
    const other = openDatabaseToRead(database.path);
    other.run('BEGIN');
    other.all('SELECT count(*) FROM decision');
    await passes(400);
    const log = statSync(`${database.path}-wal`).size;
    expect(log).toBeGreaterThan(500_000);
    await passes(100);
    expect(statSync(`${database.path}-wal`).size).toBe(log);
    other.run('COMMIT');
    other.close();
    await passes(10);
    expect(await reader.decisions({ limit: 1000 })).toHaveLength(515);
    expect(troubles).toEqual([]);
  });

  describe('that is closed', () => {
    const writeTo = (database: Database): Bench =>
      aBench((clock) => createSqliteBackend(database, { maxBytes: 4e6, now: () => clock.now() }));
    const passes = async ({ pass, clock }: Bench, count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        pass({ outcomes: [anOutcome('create')] });
        await clock.advance(2000);
      }
    };
    /** Keeps others from writing until told. */
    const writeBeside = (database: Database): (() => void) => {
      const other = anotherTo(database);
      other.run('BEGIN IMMEDIATE');
      return () => void other.run('COMMIT');
    };
    /** What the next process finds. */
    const next = async (database: Database): Promise<readonly RecordGap[]> => {
      const { backend, reader } = writeTo(database);
      backend.write(() => undefined);
      return await reader.gaps({});
    };

    it('waits a moment for another that writes', async () => {
      const database = aDatabase();
      const bench = writeTo(database);
      await passes(bench, 1);
      const end = writeBeside(database);
      for (let i = 0; i < 30; i += 1) bench.pass({ outcomes: [anOutcome('create')] });
      const closed = bench.recording.close();
      await bench.clock.advance(500);
      end();
      await bench.clock.runUntil(closed);
      expect(await bench.reader.decisions({ limit: 99 })).toHaveLength(31);
      expect(await next(database)).toEqual([]);
    });

    it('is no longer held up by one that only reads', async () => {
      const database = aDatabase();
      const bench = writeTo(database);
      await passes(bench, 5);
      const other = openDatabaseToRead(database.path);
      other.run('BEGIN');
      other.all('SELECT count(*) FROM decision');
      await passes(bench, 500);
      expect(bench.backend.isLogHeld).toBe(true);
      await bench.clock.runUntil(bench.recording.close());
      other.close();
      expect(await bench.reader.decisions({ limit: 1000 })).toHaveLength(505);
      expect(await next(database)).toEqual([]);
    });

    it.each<[string, (database: Database) => () => void, Partial<RecordGap>]>([
      ['another writes on', writeBeside, { lost: null, why: 'the process ended without warning' }],
      ['the file takes no decisions', refuseDecisions, { lost: 30, why: 'no' }],
    ])('leaves a gap where %s', async (_why, hinder, gap) => {
      const database = aDatabase();
      const bench = writeTo(database);
      await passes(bench, 1);
      const end = hinder(database);
      for (let i = 0; i < 30; i += 1) bench.pass({ outcomes: [anOutcome('create')] });
      const beganMs = bench.clock.elapsedMs();
      await bench.clock.runUntil(bench.recording.close());
      expect(bench.clock.elapsedMs() - beganMs).toBeLessThanOrEqual(1000);
      end();
      expect(bench.recording.stats().lost).toBe(30);
      expect(bench.troubles[0]).toMatchObject({ kind: 'gap-begun' });
      expect(await next(database)).toMatchObject([gap]);
    });

    it('says nothing of the process before where it could not begin itself', async () => {
      const database = aDatabase();
      await passes(writeTo(database), 1);
      const bench = writeTo(database);
      await bench.clock.runUntil(bench.recording.close());
      expect(await next(database)).toMatchObject([{ why: 'the process ended without warning' }]);
    });
  });

  it('leaves all in one file, which can be copied, when it is closed', async () => {
    const database = aDatabase();
    const { recording, clock } = aBench((clock) =>
      createSqliteBackend(database, { maxBytes: 1e9, now: () => clock.now() }),
    );
    recording.recorder.pass(aWholePass());
    await clock.runUntil(recording.close());
    database.close();
    cleanUps.pop();
    expect(statSync(`${database.path}-wal`).size).toBe(0);
    const copy = `${database.path}.copy`;
    copyFileSync(database.path, copy);
    const copied = openDatabaseToRead(copy);
    const reader = createRecordReader(createSqliteBackend(copied, { maxBytes: 1, now: () => T0 }));
    expect(await reader.decisions({ limit: 9 })).toHaveLength(1);
    copied.close();
  });
});

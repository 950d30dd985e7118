import { describe, expect, it } from 'vitest';
import { aPolicy, aRange } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { aCollector } from '../../testing/fleet-rig.js';
import { SampleBoard } from './samples.js';
import type { Collector } from '../../seams/collector.js';

const live = new AbortController().signal;

function aBoard(...collectors: Collector[]) {
  const clock = createFakeClock();
  const board = new SampleBoard({ collectors, clock, intervalMs: 15_000, timeoutMs: 10_000 });
  return { clock, board };
}

const want = (apps: readonly string[], ...metrics: string[]) =>
  new Map(apps.map((app) => [app, new Set(metrics)]));

describe('the board of samples', () => {
  it('knows which metrics the expressions of a policy can read', () => {
    const { board } = aBoard(aCollector('queue'), aCollector('unused'));
    const policy = aPolicy({
      created: aRange('queue + created_machine_count'),
      started: aRange('queue'),
    });
    expect([...board.metricsOf([policy])]).toEqual(['queue']);
  });

  it('asks a collector once for all apps that want it', async () => {
    const queue = aCollector('queue', { a: 1, b: 2 });
    const { board, clock } = aBoard(queue);
    const wanted = new Map([...want(['a', 'b'], 'queue'), ...want(['c'])]);
    board.collect(wanted, live);
    await clock.advance(0);
    expect(queue.asked).toEqual([['a', 'b']]);
    expect(board.samples('b', new Set(['queue'])).get('queue')).toMatchObject({ value: 2 });
  });

  it('lets an app go on as soon as its own samples are there', async () => {
    const slow: Collector = {
      ...aCollector('queue'),
      collect: async (apps, emit) => {
        emit('a', { kind: 'value', value: 1, atMs: 0 });
        await new Promise(() => undefined);
      },
    };
    const { board, clock } = aBoard(slow);
    const done: string[] = [];
    board.collect(want(['a', 'b'], 'queue'), live);
    for (const app of ['a', 'b']) {
      void board.arrived(app, new Set(['queue']), live).then(() => done.push(app));
    }
    await clock.advance(5000);
    expect(done).toEqual(['a']);
    await clock.advance(7000);
    expect(done).toEqual(['a', 'b']);
    expect(board.samples('b', new Set(['queue'])).get('queue')).toMatchObject({
      kind: 'error',
      code: 'source-timeout',
    });
  });

  it('does not ask again for an app that still waits', async () => {
    const queue = aCollector('queue');
    queue.isHung = true;
    const { board, clock } = aBoard(queue);
    board.collect(want(['a'], 'queue'), live);
    await clock.advance(5000);
    board.collect(want(['a', 'b'], 'queue'), live);
    expect(queue.asked).toEqual([['a'], ['b']]);
    await clock.advance(20_000);
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('broken')), 'broken'],
    ['forgets an app', async () => undefined, 'no sample'],
  ])('makes an error of an app whose collector %s', async (_, collect, message) => {
    const { board, clock } = aBoard({ ...aCollector('queue'), collect });
    board.collect(want(['a'], 'queue'), live);
    await clock.runUntil(board.arrived('a', new Set(['queue']), live));
    const sample = board.samples('a', new Set(['queue'])).get('queue');
    expect(sample).toMatchObject({ kind: 'error', message: expect.stringContaining(message) });
  });

  it('does not listen to a collection that has ended', async () => {
    let late: () => void = () => undefined;
    const collector: Collector = {
      ...aCollector('queue'),
      collect: async (_apps, emit) => {
        late = () => emit('a', { kind: 'value', value: 0, atMs: 0 });
        await new Promise(() => undefined);
      },
    };
    const { board, clock } = aBoard(collector);
    board.collect(want(['a'], 'queue'), live);
    await clock.advance(12_000);
    late();
    expect(board.samples('a', new Set(['queue'])).get('queue')?.kind).toBe('error');
  });

  it('calls a value stale that was received too long ago', async () => {
    const queue = aCollector('queue', { a: 7 });
    const { board, clock } = aBoard(queue);
    board.collect(want(['a'], 'queue'), live);
    await clock.advance(40_000);
    const metrics = new Set(['queue']);
    expect(board.samples('a', metrics).get('queue')).toMatchObject({ kind: 'value', value: 7 });
    await clock.advance(1);
    expect(board.samples('a', metrics).get('queue')).toMatchObject({ kind: 'stale', value: 7 });
  });

  it('knows nothing of instances from values that were received too long ago', async () => {
    const values = { m1: 0 };
    const { board, clock } = aBoard({
      ...aCollector('busy'),
      collect: async (_apps, emit) => emit('a', { kind: 'instances', values, atMs: 0 }),
    });
    board.collect(want(['a'], 'busy'), live);
    await clock.advance(40_000);
    const metrics = new Set(['busy']);
    expect(board.samples('a', metrics).get('busy')).toMatchObject({ kind: 'instances', values });
    await clock.advance(1);
    expect(board.samples('a', metrics).get('busy')?.kind).toBe('empty');
  });

  it('takes values per instance for the same until one of them changes', async () => {
    let values: Readonly<Record<string, number>> = {};
    const { board, clock } = aBoard({
      ...aCollector('busy'),
      collect: async (_apps, emit) => emit('a', { kind: 'instances', values, atMs: clock.now() }),
    });
    const revisionWith = async (next: Readonly<Record<string, number>>): Promise<number> => {
      values = next;
      board.collect(want(['a'], 'busy'), live);
      await clock.advance(1000);
      return board.revision('a');
    };
    const first = await revisionWith({ m1: 0, m2: 3 });
    expect(await revisionWith({ m2: 3, m1: 0 })).toBe(first);
    expect(await revisionWith({ m1: 1, m2: 3 })).toBe(first + 1);
    expect(await revisionWith({ m1: 1, m3: 3 })).toBe(first + 2);
    expect(await revisionWith({ m1: 1 })).toBe(first + 3);
  });

  it('leaves out metrics that were never received, and all after a jump of the clocks', async () => {
    const queue = aCollector('queue', { a: 7 });
    const { board, clock } = aBoard(queue);
    const metrics = new Set(['queue']);
    expect(board.samples('a', metrics).size).toBe(0);
    board.collect(want(['a'], 'queue'), live);
    await clock.advance(0);
    expect(board.samples('a', metrics).size).toBe(1);
    board.forget();
    expect(board.samples('a', metrics).size).toBe(0);
  });

  it('makes an error of what was asked before the clocks jumped and answered after', async () => {
    let answer: () => void = () => undefined;
    const collector: Collector = {
      ...aCollector('queue'),
      collect: (_apps, emit) =>
        new Promise((resolve) => {
          answer = () => {
            emit('a', { kind: 'value', value: 0, atMs: 0 });
            resolve();
          };
        }),
    };
    const { board, clock } = aBoard(collector);
    board.collect(want(['a'], 'queue'), live);
    board.forget();
    answer();
    await clock.advance(0);
    expect(board.samples('a', new Set(['queue'])).get('queue')?.kind).toBe('error');
    board.collect(want(['a'], 'queue'), live);
    answer();
    await clock.advance(0);
    expect(board.samples('a', new Set(['queue'])).get('queue')?.kind).toBe('value');
  });

  it('says when the newest value was taken, also when it is the same as before', async () => {
    const { board, clock } = aBoard({
      ...aCollector('queue'),
      collect: async (_apps, emit) => emit('a', { kind: 'value', value: 7, atMs: clock.now() }),
    });
    const metrics = new Set(['queue']);
    for (let round = 0; round < 2; round += 1) {
      board.collect(want(['a'], 'queue'), live);
      await clock.advance(1000);
      const atMs = clock.now() - 1000;
      expect(board.samples('a', metrics).get('queue')).toEqual({ kind: 'value', value: 7, atMs });
      expect(board.revision('a')).toBe(1);
    }
  });

  it('tells a pass that waits for an app that has left, and knows nothing of it afterwards', async () => {
    const queue = aCollector('queue', { a: 7 });
    queue.isHung = true;
    const { board, clock } = aBoard(queue);
    const done: string[] = [];
    const metrics = new Set(['queue']);
    board.collect(want(['a'], 'queue'), live);
    expect(board.wait('a', metrics, (app) => done.push(app))).toBe(true);
    board.drop('a');
    await clock.advance(20_000);
    expect(done).toEqual(['a']);
    board.drop('a');
    expect(board.samples('a', metrics).size).toBe(0);
    expect(board.wait('a', metrics, () => undefined)).toBe(false);
  });

  it('ends the wait of all when the process stops', async () => {
    const queue = aCollector('queue');
    queue.isHung = true;
    const { board } = aBoard(queue);
    const controller = new AbortController();
    board.collect(want(['a'], 'queue'), controller.signal);
    const wait = board.arrived('a', new Set(['queue']), controller.signal);
    controller.abort(new Error('over'));
    await expect(wait).rejects.toThrow('over');
    await board.idle();
  });
});

import { describe, expect, it } from 'vitest';
import { aMachine, samples, T0 } from '../../testing/builders.js';
import { busyOf, drainOf } from './drain.js';
import { afterMark, forgetHistory, observe } from '../memory/memory.js';
import type { RemovalRules } from '../model/removal-rules.js';
import type { Sample } from '../model/sample.js';
import { type AppMemory, EMPTY_MEMORY } from '../model/app-memory.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const rules: RemovalRules = { busyMetric: 'busy', drainTimeoutMs: 10 * MINUTE, scaleIn: 'stop' };
const mark = {
  machine: 'm1',
  goal: 'destroy',
  reason: '',
  deadline: new Date(T0 + 10 * MINUTE).toISOString(),
} as const;
const marked = aMachine({ metadata: { 'fas-remove': JSON.stringify(mark) } });
const at = (elapsedMs: number, wallMs = T0 + elapsedMs) => ({ wallMs, elapsedMs });
const seen = (elapsedMs: number, wallMs?: number): AppMemory =>
  observe(EMPTY_MEMORY, [marked], at(elapsedMs, wallMs));

function drain(memory: AppMemory, busy: number | null, elapsedMs: number, wallMs?: number) {
  const now = at(elapsedMs, wallMs);
  return drainOf(mark, { rules, busy: () => busy, drains: memory.drains, now });
}

describe('draining', () => {
  it('is over at zero, once a zero can be from after the cordon', () => {
    const memory = seen(0);
    expect(drain(memory, 0, 19 * SECOND).isOver).toBe(false);
    expect(drain(memory, 0, 20 * SECOND).isOver).toBe(true);
    expect(drain(memory, 1, 20 * SECOND)).toEqual({
      isOver: false,
      detail: 'busy 1, for 9m40s at most',
    });
  });

  it('goes on while nobody knows what the machine is busy with, and never endlessly', () => {
    const memory = seen(0);
    expect(drain(memory, null, 10 * MINUTE - 1).isOver).toBe(false);
    expect(drain(memory, null, 10 * MINUTE).isOver).toBe(true);
  });

  it('has gone on for as long as the mark says, to a process that finds it', () => {
    const memory = seen(100 * MINUTE, T0 + 7 * MINUTE);
    expect(drain(memory, 3, 103 * MINUTE - 1, 0).isOver).toBe(false);
    expect(drain(memory, 3, 103 * MINUTE, 0).isOver).toBe(true);
  });

  it.each([-60 * MINUTE, 60 * MINUTE])('takes as long when the clock is set by %d ms', (jumpMs) => {
    const memory = forgetHistory(seen(0), at(MINUTE));
    const now = (elapsedMs: number) => drain(memory, 3, elapsedMs, T0 + elapsedMs + jumpMs);
    expect(now(10 * MINUTE - 1).isOver).toBe(false);
    expect(now(10 * MINUTE).isOver).toBe(true);
  });

  it('runs from the moment of the mark for the process that wrote it', () => {
    const memory = observe(afterMark(EMPTY_MEMORY, mark, at(0)), [marked], at(0, T0 + 60 * MINUTE));
    expect(drain(memory, 3, 10 * MINUTE - 1).isOver).toBe(false);
    expect(drain(memory, 3, 10 * MINUTE).isOver).toBe(true);
  });

  it('takes at most the timeout that is set by now, whatever the mark says', () => {
    const long = { ...mark, deadline: new Date(T0 + 600 * MINUTE).toISOString() };
    const machine = aMachine({ metadata: { 'fas-remove': JSON.stringify(long) } });
    const { drains } = observe(EMPTY_MEMORY, [machine], at(0));
    const over = (elapsedMs: number) =>
      drainOf(long, { rules, busy: () => 3, drains, now: at(elapsedMs) }).isOver;
    expect([over(10 * MINUTE - 1), over(10 * MINUTE)]).toEqual([false, true]);
  });

  it('begins when it is first seen where the mark does not say until when', () => {
    const vague = { ...mark, deadline: 'soon' };
    const machine = aMachine({ metadata: { 'fas-remove': JSON.stringify(vague) } });
    const { drains } = observe(EMPTY_MEMORY, [machine], at(0));
    const over = (elapsedMs: number) =>
      drainOf(vague, { rules, busy: () => 3, drains, now: at(elapsedMs) }).isOver;
    expect([over(10 * MINUTE - 1), over(10 * MINUTE)]).toEqual([false, true]);
  });

  it('begins anew with a new mark', () => {
    const again = { ...mark, deadline: new Date(T0 + 19 * MINUTE).toISOString() };
    const machine = aMachine({ metadata: { 'fas-remove': JSON.stringify(again) } });
    const { drains } = observe(seen(0), [machine], at(9 * MINUTE));
    const { isOver } = drainOf(again, { rules, busy: () => 3, drains, now: at(10 * MINUTE) });
    expect(isOver).toBe(false);
  });

  it('goes on while the mark may be what cannot be read', () => {
    const odd = aMachine({ hostStatus: 'unknown', config: null, unread: 'config' });
    expect(observe(seen(0), [odd], at(1)).drains).toEqual(seen(0).drains);
  });

  it('is forgotten with the mark', () => {
    expect(observe(seen(0), [aMachine()], at(1)).drains).toEqual({});
  });
});

describe('what a machine is busy with', () => {
  const busy = (sample: Sample) => busyOf(rules, samples({ busy: sample }))('m1');

  it('is its value, if it has one', () => {
    expect(busy({ kind: 'instances', values: { m1: 3, m2: 4 }, atMs: T0 })).toBe(3);
    expect(busy({ kind: 'instances', values: { m2: 4 }, atMs: T0 })).toBe(null);
    const own = busyOf(rules, samples({ busy: { kind: 'instances', values: {}, atMs: T0 } }));
    expect(own('constructor')).toBe(null);
  });

  it('is not known from any other kind of sample', () => {
    expect(busy({ kind: 'empty', atMs: T0 })).toBe(null);
    expect(busy({ kind: 'value', value: 0, atMs: T0 })).toBe(null);
    expect(busyOf({ ...rules, busyMetric: null }, samples({ busy: 0 }))('m1')).toBe(null);
  });
});

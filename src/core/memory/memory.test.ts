import { describe, expect, it } from 'vitest';
import { aMachine } from '../../testing/builders.js';
import type { Instant } from '../time/instant.js';
import type { Machine } from '../model/machine.js';
import {
  afterCreate,
  afterCreateFailed,
  afterDestroy,
  afterReplacement,
  afterReturnFailed,
  forgetHistory,
  hasJustFailedToReturn,
  observe,
} from './memory.js';
import { type AppMemory, EMPTY_MEMORY } from '../model/app-memory.js';
import { inStateMs } from '../machines/sight.js';

const MINUTE = 60_000;
const at = (elapsedMs: number): Instant => ({ wallMs: elapsedMs, elapsedMs });

describe('how long a machine is in a state', () => {
  const starting = aMachine({ state: 'starting' });
  it('is counted from the first look, anew with each state and version', () => {
    const memory = observe(observe(EMPTY_MEMORY, [starting], at(1000)), [starting], at(3000));
    expect(inStateMs(memory, starting, at(5000))).toBe(4000);
    expect(inStateMs(memory, { ...starting, version: 'v2' }, at(5000))).toBe(0);
    expect(inStateMs(memory, { ...starting, state: 'stopping' }, at(5000))).toBe(0);
  });

  it('is forgotten with the machine, and when the clocks jumped', () => {
    const memory = observe(EMPTY_MEMORY, [starting], at(1000));
    expect(observe(memory, [], at(2000)).transit).toEqual({});
    expect(forgetHistory(memory, at(3000)).transit).toEqual({});
  });
});

describe('creates on probation', () => {
  const created = afterCreate(EMPTY_MEMORY, { id: 'x' }, 'app', at(0));
  const look = (memory: AppMemory, list: Machine[], minutes: number): AppMemory =>
    observe(memory, list, at(minutes * MINUTE));

  it('that vanish or fail within five minutes make their group wait', () => {
    for (const list of [
      [],
      [aMachine({ id: 'x', state: 'failed' })],
      [aMachine({ id: 'x', state: 'destroyed' })],
    ]) {
      const memory = look(created, list, 1);
      expect(memory.createBackoff).toEqual({
        app: { failedAtMs: MINUTE, untilMs: 2 * MINUTE, waitMs: MINUTE },
      });
      expect(memory.probation).toEqual([]);
    }
  });

  it('that last end the wait of their group', () => {
    const waiting = afterCreateFailed(created, 'app', at(-MINUTE));
    const alive = [aMachine({ id: 'x' })];
    expect(look(waiting, alive, 4).createBackoff).toHaveProperty('app');
    expect(look(waiting, alive, 5).createBackoff).toEqual({});
  });

  it('that lasted say nothing against a newer failure', () => {
    const waiting = afterCreateFailed(created, 'app', at(4 * MINUTE));
    expect(look(waiting, [aMachine({ id: 'x' })], 5).createBackoff).toHaveProperty('app');
  });

  it('that we destroyed ourselves are no failure', () => {
    expect(look(afterDestroy(created, 'x'), [], 1).createBackoff).toEqual({});
    const metadata = { 'fas-remove': JSON.stringify({ machine: 'x', goal: 'destroy' }) };
    const leaving = look(created, [aMachine({ id: 'x', metadata })], 1);
    expect(look(leaving, [], 2).createBackoff).toEqual({});
  });

  it('wait twice as long each time, to half an hour; failures of one pass are one', () => {
    let memory = EMPTY_MEMORY;
    const waits: number[] = [];
    for (let elapsedMs = 0; waits.length < 7;) {
      memory = afterCreateFailed(memory, 'app', at(elapsedMs));
      memory = afterCreateFailed(memory, 'app', at(elapsedMs));
      const backoff = memory.createBackoff['app'];
      waits.push((backoff?.waitMs ?? 0) / MINUTE);
      elapsedMs = backoff?.untilMs ?? Infinity;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });
});

describe('a machine that could not be brought back', () => {
  const failed = afterReturnFailed(EMPTY_MEMORY, 'm1', at(0));
  const metadata = { 'fas-remove': JSON.stringify({ machine: 'm1', goal: 'destroy' }) };

  it.each<[string, Partial<Machine>, number, boolean]>([
    ['is left out while it rests', { state: 'stopped' }, MINUTE - 1, true],
    ['is left out while it is on its way out, though it runs', { metadata }, MINUTE - 1, true],
    ['is like others once it is back', {}, 1000, false],
    ['is tried again after a minute', { state: 'stopped' }, MINUTE, false],
  ])('%s', (_name, machine, elapsedMs, isLeftOut) => {
    const memory = observe(failed, [aMachine(machine)], at(elapsedMs));
    expect(hasJustFailedToReturn(memory, 'm1', at(elapsedMs))).toBe(isLeftOut);
    expect(memory.returnFailedAtMs).toEqual(isLeftOut ? { m1: 0 } : {});
  });
});

it('replacements count for a minute', () => {
  const memory = afterReplacement(EMPTY_MEMORY, 2, at(1000));
  expect(observe(memory, [], at(60_999)).replacedAtMs).toHaveLength(2);
  expect(observe(memory, [], at(61_000)).replacedAtMs).toHaveLength(0);
});

it('does not count the time in which a machine only could not be read as out of sight', () => {
  const odd = { hostStatus: 'unknown', config: null, unread: 'region' } as const;
  const away = { hostStatus: 'unreachable', config: null } as const;
  const at = (elapsedMs: number) => ({ wallMs: 0, elapsedMs });
  const unread = observe(EMPTY_MEMORY, [aMachine(odd)], at(0));
  const later = observe(unread, [aMachine(odd)], at(200_000));
  const out = observe(later, [aMachine(away)], at(210_000));
  expect(out.unseenSinceMs).toEqual({ m1: 200_000 });
  const both = observe(out, [aMachine({ ...odd, ...away })], at(220_000));
  expect(both.unseenSinceMs).toEqual({ m1: 200_000 });
});

it('keeps back-offs when the clocks jumped, and forgets since when machines are out of sight', () => {
  const lost = aMachine({ hostStatus: 'unknown' });
  const memory = afterCreateFailed(observe(EMPTY_MEMORY, [lost], at(0)), 'app', at(0));
  expect(memory.unseenSinceMs).toEqual({ m1: 0 });
  expect(forgetHistory(memory, at(9))).toEqual({
    ...memory,
    unseenSinceMs: {},
    transit: {},
    clockJumpedAtMs: 9,
  });
});

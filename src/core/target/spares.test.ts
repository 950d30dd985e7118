import { describe, expect, it } from 'vitest';
import { aSchedule } from '../../testing/behavior.js';
import { aMachine, aRange, machines, samples, T0 } from '../../testing/builders.js';
import { choiceInput, planOf, run, work } from '../../testing/choices.js';
import type { DecisionInput } from '../model/decision.js';
import type { Policy } from '../model/policy.js';
import { propose } from '../decide/propose.js';

describe('spares', () => {
  const ready = (count: number, spare = 2): Partial<Policy> => ({ ...run(count), spare });

  it('are made beside those that run, and left stopped', () => {
    const decided = planOf(choiceInput(machines(3), ready(3)));
    expect(decided.creates.map((create) => create.isLaunched)).toEqual([false, false]);
  });

  it('start first, and are made anew in the same pass', () => {
    const list = [...machines(2), ...machines(2, { state: 'suspended' }, 's')];
    const decided = planOf(choiceInput(list, ready(5)));
    expect(decided.starts.map((s) => s.machineId)).toEqual(['s1', 's2']);
    expect(decided.creates.map((create) => create.isLaunched)).toEqual([true, false, false]);
  });

  it('are what remains when fewer run', () => {
    const list = [...machines(4), ...machines(2, { state: 'stopped' }, 's')];
    const decided = planOf(choiceInput(list, ready(3)));
    expect(work(decided.removals)).toEqual([
      ['s1', 'destroy', ['destroy']],
      ['m1', 'stop', ['mark', 'cordon', 'stop']],
    ]);
  });

  it('follow what runs within a range, and do not run themselves', () => {
    const range = { started: aRange('2', '10'), spare: 2 };
    const decided = planOf(choiceInput(machines(5), range));
    expect(decided.creates.map((create) => create.isLaunched)).toEqual([false, false]);
    expect(decided.removals).toEqual([]);
  });

  it('are not taken for a machine that has just been made and does not run yet', () => {
    const list = [
      ...machines(3),
      ...machines(2, { state: 'stopped' }, 's'),
      aMachine({ id: 'n', state: 'created' }),
    ];
    const decided = planOf(choiceInput(list, { started: aRange('2', '10'), spare: 2 }));
    expect([decided.removals, decided.creates]).toEqual([[], []]);
  });

  it('stay, with what runs, while nothing may stop', () => {
    const list = [...machines(4), ...machines(2, { state: 'stopped' }, 's')];
    const unknown = samples({ queue: { kind: 'empty', atMs: T0 } });
    const policy = { started: aRange('queue ?? 1'), spare: 2 };
    const decided = choiceInput(list, policy, null, { samples: unknown });
    expect(planOf(decided).removals).toEqual([]);
    expect(propose(decided).created).toMatchObject({ current: 6, wanted: 6 });
  });

  it('stay beside those whose stop must wait for the next pass', () => {
    const list = [...machines(8), ...machines(2, { state: 'stopped' }, 's')];
    const caps = { maxMachinesPerApp: 1000, maxCreatePerPass: null, maxRemovePerPass: null };
    const { policy, ...rest } = choiceInput(list, ready(0));
    const proposal = propose({ ...rest, policy: { ...policy, caps } });
    // Half of those that run stop in this pass.
    expect(proposal.started).toMatchObject({ current: 8, wanted: 4 });
    expect(proposal.created).toMatchObject({ current: 10, wanted: 6 });
    expect(proposal.reasons.map((r) => r.code)).toContain('spares-kept');
  });

  describe('with bounds for those that run', () => {
    const bounded = (min: number | null, max: number | null) => ({
      schedules: [aSchedule({ started: { min, max } })],
    });
    const countsOf = (input: DecisionInput): readonly string[] => {
      const { created, started } = propose(input);
      return [created, started].map((count) => `${count?.current} -> ${count?.wanted}`);
    };
    const unknown = { samples: samples({ queue: { kind: 'empty', atMs: T0 } }) };

    it('are there beside a floor', () => {
      const input = choiceInput(machines(2), { ...ready(2), ...bounded(5, null) });
      expect(countsOf(input)).toEqual(['2 -> 7', '2 -> 5']);
    });

    it('are there beside a floor without samples', () => {
      const policy = { started: aRange('queue'), spare: 2, ...bounded(5, null) };
      expect(countsOf(choiceInput(machines(2), policy, null, unknown))).toEqual([
        '2 -> 7',
        '2 -> 5',
      ]);
    });

    it('are no more than there should be under a ceiling', () => {
      const input = choiceInput(machines(2), { ...ready(9), ...bounded(null, 3) });
      expect(countsOf(input)).toEqual(['2 -> 5', '2 -> 3']);
    });

    it('are there beside a count that is held', () => {
      const pause = { id: 'p', app: null, policy: null, reason: '', createdAtMs: 0, untilMs: null };
      const orders = { pauses: [{ ...pause, mode: 'at', count: 4 } as const], braked: {} };
      const policy = { started: aRange('queue'), spare: 2 };
      const input = choiceInput(machines(2), policy, null, { ...unknown, orders });
      expect(countsOf(input)).toEqual(['2 -> 6', '2 -> 4']);
    });
  });

  it('leave one machine at least', () => {
    const decided = propose(choiceInput(machines(1), { ...run(0), spare: 0 }));
    expect(decided.created).toMatchObject({ target: { min: 1, max: 1 } });
  });
});

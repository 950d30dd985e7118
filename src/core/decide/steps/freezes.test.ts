import { describe, expect, it } from 'vitest';
import { aCase, aSchedule } from '../../../testing/behavior.js';
import { aMachine, machines, T0 } from '../../../testing/builders.js';
import { checkRows } from '../../../testing/step-table.js';
import { plan } from '../../plan/plan.js';
import { propose } from '../propose.js';

describe('freezes', () => {
  const frozen = (freeze: 'in' | 'out' | 'all') => ({ schedules: [aSchedule({ freeze })] });
  const floor = aSchedule({ created: { min: 9, max: null } });
  const text = (what: string) => `${what}: 0 0 * * * for 1h, UTC`;
  checkRows([
    [
      'in keeps from shrinking',
      { current: 5, wanted: 3, policy: frozen('in') },
      '5 -> 5',
      'frozen',
      text('shrinking'),
    ],
    [
      'in lets growth be',
      { current: 3, wanted: 5, policy: frozen('in') },
      '3 -> 5',
      'frozen',
      text('shrinking'),
    ],
    [
      'out keeps from growing',
      { current: 3, wanted: 5, policy: frozen('out') },
      '3 -> 3',
      'frozen',
      text('growing'),
    ],
    [
      'out lets shrinking be',
      { current: 5, wanted: 3, policy: frozen('out') },
      '5 -> 3',
      'frozen',
      text('growing'),
    ],
    [
      'all keeps everything',
      { current: 3, wanted: 5, policy: frozen('all') },
      '3 -> 3',
      'frozen',
      text('all'),
    ],
    [
      'beats a floor',
      { current: 3, wanted: 3, policy: { schedules: [floor, ...frozen('out').schedules] } },
      '3 -> 3',
      'frozen',
      text('growing'),
    ],
  ]);

  it.each(['in', 'all'] as const)(
    '%s cancels a removal whose machine still runs, and waits with the others',
    (freeze) => {
      const mark = (machine: string) =>
        JSON.stringify({
          machine,
          goal: 'destroy',
          reason: 'r',
          deadline: new Date(T0).toISOString(),
        });
      const draining = aMachine({
        id: 'm8',
        isCordoned: true,
        metadata: { 'fas-remove': mark('m8') },
      });
      const stopped = aMachine({
        id: 'm9',
        state: 'stopped',
        metadata: { 'fas-remove': mark('m9') },
      });
      const input = aCase({
        current: 3,
        wanted: 3,
        policy: frozen(freeze),
        input: { look: { machines: [...machines(3), draining, stopped] } },
      });
      const { undos, removals, starts, creates } = plan(input, propose(input), () => 'id');
      expect(undos.map(({ machineId }) => machineId)).toEqual(['m8']);
      expect([...removals, ...starts, ...creates]).toEqual([]);
    },
  );
});

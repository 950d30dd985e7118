import { describe, expect, it } from 'vitest';
import { anInput, aPolicy, aRange, machines, samples } from '../../../testing/builders.js';
import { checkRows } from '../../../testing/step-table.js';
import { propose } from '../propose.js';

describe('the fleet brake', () => {
  const braked = (metric: string) => ({
    orders: { pauses: [], braked: { [metric]: 'prometheus: 7 of 9 apps fell' } },
  });
  const detail = 'queue: prometheus: 7 of 9 apps fell';
  checkRows([
    [
      'keeps from shrinking on its source',
      { current: 5, wanted: 3, input: braked('queue') },
      '5 -> 5',
      'fleet-brake',
      detail,
    ],
    [
      'lets growth be',
      { current: 3, wanted: 5, input: braked('queue') },
      '3 -> 5',
      'fleet-brake',
      detail,
    ],
    [
      'has no say over other sources',
      { current: 5, wanted: 3, input: braked('other') },
      '5 -> 3',
      'fleet-brake',
      null,
    ],
  ]);

  it.each([
    ['queue', 5],
    ['other', 3],
  ])('keeps what runs from shrinking as well as what exists: %s', (metric, wanted) => {
    const policy = aPolicy({ started: aRange('queue / 10') });
    const look = { machines: machines(5) };
    const input = anInput({ policy, look, samples: samples({ queue: 30 }), ...braked(metric) });
    expect(propose(input).started?.wanted).toBe(wanted);
  });

  it.each([
    ['queue', false],
    ['other', true],
  ])('keeps removals from going on that spares no longer need: %s', (metric, mayGoOn) => {
    const policy = aPolicy({ started: aRange('queue / 10'), spare: 1 });
    const look = { machines: machines(4) };
    const input = anInput({ policy, look, samples: samples({ queue: 30 }), ...braked(metric) });
    expect(propose(input)).toMatchObject({ mayShrinkCreated: mayGoOn, mayShrinkStarted: mayGoOn });
  });
});

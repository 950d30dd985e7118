import { describe } from 'vitest';
import { checkRows } from '../../testing/step-table.js';

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
});

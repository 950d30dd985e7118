import { describe, expect, it } from 'vitest';
import { aBehavior, decideCase, detailOf } from '../../../testing/behavior.js';
import { checkRows } from '../../../testing/step-table.js';

describe('tolerance', () => {
  const policy = { behavior: aBehavior({ tolerance: 0.1 }, { tolerance: 0.29 }) };
  checkRows([
    [
      'keeps what is within it when shrinking',
      { current: 10, wanted: 9, policy },
      '10 -> 10',
      'within-tolerance',
      'created 10 to 9 is within 10 %',
    ],
    [
      'lets go what is beyond',
      { current: 10, wanted: 8, policy },
      '10 -> 8',
      'within-tolerance',
      null,
    ],
    [
      'takes the border as within, whatever floating point says',
      { current: 100, wanted: 129, policy },
      '100 -> 100',
      'within-tolerance',
      'created 100 to 129 is within 29 %',
    ],
    [
      'has another share when growing',
      { current: 10, wanted: 13, policy },
      '10 -> 13',
      'within-tolerance',
      null,
    ],
    [
      'says nothing of one machine',
      { current: 1, wanted: 2, policy },
      '1 -> 2',
      'within-tolerance',
      null,
    ],
  ]);

  it('does not call a count that it holds at target', () => {
    expect(detailOf(decideCase({ current: 10, wanted: 9, policy }), 'at-target')).toBeUndefined();
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadAt } from './workloads.js';
import type { LoadShape } from './workloads.js';

describe('load', () => {
  it.each<[string, LoadShape, readonly (readonly [number, number])[]]>([
    [
      'flat',
      { kind: 'flat', level: 7 },
      [
        [0, 7],
        [1e9, 7],
      ],
    ],
    [
      'wave',
      { kind: 'wave', low: 10, high: 30, periodMs: 1000 },
      [
        [0, 10],
        [250, 20],
        [500, 30],
        [1000, 10],
      ],
    ],
    [
      'shifted wave',
      { kind: 'wave', low: 10, high: 30, periodMs: 1000, shiftMs: 500 },
      [
        [0, 30],
        [500, 10],
      ],
    ],
    [
      'spike',
      { kind: 'spike', base: 1, peak: 9, firstMs: 100, everyMs: 1000, lengthMs: 50 },
      [
        [0, 1],
        [100, 9],
        [149, 9],
        [150, 1],
        [1100, 9],
        [1150, 1],
      ],
    ],
    [
      'ramp',
      { kind: 'ramp', from: 10, to: 0, beginMs: 100, lengthMs: 100 },
      [
        [0, 10],
        [150, 5],
        [200, 0],
        [900, 0],
      ],
    ],
    [
      'on-off',
      { kind: 'on-off', on: 5, off: 0, onMs: 10, offMs: 20 },
      [
        [0, 5],
        [9, 5],
        [10, 0],
        [29, 0],
        [30, 5],
      ],
    ],
    [
      'steps',
      {
        kind: 'steps',
        steps: [
          [10, 3],
          [20, 8],
        ],
      },
      [
        [0, 0],
        [10, 3],
        [19, 3],
        [25, 8],
      ],
    ],
  ])('of a %s', (_name, shape, expected) => {
    expect(expected.map(([tMs]) => [tMs, loadAt(shape, tMs, 1)])).toEqual(expected);
  });

  it('with noise is the same for the same seed, stays within its bounds and is never negative', () => {
    const shape: LoadShape = { kind: 'flat', level: 100, noise: 0.2 };
    fc.assert(
      fc.property(fc.nat(1e8), fc.nat(), (tMs, seed) => {
        const load = loadAt(shape, tMs, seed);
        expect(load).toBe(loadAt(shape, tMs, seed));
        expect(load).toBeGreaterThanOrEqual(80);
        expect(load).toBeLessThanOrEqual(120);
      }),
    );
    const loads = Array.from({ length: 50 }, (_, i) => loadAt(shape, i * 15_000, 3));
    expect(new Set(loads).size).toBeGreaterThan(10);
  });
});

import { describe, expect, it } from 'vitest';
import { nearestTurns } from './nearest.js';

const rounded = (divisor: number) => (value: number) => String(Math.round(value / divisor));

describe('the nearest value that changes the result', () => {
  it('is a whole number for a whole number', () => {
    expect(nearestTurns(43, rounded(5))).toEqual({
      below: { value: 42, isIncluded: true, result: '8' },
      above: { value: 48, isIncluded: true, result: '10' },
    });
  });

  it('is the shortest bound for any other', () => {
    expect(nearestTurns(43.2, rounded(5))).toEqual({
      below: { value: 42.5, isIncluded: false, result: '8' },
      above: { value: 47.5, isIncluded: true, result: '10' },
    });
  });

  it('is found far away, across zero, and at none', () => {
    const isHigh = (value: number): string => (value > 5000 ? 'high' : 'low');
    expect(nearestTurns(1.5, isHigh)).toEqual({
      below: null,
      above: { value: 5000, isIncluded: false, result: 'high' },
    });
    expect(nearestTurns(10, (value) => (value < -3 ? 'a' : 'b')).below?.value).toBe(-4);
    expect(nearestTurns(7, () => 'always')).toEqual({ below: null, above: null });
  });

  it('finds a value among large and among tiny ones', () => {
    expect(nearestTurns(1e12, rounded(1e11)).above?.value).toBe(1_050_000_000_000);
    expect(nearestTurns(0.001, (value) => (value > 0.0013 ? 'more' : 'less')).above?.value).toBe(
      0.0013,
    );
  });
});

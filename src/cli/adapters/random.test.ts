import { expect, it } from 'vitest';
import { systemRandom } from './random.js';

it('gives each start another sequence in [0, 1)', () => {
  const [a, b] = [systemRandom(), systemRandom()];
  const first = Array.from({ length: 5 }, () => a.next());
  const second = Array.from({ length: 5 }, () => b.next());
  expect(first).not.toEqual(second);
  for (const value of [...first, ...second]) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
  }
});

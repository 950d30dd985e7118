import { expect, it } from 'vitest';
import { runScenario } from './run-scenario.js';

const SHORT = { hours: 0.5, apps: 8 };

it('repeats a run exactly from its seed', async () => {
  const first = await runScenario(7, SHORT);
  const again = await runScenario(7, SHORT);
  expect(again).toEqual(first);
  expect(first.stats.requests).toBeGreaterThan(100);
});

it('runs another course from another seed', async () => {
  const first = await runScenario(7, SHORT);
  const other = await runScenario(8, SHORT);
  expect(other.digest).not.toBe(first.digest);
});

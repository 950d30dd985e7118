import { expect, it } from 'vitest';
import { createBench } from '../testing/simulator-calls.js';
import type { Bench } from '../testing/simulator-calls.js';
import { demoWorld } from './index.js';

const MINUTE_MS = 60_000;
const names = (bench: Bench): string[] => [...bench.simulator.world.apps.keys()];

it('has a dozen matching apps, two others, one that comes and one that goes', async () => {
  const bench = createBench();
  demoWorld(bench.simulator);
  expect(names(bench).filter((name) => /^my-app-\d+$/.test(name))).toHaveLength(12);
  expect(names(bench).filter((name) => !name.startsWith('my-app-'))).toHaveLength(2);
  expect(names(bench)).toContain('my-app-leaving');
  expect(names(bench)).not.toContain('my-app-new');
  await bench.clock.advance(5 * MINUTE_MS);
  expect(names(bench)).not.toContain('my-app-leaving');
  expect(names(bench)).toContain('my-app-new');
  expect(bench.simulator.world.metricNow('my-app-new', 'connection_count')).toBe(40);
});

it('moves most apps within ten minutes, each in its own way', async () => {
  const bench = createBench();
  demoWorld(bench.simulator);
  const apps = names(bench).filter((name) => /^my-app-\d+$/.test(name));
  const courses = new Map<string, number[]>(apps.map((name) => [name, []]));
  for (let i = 0; i < 40; i++) {
    for (const [name, course] of courses) {
      course.push(bench.simulator.world.metricNow(name, 'connection_count')!);
    }
    await bench.clock.advance(15_000);
  }
  const spans = [...courses.values()].map((course) => Math.max(...course) - Math.min(...course));
  expect(spans.filter((span) => span >= 10).length).toBeGreaterThanOrEqual(10);
  expect(new Set([...courses.values()].map(String)).size).toBe(12);
});

it('takes any number of apps', () => {
  const bench = createBench();
  demoWorld(bench.simulator, { apps: 100, metric: 'queue_depth' });
  expect(names(bench)).toHaveLength(103);
  expect(bench.simulator.world.metricNow('my-app-100', 'queue_depth')).not.toBeNull();
});

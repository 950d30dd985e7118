import { expect, it } from 'vitest';
import { createFakeClock } from '../testing/fake-clock.js';
import { aReport } from '../testing/reports.js';
import { createHealth } from './health.js';

it('is live as long as ticks come within three intervals and 10 s', async () => {
  const clock = createFakeClock();
  const health = createHealth(clock, { ms: 15_000 });
  const tick = () => health.recorder.fleet({ kind: 'tick', latenessMs: 0, apps: 1, stillBusy: 0 });
  tick();
  await clock.advance(55_000);
  expect(health.isLive()).toBe(true);
  await clock.advance(1);
  expect(health.isLive()).toBe(false);
  tick();
  expect(health.isLive()).toBe(true);
});

it('is live while Fly keeps it from its first app list, and not ready', async () => {
  const clock = createFakeClock();
  const health = createHealth(clock, { ms: 15_000 });
  await clock.advance(3_600_000);
  expect([health.isLive(), health.isReady()]).toEqual([true, false]);
});

it('is ready after a first pass, or when there is no app at all', () => {
  const first = createHealth(createFakeClock(), { ms: 15_000 });
  first.recorder.fleet({ kind: 'app-list', apps: ['a'], added: ['a'], removed: [] });
  expect(first.isReady()).toBe(false);
  first.recorder.pass(aReport());
  expect(first.isReady()).toBe(true);
  const empty = createHealth(createFakeClock(), { ms: 15_000 });
  empty.recorder.fleet({ kind: 'app-list', apps: [], added: [], removed: [] });
  expect(empty.isReady()).toBe(true);
});

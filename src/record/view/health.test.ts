import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { aReport } from '../../testing/reports.js';
import { createHealth, type Health } from './health.js';

function isReady(health: Health): boolean {
  return health.whyNotReady() === null;
}

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
  expect([health.isLive(), isReady(health)]).toEqual([true, false]);
});

it('is ready after a first pass, or when there is no app at all', () => {
  const first = createHealth(createFakeClock(), { ms: 15_000 });
  first.recorder.fleet({ kind: 'app-list', apps: ['a'], added: ['a'], removed: [] });
  expect(isReady(first)).toBe(false);
  first.recorder.pass(aReport());
  expect(isReady(first)).toBe(true);
  const empty = createHealth(createFakeClock(), { ms: 15_000 });
  empty.recorder.fleet({ kind: 'app-list', apps: [], added: [], removed: [] });
  expect(isReady(empty)).toBe(true);
});

describe('while Fly refuses us', () => {
  const refused = new AppError('fly-unauthorized', 'list apps: HTTP 401', { owner: 'user' });
  const failing = aReport({ error: refused, proposal: null });

  it('is not ready and says why, until Fly lists the apps again', () => {
    const health = createHealth(createFakeClock(), { ms: 15_000 });
    health.recorder.pass(aReport());
    health.recorder.fleet({ kind: 'app-list-failed', error: refused, ageMs: 60_000 });
    expect(health.whyNotReady()).toBe('Fly refuses us: list apps: HTTP 401');
    health.recorder.pass(aReport());
    expect(isReady(health)).toBe(false);
    health.recorder.fleet({ kind: 'app-list', apps: ['a'], added: [], removed: [] });
    expect(health.whyNotReady()).toBeNull();
  });

  it('is not ready when no pass succeeds any more, and takes one refused app for no more than that', async () => {
    const clock = createFakeClock();
    const health = createHealth(clock, { ms: 15_000 });
    health.recorder.pass(failing);
    expect(isReady(health)).toBe(false);
    for (let n = 0; n < 9; n += 1) {
      health.recorder.pass(aReport());
      health.recorder.pass(failing);
      expect(isReady(health)).toBe(true);
      await clock.advance(15_000);
    }
    await clock.advance(41_000);
    health.recorder.pass(failing);
    expect(isReady(health)).toBe(false);
    health.recorder.pass(aReport());
    expect(isReady(health)).toBe(true);
  });

  it('stays ready through an outage of Fly, in which waiting helps and a restart does not', () => {
    const health = createHealth(createFakeClock(), { ms: 15_000 });
    const outage = new AppError('fly-unavailable', 'HTTP 502', { owner: 'remote' });
    health.recorder.pass(aReport());
    health.recorder.fleet({ kind: 'app-list-failed', error: outage, ageMs: 60_000 });
    health.recorder.pass(aReport({ error: outage }));
    expect(isReady(health)).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { aPolicy, aRange } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { createOrgFleet } from '../../testing/org-fleet.js';
import { never } from '../../testing/simulated-fly.js';
import { createSmallFly } from '../../testing/small-fly.js';
import type { FleetOptions } from '../base/options.js';
import { OwnLists } from './own-lists.js';

async function orgRequests(options: Partial<FleetOptions>): Promise<number> {
  const fleet = createOrgFleet();
  for (let i = 0; i < 12; i += 1) fleet.addApp(`my-app-${i}`);
  fleet.start(options);
  await fleet.clock.advance(20_000);
  await fleet.stop();
  return fleet.sent('list-org-machines');
}

const named = (count: number): Partial<FleetOptions> => ({
  machineList: 'auto',
  policies: [
    aPolicy({
      apps: { include: Array.from({ length: count }, (_, i) => `my-app-${i}`), exclude: [] },
      created: aRange('queue / 10'),
    }),
  ],
});

it.each<[string, Partial<FleetOptions>, boolean]>([
  ['asks for the list of the organization where apps are patterns', { machineList: 'auto' }, true],
  ['asks for it for many named apps', named(12), true],
  ['does without it for a few named ones', named(3), false],
  ['does without it where no organization is named', { ...named(12), org: null }, false],
  ['does without it when told', { machineList: 'app' }, false],
  ['asks for it when told', { ...named(3), machineList: 'org' }, true],
])('%s', async (_, options, isAsked) => {
  expect((await orgRequests(options)) > 0).toBe(isAsked);
});

it('reads own lists at a pace where they are all there is, in the order of asking', async () => {
  const clock = createFakeClock();
  const fly = createSmallFly(clock);
  const apps = Array.from({ length: 1000 }, (_, i) => `app-${i}`);
  for (const app of apps) fly.put(app);
  const lists = new OwnLists({ fly, clock, timeoutMs: 1000 });
  lists.isPaced = true;
  const all = Promise.all(apps.map((app) => lists.read(app, never)));
  await clock.advance(1000);
  // A second's worth at once, and a second's worth since.
  expect(fly.calls.length).toBeGreaterThan(450);
  expect(fly.calls.length).toBeLessThan(550);
  await clock.runUntil(all);
  expect(fly.calls.map(({ app }) => app)).toEqual(apps);
});

it('ends all reads that wait when the process stops', async () => {
  const clock = createFakeClock();
  const fly = createSmallFly(clock);
  const apps = Array.from({ length: 200 }, (_, i) => `app-${i}`);
  for (const app of apps) fly.put(app);
  fly.before = (_, signal) => clock.sleep(60_000, signal);
  const lists = new OwnLists({ fly, clock, timeoutMs: 1000 });
  const stopping = new AbortController();
  const all = apps.map((app) =>
    lists.read(app, stopping.signal).then(
      () => 'read',
      () => 'ended',
    ),
  );
  await clock.advance(10);
  expect(fly.calls).toHaveLength(40);
  stopping.abort(new Error('the process stops'));
  expect(new Set(await clock.runUntil(Promise.all(all)))).toEqual(new Set(['ended']));
  expect(clock.pendingTimers).toBe(0);
});

/** The small version of the bench of fleets: what a fleet of 200 apps and 600 machines asks for, and no times. */
import { expect, it } from 'vitest';
import { createOrgFleet, type OrgFleet } from '../../testing/org-fleet.js';

const APPS = 200;
const CHANGING = 20;
const MINUTE_MS = 60_000;

function aFleet(): OrgFleet {
  const fleet = createOrgFleet();
  for (let i = 0; i < APPS; i += 1) fleet.addApp(`my-app-${i}`, 3);
  fleet.start();
  return fleet;
}

it('asks for each app once at the start, whatever the list of the organization says', async () => {
  const fleet = aFleet();
  await fleet.clock.advance(14_000);
  expect(fleet.sent('list-machines')).toBeGreaterThanOrEqual(APPS);
  // The rotation has begun.
  expect(fleet.sent('list-machines')).toBeLessThanOrEqual(APPS + 2);
  expect(fleet.sent('list-apps')).toBe(1);
  expect(fleet.sent('graphql') + fleet.sent('acquire-lease')).toBe(0);
  expect(fleet.reports).toHaveLength(APPS);
  await fleet.stop();
});

it('asks for five things in a quiet tick, however many apps there are', async () => {
  const fleet = aFleet();
  // The changes of the last minute are told again and again.
  await fleet.clock.advance(2 * MINUTE_MS);
  fleet.clearSent();
  const asked = fleet.queue.asked.length;
  await fleet.clock.advance(MINUTE_MS);
  const requests = fleet.sent('list-org-machines') + fleet.sent('list-apps');
  const collections = fleet.queue.asked.length - asked;
  expect(requests + collections).toBeLessThanOrEqual(4 * 5);
  // The rotation: each app in half an hour.
  expect(fleet.sent('list-machines')).toBeLessThanOrEqual(Math.ceil(APPS / 30) + 1);
  expect(fleet.sent('graphql')).toBe(0);
  await fleet.stop();
});

it('asks for what changes, and for the releases of many apps at once', async () => {
  const fleet = aFleet();
  await fleet.clock.advance(3 * MINUTE_MS);
  fleet.clearSent();
  for (let i = 0; i < CHANGING; i += 1) fleet.queue.values.set(`my-app-${i}`, 40);
  await fleet.clock.advance(MINUTE_MS);
  expect(fleet.sent('create-machine')).toBe(CHANGING);
  expect(fleet.sent('acquire-lease')).toBe(CHANGING);
  // Under the lease, before the create, and after it: three times, not three times for each app.
  expect(fleet.sent('graphql')).toBeLessThanOrEqual(6);
  // The look that counts, what became of it, and each change that the organization's list tells of.
  expect(fleet.sent('list-machines')).toBeLessThanOrEqual(CHANGING * 6 + APPS / 30 + 1);
  await fleet.stop();
});

/** A floor by the clock: the built program raises it while a window is open, and lowers it after. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../services/start-server.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

let fleet: FleetUnderTest;

beforeEach(async () => {
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});
afterEach(() => fleet.stop());

it('all apps follow the windows up and down', async () => {
  // From a closed one on: one that is about to close would close on machines that are being made, which rightly warns.
  await eventually(() => new Date().getSeconds() >= 30, 'the window is closed');
  await fleet.autoscale({
    FAS_SCHEDULE_METRIC_NAME: 'jobs',
    // Half of each minute.
    FAS_SCHEDULE_WINDOWS: '* * * * * 30s 15',
    FAS_SCHEDULE_DEFAULT: '5',
    FAS_SCHEDULE_TIME_ZONE: 'America/New_York',
  });
  await fleet.reaches({ 'my-app-1': 3, 'my-app-2': 3 });
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
  expect(fleet.log()).not.toContain('"level":"warn"');
});

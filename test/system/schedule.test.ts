/** A floor by the clock: the built program raises it while a window is open, and lowers it after. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFleet, type FleetUnderTest } from './fleet.js';

let fleet: FleetUnderTest;

beforeEach(async () => {
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});
afterEach(() => fleet.stop());

it('all apps follow the windows up and down', async () => {
  await fleet.autoscale({
    FAS_SCHEDULE_METRIC_NAME: 'jobs',
    // Half of each minute.
    FAS_SCHEDULE_WINDOWS: '* * * * * 30s 15',
    FAS_SCHEDULE_DEFAULT: '5',
    FAS_SCHEDULE_TIME_ZONE: 'America/New_York',
  });
  await fleet.reaches({ 'my-app-1': 3, 'my-app-2': 3 });
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
  const warnings = fleet
    .log()
    .split('\n')
    .filter((line) => line.includes('"level":"warn"'));
  // The window may close just when new machines are being made, which nothing can be done with yet.
  expect(warnings.filter((line) => !line.includes('"no-removal-candidate"'))).toEqual([]);
});

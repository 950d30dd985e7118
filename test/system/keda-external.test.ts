/** An external scaler over gRPC with a queue for each app; the built program reads it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  fakeExternalScaler,
  type FakeExternalScaler,
} from '../../src/testing/fake-external-scaler.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

let scaler: FakeExternalScaler;
let fleet: FleetUnderTest;

beforeEach(async () => {
  scaler = await fakeExternalScaler();
  await scaler.start();
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  await fleet.stop();
  await scaler.stop();
});

function setQueues(first: number, second: number): void {
  scaler.values = new Map([
    ['my-app-1', first],
    ['my-app-2', second],
  ]);
}

it('each app follows its own queue up and down, and holds while the scaler is away', async () => {
  setQueues(20, 10);
  await fleet.autoscale({
    FAS_KEDA_EXTERNAL_METRIC_NAME: 'jobs',
    FAS_KEDA_EXTERNAL_ADDRESS: scaler.address,
    FAS_KEDA_EXTERNAL_METADATA: 'queue: jobs-$APP_NAME',
  });
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  setQueues(5, 15);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });

  await scaler.stop();
  await expect.poll(() => fleet.log(), { timeout: 120_000 }).toContain('source-unreachable');
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
  setQueues(10, 5);
  await scaler.start();
  await fleet.reaches({ 'my-app-1': 2, 'my-app-2': 1 });
});

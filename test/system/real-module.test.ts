/** The example of a custom collector with a real beanstalkd: the built program loads it, producers and workers change the tubes. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startBeanstalkd, type BeanstalkdServer } from '../services/beanstalkd.js';
import { needs } from '../services/needs.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const EXAMPLE = fileURLToPath(
  new URL('../../examples/custom-collector/beanstalkd.js', import.meta.url),
);
const isSkipped = needs('beanstalkd');

let server: BeanstalkdServer;
let fleet: FleetUnderTest;

beforeEach(async () => {
  if (isSkipped) return;
  server = await startBeanstalkd();
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (isSkipped) return;
  await fleet.stop();
  await server.stop();
});

it.skipIf(isSkipped)('each app follows its own tube up and down', async () => {
  await server.put('my-app-1', 20);
  await server.put('my-app-2', 10);
  await fleet.autoscale({
    FAS_MODULE_METRIC_NAME: 'jobs',
    FAS_MODULE_PATH: EXAMPLE,
    FAS_MODULE_OPTIONS: `port: ${server.port}`,
    FAS_MODULE_DEFAULT: '0',
  });
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await Promise.all([server.take('my-app-1', 15), server.put('my-app-2', 5)]);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });

  await server.stop();
  await expect.poll(() => fleet.log(), { timeout: 120_000 }).toContain('ECONNREFUSED');
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

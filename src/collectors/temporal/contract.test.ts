import { describe } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakeTemporal, type FakeTemporal } from '../../testing/fake-temporal.js';
import { temporal } from './index.js';
import { temporalSchema } from './settings.js';

describe.each([
  ['workflows', {}, 500],
  ['tasks of both types', { 'task-queue': 'jobs-$APP_NAME' }, 1000],
  ['tasks of one type', { 'task-queue': 'jobs', 'task-queue-type': 'workflow' }, 500],
])('%s:', (_, settings, roundTrips) => describeContract(settings, roundTrips));

function describeContract(settings: Readonly<Record<string, string>>, roundTrips: number): void {
  describeCollectorContract('temporal', {
    server: fakeTemporal,
    roundTripsFor500Apps: roundTrips,
    collector: ({ server, clock, timeoutMs, defaultValue }) =>
      temporal.create(
        temporalSchema.parse({
          'metric-name': 'workflows',
          address: (server as FakeTemporal).address,
          namespace: '$APP_NAME',
          'api-key': CONTRACT_SECRET,
          tls: false,
          default: defaultValue,
          ...settings,
        }),
        {
          connect: connectHttp,
          clock,
          timeoutMs,
          random: seededRandom(1),
          userAgent: 'test',
          warn: () => undefined,
        },
      ),
  });
}

import { describe } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakePrometheus, type FakePrometheus } from '../../testing/fake-prometheus.js';
import { prometheus } from './index.js';
import { prometheusSchema } from './settings.js';

describe.each([
  ['auto', 1],
  ['never', 500],
] as const)('with fleet-query %s', (fleetQuery, roundTripsFor500Apps) => {
  describeCollectorContract('prometheus', {
    server: fakePrometheus,
    roundTripsFor500Apps,
    collector: ({ server, clock, timeoutMs, defaultValue }) =>
      prometheus.create(
        prometheusSchema.parse({
          'metric-name': 'jobs',
          address: (server as FakePrometheus).address,
          query: `sum(jobs{app='$APP_NAME'})`,
          token: CONTRACT_SECRET,
          default: defaultValue,
          'fleet-query': fleetQuery,
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
});

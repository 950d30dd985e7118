import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakePrometheus, type FakePrometheus } from '../../testing/fake-prometheus.js';
import { prometheus } from './index.js';
import { prometheusSchema } from './settings.js';

describeCollectorContract('prometheus', {
  server: fakePrometheus,
  roundTripsFor500Apps: 500,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    prometheus.create(
      prometheusSchema.parse({
        'metric-name': 'jobs',
        address: (server as FakePrometheus).address,
        query: `sum(jobs{app='$APP_NAME'})`,
        token: CONTRACT_SECRET,
        default: defaultValue,
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

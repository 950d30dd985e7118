import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakeTemporal, type FakeTemporal } from '../../testing/fake-temporal.js';
import { temporal } from './index.js';
import { temporalSchema } from './settings.js';

describeCollectorContract('temporal', {
  server: fakeTemporal,
  roundTripsFor500Apps: 500,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    temporal.create(
      temporalSchema.parse({
        'metric-name': 'workflows',
        address: (server as FakeTemporal).address,
        namespace: '$APP_NAME',
        'api-key': CONTRACT_SECRET,
        tls: false,
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

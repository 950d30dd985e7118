import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakeNats, type FakeNats } from '../../testing/fake-nats.js';
import { nats } from './index.js';
import { natsSchema } from './settings.js';

describeCollectorContract('nats', {
  server: fakeNats,
  roundTripsFor500Apps: 500,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    nats.create(
      natsSchema.parse({
        'metric-name': 'jobs',
        username: 'scaler',
        url: `nats://127.0.0.1:${(server as FakeNats).port}`,
        password: CONTRACT_SECRET,
        stream: 'JOBS',
        consumer: '$APP_NAME',
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

import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakeKafka, type FakeKafka } from '../../testing/fake-kafka.js';
import { kafka } from './index.js';
import { kafkaSchema } from './settings.js';

describeCollectorContract('kafka', {
  server: fakeKafka,
  // Topics, coordinators, commits, and offsets of both ends.
  roundTripsFor500Apps: 5,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    kafka.create(
      kafkaSchema.parse({
        'metric-name': 'jobs',
        brokers: [(server as FakeKafka).address],
        username: 'scaler',
        password: CONTRACT_SECRET,
        topics: ['$APP_NAME'],
        groups: ['$APP_NAME'],
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

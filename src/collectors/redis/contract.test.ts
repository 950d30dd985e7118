import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakeRedis, type FakeRedis } from '../../testing/fake-redis.js';
import { redis } from './index.js';
import { redisSchema } from './settings.js';

describeCollectorContract('redis', {
  server: fakeRedis,
  roundTripsFor500Apps: 1,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    redis.create(
      redisSchema.parse({
        'metric-name': 'jobs',
        url: `redis://127.0.0.1:${(server as FakeRedis).port}`,
        password: CONTRACT_SECRET,
        value: 'number',
        key: '$APP_NAME',
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

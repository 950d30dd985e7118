import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakePrometheus, type FakePrometheus } from '../../testing/fake-prometheus.js';
import { http } from './index.js';
import { httpSchema } from './settings.js';

/** One answer for the whole fleet. */
async function fakeJsonServer(): Promise<FakePrometheus> {
  const fake = await fakePrometheus();
  fake.respond = (_, response) => {
    response.end(JSON.stringify({ queues: Object.fromEntries(fake.values) }));
  };
  return fake;
}

describeCollectorContract('http', {
  server: fakeJsonServer,
  roundTripsFor500Apps: 1,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    http.create(
      httpSchema.parse({
        'metric-name': 'jobs',
        url: `${(server as FakePrometheus).address}/stats?key=1`,
        path: "$.queues['$APP_NAME']",
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

import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom, type Clock } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakePrometheus, type FakePrometheus } from '../../testing/fake-prometheus.js';
import { sqs } from './index.js';
import type { Collector } from '../../seams/collector.js';

/** SQS as its answers were seen; one that checks signatures is asked in real.test.ts. */
async function fakeSqs(): Promise<FakePrometheus> {
  const fake = await fakePrometheus();
  fake.respond = ({ headers, body }, response) => {
    const question = JSON.parse(body) as { QueueUrl?: string; QueueName?: string };
    const app = /jobs-(.*)$/.exec(question.QueueUrl ?? question.QueueName ?? '')?.[1] ?? '';
    const value = fake.values.get(app);
    if (value === undefined) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: '' }));
    } else if (headers['x-amz-target'] === 'AmazonSQS.GetQueueUrl') {
      response.end(JSON.stringify({ QueueUrl: `http://sqs/1/jobs-${app}` }));
    } else {
      const Attributes = { ApproximateNumberOfMessages: String(value) };
      response.end(JSON.stringify({ Attributes }));
    }
  };
  return fake;
}

function open(
  server: FakePrometheus,
  queue: string,
  rig: { readonly clock: Clock; readonly timeoutMs: number; readonly defaultValue?: number },
): Collector {
  return sqs.create(
    sqs.schema.parse({
      'metric-name': 'jobs',
      queue,
      endpoint: server.address,
      region: 'eu-west-1',
      count: ['visible'],
      'access-key-id': 'AKIDEXAMPLE',
      'secret-access-key': CONTRACT_SECRET,
      'session-token': CONTRACT_SECRET,
      default: rig.defaultValue,
    }),
    {
      connect: connectHttp,
      clock: rig.clock,
      timeoutMs: rig.timeoutMs,
      random: seededRandom(1),
      userAgent: 'test',
      warn: () => undefined,
    },
  );
}

describeCollectorContract('sqs by URL', {
  server: fakeSqs,
  roundTripsFor500Apps: 500,
  collector: ({ server, ...rig }) =>
    open(server as FakePrometheus, 'http://sqs/1/jobs-$APP_NAME', rig),
});

describeCollectorContract('sqs by name', {
  server: fakeSqs,
  // URLs are looked up once.
  roundTripsFor500Apps: 1000,
  collector: ({ server, ...rig }) => open(server as FakePrometheus, 'jobs-$APP_NAME', rig),
});

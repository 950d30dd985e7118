import type { CollectorDocs } from '../../seams/schema.js';

export const sqsDocs: CollectorDocs = {
  title: 'Amazon SQS',
  introduction:
    'The messages in a queue: those that wait, those that are in flight, and those that are delayed.',
  expression: 'queue_depth / 10',
  env: {
    about: 'with a queue for each app',
    settings: {
      'metric-name': 'queue_depth',
      queue: 'jobs-$APP_NAME',
      region: 'eu-west-1',
      'access-key-id': 'AKIA...',
      'secret-access-key': '...',
      default: 0,
    },
  },
  yaml: {
    settings: {
      'metric-name': 'queue_depth',
      queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs-$APP_NAME',
      count: ['visible', 'in-flight'],
      'access-key-id': '$AWS_ACCESS_KEY_ID',
      'secret-access-key': '$AWS_SECRET_ACCESS_KEY',
      default: 0,
    },
  },
  notes: [
    '**`count`** says which messages are added up: `visible` (they wait), `in-flight` (consumers have them and did not delete them) and `delayed` (they are not due yet); all three unless told. The numbers of SQS are approximate: they may lag for some seconds, and for up to a minute when producers have just stopped.',
    '**A queue that does not exist** is empty of values: `default: 0` makes that no messages.',
    '**Requests.** SQS tells of one queue in one request, at most 32 are under way at once, and Amazon bills them: 100 apps every 15 seconds are 17 million a month. A queue given by name costs one request more, once. `max-requests-per-second` limits them.',
    '**Who we are:** an access key, with a `session-token` when it is temporary; `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_REGION` count where their `FAS_SQS_` names are not set. Rights: `sqs:GetQueueAttributes`, and `sqs:GetQueueUrl` for queues given by name.',
    '**Other servers** (LocalStack, ElasticMQ, a VPC endpoint) are named by `endpoint`, or by the URL of the queue.',
  ],
};

import type { CollectorDocs } from '../../seams/schema.js';

export const natsDocs: CollectorDocs = {
  title: 'NATS',
  introduction:
    'The backlog of a JetStream consumer: messages that it has still to deliver and messages that are delivered and not acknowledged. Or the messages of a stream.',
  expression: 'queue_depth / 10',
  env: {
    settings: {
      'metric-name': 'queue_depth',
      url: 'tls://nats.example.com',
      token: '...',
      stream: 'JOBS',
      consumer: '$APP_NAME',
    },
  },
  yaml: {
    settings: {
      'metric-name': 'queue_depth',
      url: 'nats://nats-1.internal:4222,nats-2.internal:4222',
      username: 'scaler',
      password: '$NATS_PASSWORD',
      stream: 'JOBS',
      consumer: '$APP_NAME',
      'missing-consumer': 'messages',
      subject: 'jobs.$APP_NAME.>',
    },
  },
  table: [
    ['`value`', 'the number'],
    ['`backlog` (the default)', 'pending and ack-pending'],
    ['`pending`', 'messages that the consumer has not delivered yet'],
    ['`ack-pending`', 'messages that are delivered and not acknowledged'],
    [
      '`messages` (the default without a `consumer`)',
      'all messages of the stream, or those of `subject`',
    ],
  ],
  notes: [
    '**A consumer that does not exist yet** is empty. Where workers make it themselves and read from the beginning, an app without machines would never get any: `missing-consumer: messages` counts what waits in the stream, or of it the `subject`, until the consumer is there.',
    '**A subject** without messages is 0, be it misspelt. Where nothing is found under any subject or consumer since the start, the log asks once to look.',
    '**A stream that does not exist** is an error; with `$APP_NAME` in `stream` it is empty.',
    '**Who we are:** `username` and `password`, `token`, `nkey-seed`, `jwt` (with `nkey-seed`), or `creds`. Rights: to publish to `$JS.API.CONSUMER.INFO.>` and `$JS.API.STREAM.INFO.>`, and to subscribe to `_INBOX.>`.',
    '**TLS** is on with `tls://`, with certificates or a `server-name`, and when the server insists; with the first three nothing is sent to a server without TLS. `tls-first` is for servers with `handshake_first`.',
    '**Round trips.** JetStream tells of one consumer in one request: at most 64 are under way at once, over one connection for all collectors with the same server and credentials. It is opened by the first collection and, when it was lost, by the next.',
  ],
};

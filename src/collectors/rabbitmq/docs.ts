import type { CollectorDocs } from '../../seams/schema.js';

export const rabbitmqDocs: CollectorDocs = {
  title: 'RabbitMQ',
  introduction: 'The messages in a queue, by AMQP or by the management API.',
  expression: 'queue_depth / 10',
  env: {
    about: 'with a queue for each app, by AMQP',
    settings: {
      'metric-name': 'queue_depth',
      url: 'amqps://scaler@rabbit.example.com:5671/my-vhost',
      password: '...',
      queue: 'jobs-$APP_NAME',
      default: 0,
    },
  },
  yaml: {
    about: 'with unacknowledged messages too, by the management API',
    settings: {
      'metric-name': 'queue_depth',
      url: 'https://rabbit.example.com:15671',
      username: 'scaler',
      password: '$FAS_RABBITMQ_PASSWORD',
      vhost: 'my-vhost',
      queue: 'jobs-$APP_NAME',
      count: 'both',
      default: 0,
    },
  },
  notes: [
    '**By AMQP** (`amqp://`, `amqps://`) a queue is declared passively, which answers at once and needs no rights but to read. It knows only messages that are ready: those that consumers work on are missing, so a fleet may shrink while they do. All collectors of one server, user and vhost share a connection.',
    '**By the management API** (`http://`, `https://`) `count` is `ready`, `unacked`, `both`, or `rate`: messages published each second. Its numbers are some seconds old. The user needs the tag `management`. The queues of a vhost are one request for the whole fleet.',
    '**A queue that does not exist** is empty of values, for it may come into being with its first consumer: `default: 0` makes that no messages. A vhost that does not exist is an error, and so is an answer of a proxy or gateway in front of the server, whatever its status.',
  ],
};

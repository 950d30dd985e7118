import { describe, expect, it } from 'vitest';
import { serverOf, sqsSchema } from './settings.js';

const KEY = { 'access-key-id': 'AKIDEXAMPLE', 'secret-access-key': 'secret' };
const URL_OF_QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs';

function parse(settings: object) {
  return sqsSchema.safeParse({ 'metric-name': 'm', queue: 'jobs', ...KEY, ...settings });
}

describe('the server', () => {
  it.each([
    [{ region: 'eu-west-1' }, 'https://sqs.eu-west-1.amazonaws.com', 'eu-west-1'],
    [{ region: 'cn-north-1' }, 'https://sqs.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    [{ queue: URL_OF_QUEUE }, 'https://sqs.eu-west-1.amazonaws.com', 'eu-west-1'],
    // Other programs of the machine may have another region.
    [
      { queue: URL_OF_QUEUE, region: 'us-east-1' },
      'https://sqs.eu-west-1.amazonaws.com',
      'eu-west-1',
    ],
    [
      { queue: 'https://eu-west-2.queue.amazonaws.com/1/jobs-$APP_NAME' },
      'https://eu-west-2.queue.amazonaws.com',
      'eu-west-2',
    ],
    [
      { endpoint: 'https://vpce-1.sqs.us-east-2.vpce.amazonaws.com/' },
      'https://vpce-1.sqs.us-east-2.vpce.amazonaws.com',
      'us-east-2',
    ],
    [
      { endpoint: 'https://sqs-fips.us-gov-west-1.amazonaws.com' },
      'https://sqs-fips.us-gov-west-1.amazonaws.com',
      'us-gov-west-1',
    ],
    [
      { endpoint: 'http://localhost:9324', region: 'elasticmq' },
      'http://localhost:9324',
      'elasticmq',
    ],
    [
      { endpoint: 'http://localhost:9324', queue: URL_OF_QUEUE, region: 'eu-west-1' },
      'http://localhost:9324',
      'eu-west-1',
    ],
  ])('%j is at %s in %s', (settings, endpoint, region) => {
    const parsed = parse(settings);
    expect(parsed.error?.issues ?? []).toEqual([]);
    expect(serverOf(parsed.data!)).toEqual({ endpoint, region });
  });
});

describe('what is refused', () => {
  it.each([
    ['region', {}],
    // Tigris sets AWS_REGION to this.
    ['region', { region: 'auto' }],
    ['region', { region: 'Ireland' }],
    ['region', { endpoint: 'http://localhost:9324' }],
    ['queue', { queue: 'https://sqs.eu-west-1.amazonaws.com' }],
    ['queue', { queue: 'https://$APP_NAME.amazonaws.com/1/jobs' }],
    ['queue', { queue: 'https://user:word@sqs.eu-west-1.amazonaws.com/1/jobs' }],
    ['queue', { queue: 'ftp://sqs.eu-west-1.amazonaws.com/1/jobs' }],
    ['queue', { queue: 'my jobs', region: 'eu-west-1' }],
    ['endpoint', { endpoint: 'http://localhost:9324/path', region: 'x' }],
    ['endpoint', { endpoint: 'localhost:9324', region: 'x' }],
    ['count', { count: [], region: 'eu-west-1' }],
    ['account-id', { 'account-id': '12', region: 'eu-west-1' }],
    ['account-id', { 'account-id': '123456789012', queue: URL_OF_QUEUE }],
    ['secret-access-key', { 'secret-access-key': undefined, region: 'eu-west-1' }],
  ])('%s of %j', (key, settings) => {
    expect(parse(settings).error?.issues.map(({ path }) => path[0])).toContain(key);
  });

  it('takes names of FIFO queues, and of each app', () => {
    for (const queue of ['jobs.fifo', 'jobs-$APP_NAME', '${APP_NAME}.fifo'])
      expect(parse({ queue, region: 'eu-west-1' }).success).toBe(true);
  });
});

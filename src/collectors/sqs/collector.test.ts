import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { HttpFailure } from '../../seams/http.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { createHttpResponder, type Reply } from '../../testing/http-responder.js';
import { sqs } from './index.js';

const TYPE = 'com.amazonaws.sqs#';

/** Collects once for one app from a server that answers so. */
async function ask(
  reply: Reply | ((index: number) => Reply),
  settings: object = {},
): Promise<{
  sample: Sample | undefined;
  requests: ReturnType<typeof createHttpResponder>['requests'];
}> {
  const clock = createFakeClock();
  const { http, requests } = createHttpResponder((_, index) =>
    typeof reply === 'function' ? reply(index) : reply,
  );
  const collector = sqs.create(
    sqs.schema.parse({
      'metric-name': 'jobs',
      queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs-$APP_NAME',
      'access-key-id': 'AKIDEXAMPLE',
      'secret-access-key': 'secret-0123456789',
      ...settings,
    }),
    {
      connect: () => ({ request: http, close: async () => undefined }),
      clock,
      timeoutMs: 10_000,
      random: seededRandom(1),
      userAgent: 'test/1',
      warn: () => undefined,
    },
  );
  return { sample: (await collectAll(collector, ['my-app-1'])).get('my-app-1'), requests };
}

const refused = (name: string, status = 400, headers = {}): Reply => ({
  status,
  headers,
  json: { __type: name, message: 'words AKIDEXAMPLE secret-0123456789' },
});

const counted = (messages: string): Reply => ({
  json: {
    Attributes: {
      ApproximateNumberOfMessages: messages,
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
    },
  },
});

describe('errors of SQS', () => {
  it.each([
    ['source-rate-limited', refused('com.amazon.coral.availability#ThrottlingException')],
    ['source-rate-limited', refused(`${TYPE}RequestThrottled`, 403)],
    ['source-rate-limited', refused('', 400, { 'x-amzn-query-error': 'RequestThrottled;Sender' })],
    ['source-rate-limited', { status: 429, body: 'slow down' }],
    ['source-unauthorized', refused('com.amazon.coral.service#UnrecognizedClientException')],
    ['source-unauthorized', refused('InvalidClientTokenId')],
    ['source-unauthorized', refused('com.amazon.coral.service#InvalidSignatureException')],
    ['source-unauthorized', refused('com.amazon.coral.service#AccessDeniedException')],
    ['source-unauthorized', refused('com.amazon.coral.service#ExpiredTokenException')],
    ['source-unauthorized', { status: 403, body: '<html>' }],
    ['source-unavailable', refused('com.amazon.coral.service#InternalFailure', 500)],
    ['source-unavailable', { status: 503, body: '<html>' }],
    ['source-timeout', { status: 504 }],
    ['source-query-invalid', refused(`${TYPE}InvalidAddress`)],
    ['source-bad-answer', { status: 301 }],
    ['source-bad-answer', { body: '<html>' }],
    ['source-bad-answer', { json: { Attributes: { ApproximateNumberOfMessages: 'many' } } }],
    ['source-bad-answer', counted('9'.repeat(400))],
    ['source-bad-answer', counted('9007199254740993')],
    ['source-bad-answer', counted('-1')],
    // As Amazon answers who may not ask for the URL of a queue that is there.
    [
      'source-query-invalid',
      {
        status: 400,
        json: {
          __type: `${TYPE}QueueDoesNotExist`,
          message: 'The specified queue does not exist or you do not have access to it.',
        },
      },
    ],
    // Trouble that speaks of the queue, and somebody else's 404.
    ['source-unavailable', refused(`${TYPE}QueueDoesNotExist`, 503)],
    ['source-query-invalid', { status: 404, json: { message: 'no Route matched' } }],
    // The other counts are missing.
    ['source-bad-answer', { json: { Attributes: { ApproximateNumberOfMessages: '1' } } }],
    ['source-unreachable', new HttpFailure('reset', 'gone')],
    ['source-bad-answer', new HttpFailure('too-large', 'too large')],
  ] as const)('%s: %j', async (code, reply) => {
    const { sample } = await ask(reply, { default: 5 });
    expect(sample).toMatchObject({ kind: 'error', code });
    expect(JSON.stringify(sample)).not.toMatch(/AKIDEXAMPLE|secret-0123456789/);
  });

  it.each([
    refused(`${TYPE}QueueDoesNotExist`),
    refused('x', 400, { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' }),
  ])('no such queue: %j', async (reply) => {
    expect((await ask(reply)).sample).toMatchObject({ kind: 'empty' });
    expect((await ask(reply, { default: 5 })).sample).toMatchObject({ value: 5, isDefault: true });
  });
});

it('asks the root of the server for the counts of the queue, signed', async () => {
  const Attributes = {
    ApproximateNumberOfMessages: '3',
    ApproximateNumberOfMessagesNotVisible: '2',
  };
  const { sample, requests } = await ask(
    { json: { Attributes } },
    { count: ['visible', 'in-flight'], 'session-token': 'token-1' },
  );
  expect(sample).toMatchObject({ kind: 'value', value: 5 });
  const [request] = requests;
  expect(request).toMatchObject({
    method: 'POST',
    url: 'https://sqs.eu-west-1.amazonaws.com/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.GetQueueAttributes',
      'x-amz-security-token': 'token-1',
      'user-agent': 'test/1',
    },
  });
  expect(request?.headers['authorization']).toMatch(
    /Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sqs\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,/,
  );
  expect(JSON.parse(request?.body ?? '')).toEqual({
    QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs-my-app-1',
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  });
});

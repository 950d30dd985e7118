import { describe, expect, it } from 'vitest';
import { isNoQueue, refusalOf } from './amqp-failure.js';

function closed(code: number, words: string): Error {
  return Object.assign(new Error(`Channel closed by server: ${code} with message "${words}"`), {
    code,
  });
}

const QUEUE = { vhost: '/', name: 'q' };

describe('what an AMQP server refuses', () => {
  it.each([
    // RabbitMQ 3.10.8.
    ["NOT_FOUND - no queue 'q' in vhost '/'"],
    ["NOT_FOUND - Queue 'q' doesn't exist"],
  ])('is a queue that does not exist: %s', (words) => {
    expect(isNoQueue(closed(404, words))).toBe(true);
  });

  it.each([
    [
      "NOT_FOUND - home node 'rabbit@two' of durable queue 'q' in vhost '/' is down or inaccessible",
    ],
    ["NOT_FOUND - queue 'q' in vhost '/' process is stopped by supervisor"],
  ])('is trouble where the queue exists and cannot be reached: %s', (words) => {
    const error = closed(404, words);
    expect(isNoQueue(error)).toBe(false);
    expect(refusalOf(error, QUEUE)).toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining(words),
    });
  });
});

import { expect, it } from 'vitest';
import { collectOnce } from '../../testing/collect-once.js';
import { openListener } from '../../testing/listener.js';
import { redis } from './index.js';

it.each([
  ['HTTP/1.1 400 Bad Request\r\n\r\n', 'source-bad-answer', 'is no Redis'],
  ['-NOAUTH Authentication required.\r\n', 'source-unauthorized', 'credentials'],
  ['-LOADING Redis is loading the dataset in memory\r\n', 'source-unavailable', 'LOADING'],
  ['-MASTERDOWN Link with MASTER is down\r\n', 'source-unavailable', 'MASTERDOWN'],
  ['-CLUSTERDOWN The cluster is down\r\n', 'source-unavailable', 'CLUSTERDOWN'],
  ['-MOVED 1 127.0.0.1:1\r\n', 'source-unavailable', 'MOVED'],
  ['-upstream failure\r\n', 'source-unavailable', 'upstream failure'],
  ['-WRONGTYPE Operation against a key\r\n', 'source-query-invalid', 'WRONGTYPE'],
])('tells what %j means', async (answer, code, words) => {
  const listener = await openListener((socket) => socket.on('data', () => socket.write(answer)));
  await listener.start();
  const settings = { url: `redis://127.0.0.1:${listener.port}`, key: 'jobs', default: 0 };
  const sample = await collectOnce(redis, settings, 'a');
  expect(sample).toMatchObject({ kind: 'error', code, message: expect.stringContaining(words) });
  await listener.stop();
});

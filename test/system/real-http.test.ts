/** A job server with JSON statistics of the whole fleet, as users have them; the built program reads it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFleet, type FleetUnderTest } from './fleet.js';

const TOKEN = 'jobs-token-123456';

/** Queues by app. POST /APP adds a job, DELETE /APP takes one; GET / counts them, for who has the token. */
function jobServer(): Server {
  const queues = new Map<string, number>();
  return createServer((request, response) => {
    const app = (request.url ?? '').slice(1);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end(`not with ${request.headers.authorization}`);
      return;
    }
    const change = { POST: 1, DELETE: -1 }[request.method ?? ''] ?? 0;
    if (change !== 0) queues.set(app, (queues.get(app) ?? 0) + change);
    response.end(JSON.stringify({ queues: [...queues].map(([name, jobs]) => ({ name, jobs })) }));
  });
}

let server: Server;
let url: string;
let fleet: FleetUnderTest;

async function jobs(method: 'POST' | 'DELETE', app: string, count: number): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (let done = 0; done < count; done += 1) await fetch(`${url}/${app}`, { method, headers });
}

function settings(token: string): Readonly<Record<string, string>> {
  return {
    FAS_HTTP_METRIC_NAME: 'jobs',
    FAS_HTTP_URL: url,
    FAS_HTTP_PATH: "$.queues[?@.name == '$APP_NAME'].jobs",
    FAS_HTTP_TOKEN: token,
  };
}

beforeEach(async () => {
  server = jobServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  await fleet.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('each app follows its own jobs up and down', async () => {
  await jobs('POST', 'my-app-1', 20);
  await jobs('POST', 'my-app-2', 10);
  await fleet.autoscale(settings(TOKEN));
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await Promise.all([jobs('DELETE', 'my-app-1', 15), jobs('POST', 'my-app-2', 5)]);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

it('logs a refused token without showing it', async () => {
  await jobs('POST', 'my-app-1', 20);
  await fleet.autoscale(settings('wrong-token-123456'));
  await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unauthorized');
  expect(fleet.log()).not.toContain('wrong-token-123456');
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
});

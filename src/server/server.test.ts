import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../cli/adapters/clock.js';
import { AppError } from '../core/model/errors.js';
import { openServer, type RunningServer } from './server.js';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

async function setUp(text: Iterable<string> = ['a 1\n', 'b 2\n'], port = 0) {
  const state = { isLive: true, isReady: false };
  const server = await openServer({
    listen: { host: '127.0.0.1', port },
    clock: systemClock(),
    metrics: { contentType: 'text/plain; version=0.0.4', text: () => text },
    api: null,
    health: {
      isLive: () => state.isLive,
      whyNotReady: () => (state.isReady ? null : 'no pass is done yet'),
    },
  });
  servers.push(server);
  const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
  return { server, state, get };
}

describe('server', () => {
  it('sends the metrics', async () => {
    const { get } = await setUp();
    const response = await get('/metrics?name=x');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('a 1\nb 2\n');
  });

  it('lets others run between two slices', async () => {
    let turns = 0;
    function* slices() {
      for (let n = 0; n < 5; n += 1) yield `x ${turns}\n`;
    }
    const { get } = await setUp(slices());
    const clock = systemClock();
    const others = { isOver: false };
    const running = (async () => {
      for (; !others.isOver; turns += 1) await clock.sleep(0);
    })();
    const values = (await (await get('/metrics')).text()).trim().split('\n');
    others.isOver = true;
    await running;
    expect(new Set(values).size).toBeGreaterThan(1);
  });

  it('takes a bounded number of connections, and others once some have ended', async () => {
    const { server, get } = await setUp();
    const { port } = new URL(server.url);
    const opened = Array.from({ length: 400 }, () => connect(Number(port), '127.0.0.1'));
    try {
      await Promise.all(opened.map((socket) => once(socket, 'connect')));
      const beyond = connect(Number(port), '127.0.0.1');
      await once(beyond.on('error', () => undefined).resume(), 'close');
    } finally {
      for (const socket of opened) socket.destroy();
    }
    for (;;) if ((await get('/livez').catch(() => null))?.status === 200) break;
  });

  it('answers 503 until it is ready, and when the loop hangs', async () => {
    const { get, state } = await setUp();
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/livez')).status).toBe(200);
    state.isReady = true;
    state.isLive = false;
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/livez')).json()).toEqual({
      status: 'failing',
      problem: 'the loop does not tick',
    });
  });

  it('answers HEAD without a body', async () => {
    const { get } = await setUp();
    for (const path of ['/metrics', '/livez']) {
      const response = await get(path, { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });

  it('knows no other page, no profiler, no other method', async () => {
    const { get } = await setUp();
    for (const path of ['/', '/debug/pprof/', '/metrics/x', '//metrics']) {
      const response = await get(path);
      expect(response.status, path).toBe(404);
      expect(await response.json()).toMatchObject({ pages: ['/metrics', '/livez', '/readyz'] });
    }
    const post = await get('/metrics', { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('rejects an address in use, naming it and what to do', async () => {
    const { server } = await setUp();
    const port = Number(new URL(server.url).port);
    const error = await setUp([], port).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'bind-failed',
      message: `cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
      hint: expect.stringContaining('another port'),
    });
  });

  it('cuts off what does not end within the limit of closing', async () => {
    function* endless() {
      for (;;) yield 'x'.repeat(1_000_000);
    }
    const { server } = await setUp(endless());
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    // Its answer has begun, and nobody reads it.
    await new Promise((resolve) => socket.once('readable', resolve));
    await server.close(20);
    socket.destroy();
    // An idle socket would be cut off too, but far later.
  }, 15_000);
});

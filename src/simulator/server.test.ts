import { afterEach, describe, expect, it } from 'vitest';
import { createSimulator, startServer } from './index.js';
import type { RunningServer, Simulator } from './index.js';

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function serve(): Promise<{ simulator: Simulator; url: string }> {
  const clock = {
    now: () => 1_767_225_600_000,
    elapsedMs: () => 0,
    sleep: () => Promise.resolve(),
  };
  const simulator = createSimulator({ clock, seed: 1, config: { hasRateLimits: false } });
  simulator.world.addApp('shop');
  running = await startServer(simulator, { port: 0 });
  return { simulator, url: running.url };
}

const headers = { authorization: 'Bearer x' };

describe('the socket', () => {
  it('serves the same paths as the handler', async () => {
    const { url, simulator } = await serve();
    const response = await fetch(`${url}/v1/apps/shop/machines`, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('fly-request-id')).not.toBeNull();
    const [machine] = (await response.json()) as { id: string }[];
    expect(machine?.id).toBe(simulator.world.machines('shop')[0]?.id);
    const body = JSON.stringify({ query: '{ apps { totalCount } }' });
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
    expect(await answer.json()).toEqual({ data: { apps: { totalCount: 1 } } });
  });

  it.each(['reset-before', 'reset-after', 'truncated'] as const)(
    'really breaks: %s',
    async (kind) => {
      const { url, simulator } = await serve();
      simulator.faults.add({ kind });
      const answer = fetch(`${url}/v1/apps/shop/machines`, { headers }).then((r) => r.text());
      await expect(answer).rejects.toThrow();
      expect(simulator.log.at(-1)).toMatchObject({ kind: 'request', fault: kind });
    },
  );

  it('really hangs, until the client gives up or the server closes', async () => {
    const { url, simulator } = await serve();
    simulator.faults.add({ kind: 'hung-after' });
    const controller = new AbortController();
    const first = fetch(`${url}/v1/apps/shop`, { headers, signal: controller.signal });
    const second = fetch(`${url}/v1/apps/shop`, { headers });
    const both = Promise.allSettled([first, second]);
    await expect
      .poll(() => simulator.log.filter(({ kind }) => kind === 'request').length, {
        timeout: 50_000,
      })
      .toBe(2);
    controller.abort();
    await running?.close();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('says when its address is taken', async () => {
    const { url, simulator } = await serve();
    const port = Number(new URL(url).port);
    await expect(startServer(simulator, { port })).rejects.toThrow('EADDRINUSE');
  });
});

import { describe, expect, it } from 'vitest';
import { createBench } from '../testing/simulator-calls.js';
import type { Bench } from '../testing/simulator-calls.js';

interface Envelope {
  readonly status: string;
  readonly data: { nonce?: string; expires_at: number; owner: string; description: string };
}

function leasedBench(): { bench: Bench; path: string } {
  const bench = createBench();
  bench.simulator.world.addApp('shop', { machines: 1 });
  const [machine] = bench.simulator.world.machines('shop');
  return { bench, path: `/v1/apps/shop/machines/${machine!.id}` };
}

describe('leases', () => {
  it('come with a nonce for a time in the query or in the body', async () => {
    const { bench, path } = leasedBench();
    const nowSeconds = bench.clock.now() / 1000;
    const byQuery = await bench.call(`POST ${path}/lease?ttl=30`);
    expect(byQuery.status).toBe(201);
    const { data } = JSON.parse(byQuery.body) as Envelope;
    expect(data.nonce).toMatch(/^[0-9a-f]{12}$/);
    expect(data.expires_at).toBe(nowSeconds + 30);
    await bench.json(`DELETE ${path}/lease`, { nonce: data.nonce! });
    const body = { ttl: 45, description: 'scaling' };
    const byBody = await bench.json<Envelope>(`POST ${path}/lease`, { body });
    expect(byBody.data).toMatchObject({ expires_at: nowSeconds + 45, description: 'scaling' });
  });

  it.each([
    ['POST', '', { config: { image: 'x' } }],
    ['DELETE', '?force=true', undefined],
    ['POST', '/start', undefined],
    ['POST', '/stop', {}],
    ['POST', '/suspend', undefined],
    ['POST', '/restart', undefined],
    ['POST', '/signal', { signal: 'SIGHUP' }],
    ['POST', '/cordon', undefined],
    ['POST', '/uncordon', undefined],
    ['PATCH', '/metadata', { metadata: { a: 'b' } }],
    ['POST', '/metadata/a', { value: 'b' }],
    ['POST', '/lease', { ttl: 5 }],
    ['DELETE', '/lease', undefined],
  ])('keep others from %s %s', async (method, rest, body) => {
    const { bench, path } = leasedBench();
    const held = await bench.json<Envelope>(`POST ${path}/lease`, { body: { ttl: 60 } });
    const options = body === undefined ? {} : { body };
    for (const nonce of [undefined, 'abcdefabcdef']) {
      const refused = await bench.call(`${method} ${path}${rest}`, {
        ...options,
        ...(nonce === undefined ? {} : { nonce }),
      });
      expect(refused.status).toBe(409);
      expect(refused.body).toMatch(/machine ID \w+ lease currently held by anybody, expires at 20/);
    }
    const admitted = await bench.call(`${method} ${path}${rest}`, {
      ...options,
      nonce: held.data.nonce!,
    });
    expect(admitted.status).toBeLessThan(300);
  });

  it('expire by themselves', async () => {
    const { bench, path } = leasedBench();
    await bench.json(`POST ${path}/lease`, { body: { ttl: 30 } });
    await bench.clock.advance(29_999);
    expect((await bench.call(`POST ${path}/cordon`)).status).toBe(409);
    expect(bench.simulator.world.leases('shop').size).toBe(1);
    await bench.clock.advance(1);
    expect((await bench.call(`POST ${path}/cordon`)).status).toBe(200);
    expect(bench.simulator.world.leases('shop').size).toBe(0);
  });

  it('are prolonged by their nonce, which stays, but not once they are gone', async () => {
    const { bench, path } = leasedBench();
    const first = await bench.json<Envelope>(`POST ${path}/lease`, { body: { ttl: 30 } });
    const nonce = first.data.nonce!;
    await bench.clock.advance(20_000);
    const next = await bench.json<Envelope>(`POST ${path}/lease?ttl=30`, { nonce });
    expect(next.data.nonce).toBe(nonce);
    expect(next.data.expires_at).toBe(first.data.expires_at + 20);
    await bench.clock.advance(30_000);
    expect((await bench.call(`POST ${path}/lease?ttl=30`, { nonce })).status).toBe(404);
  });

  it('are shown without the nonce to others', async () => {
    const { bench, path } = leasedBench();
    expect((await bench.call(`GET ${path}/lease`)).status).toBe(404);
    const held = await bench.json<Envelope>(`POST ${path}/lease`, {
      body: { description: 'mine' },
    });
    const shown = await bench.json<Envelope>(`GET ${path}/lease`);
    expect(shown.data).not.toHaveProperty('nonce');
    const own = await bench.json<Envelope>(`GET ${path}/lease`, { nonce: held.data.nonce! });
    expect(own.data.nonce).toBe(held.data.nonce);
    const [listed] = await bench.json<{ lease?: unknown }[]>(
      'GET /v1/apps/shop/machines?include_leases=true',
    );
    expect(listed?.lease).toMatchObject({ owner: 'anybody', description: 'mine' });
    expect(JSON.stringify(listed)).not.toContain(held.data.nonce);
    const [plain] = await bench.json<{ lease?: unknown }[]>('GET /v1/apps/shop/machines');
    expect(plain).not.toHaveProperty('lease');
  });

  it('come with a create when asked for', async () => {
    const { bench } = leasedBench();
    const body = { config: { image: 'shop' }, lease_ttl: 30 };
    const made = await bench.json('POST /v1/apps/shop/machines', { body });
    expect(made['nonce']).toMatch(/^[0-9a-f]{12}$/);
    const path = `/v1/apps/shop/machines/${String(made['id'])}`;
    expect((await bench.call(`DELETE ${path}`)).status).toBe(409);
    const undo = await bench.call(`DELETE ${path}`, { nonce: String(made['nonce']) });
    expect(undo.status).toBe(200);
  });

  it('are named in the log of each request', async () => {
    const { bench, path } = leasedBench();
    const held = await bench.json<Envelope>(`POST ${path}/lease`, { body: {} });
    await bench.call(`POST ${path}/cordon`, { nonce: held.data.nonce! });
    await bench.call(`POST ${path}/cordon`);
    const standings = bench.simulator.log.flatMap((entry) =>
      entry.kind === 'request' ? [entry.lease] : [],
    );
    expect(standings).toEqual(['none', 'held', 'foreign']);
  });
});

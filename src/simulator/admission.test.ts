import { describe, expect, it } from 'vitest';
import { createBench, STEADY } from '../testing/simulator-calls.js';
import type { Bench } from '../testing/simulator-calls.js';

function guardedBench(): Bench {
  const bench = createBench({
    ...STEADY,
    tokens: [
      { name: 'org', value: 'fm2_org', orgs: ['my-org'] },
      { name: 'deploy', value: 'fo1_shop', orgs: ['my-org'], apps: ['shop'] },
      { name: 'stranger', value: 'fo1_other', orgs: ['other'] },
    ],
  });
  bench.simulator.world.addApp('shop');
  bench.simulator.world.addApp('queue');
  return bench;
}

describe('tokens', () => {
  it.each([
    [null, 401],
    ['', 401],
    ['Basic abc', 401],
    ['Bearer wrong', 401],
    ['Bearer fm2_org', 200],
    ['FlyV1 fm2_org', 200],
    ['FlyV1 fm2_org,fm2_discharge', 200],
    ['bearer fo1_shop', 200],
    ['Bearer fo1_other', 403],
  ])('%s reads an app with status %d', async (authorization, status) => {
    const response = await guardedBench().call('GET /v1/apps/shop', { authorization });
    expect(response.status).toBe(status);
  });

  it('of one app see nothing else', async () => {
    const bench = guardedBench();
    const authorization = 'Bearer fo1_shop';
    expect((await bench.call('GET /v1/apps/queue', { authorization })).status).toBe(403);
    expect((await bench.call('GET /v1/apps/none', { authorization })).status).toBe(404);
    expect((await bench.call('GET /v1/orgs/my-org/machines', { authorization })).status).toBe(403);
    expect((await bench.call('GET /v1/apps?org_slug=my-org', { authorization })).status).toBe(403);
    const body = { query: '{ apps { nodes { name } } }' };
    const seen = await bench.json('POST /graphql', { authorization, body });
    expect(seen).toEqual({ data: { apps: { nodes: [{ name: 'shop' }] } } });
  });

  it('are named by the log, never shown', async () => {
    const bench = guardedBench();
    await bench.call('GET /v1/apps/shop', { authorization: 'FlyV1 fm2_org' });
    expect(bench.simulator.log.at(-1)).toMatchObject({ kind: 'request', token: 'org' });
    expect(JSON.stringify(bench.simulator.log)).not.toContain('fm2_org');
  });

  it('tell what they are for', async () => {
    const bench = guardedBench();
    const authorization = 'Bearer fo1_shop';
    expect(await bench.json('GET /v1/tokens/current', { authorization })).toMatchObject({
      tokens: [{ org_slug: 'my-org', apps: ['shop'] }],
    });
  });

  it.each([
    ['FlyV1 fm2_org', 200],
    ['Bearer fm2_org', 401],
    ['Bearer fo1_other', 403],
    ['FlyV1 fo1_other', 401],
  ])('%s queries Prometheus with status %d', async (authorization, status) => {
    const path = '/prometheus/my-org/api/v1/query?query=1';
    expect((await guardedBench().call(`GET ${path}`, { authorization })).status).toBe(status);
  });
});

describe('rate limits', () => {
  const LIMITED = { ...STEADY, hasRateLimits: true, retryAfterSeconds: 2 };

  /** How many of the calls are admitted, one after the other without a pause. */
  async function admitted(bench: Bench, target: string, calls: number): Promise<number> {
    let count = 0;
    for (let i = 0; i < calls; i++) if ((await bench.call(target)).status !== 429) count++;
    return count;
  }

  it.each([
    ['a list of an app', 'GET /v1/apps/shop/machines', 3, 1],
    ['creates in an app', 'POST /v1/apps/shop/machines', 3, 1],
    ['the list of the organization', 'GET /v1/orgs/my-org/machines', 3, 1],
    ['reads of one machine', 'GET /v1/apps/shop/machines/MACHINE', 10, 5],
    ['starts of one machine', 'POST /v1/apps/shop/machines/MACHINE/start', 3, 1],
  ])('bound %s', async (_what, target, burst, perSecond) => {
    const bench = createBench(LIMITED);
    bench.simulator.world.addApp('shop');
    const { id } = bench.simulator.world.machines('shop')[0]!;
    const path = target.replace('MACHINE', id);
    expect(await admitted(bench, path, 20)).toBe(burst);
    await bench.clock.advance(1000);
    expect(await admitted(bench, path, 20)).toBe(perSecond);
  });

  it('save nothing up beyond the burst', async () => {
    const bench = createBench(LIMITED);
    bench.simulator.world.addApp('shop');
    await admitted(bench, 'GET /v1/apps/shop/machines', 3);
    await bench.clock.advance(3_600_000);
    expect(await admitted(bench, 'GET /v1/apps/shop/machines', 20)).toBe(3);
  });

  it('count each action and each identifier by itself', async () => {
    const bench = createBench(LIMITED);
    bench.simulator.world.addApp('shop', { machines: 2 });
    bench.simulator.world.addApp('queue');
    const [one, two] = bench.simulator.world.machines('shop');
    const base = 'POST /v1/apps/shop/machines';
    await admitted(bench, `${base}/${one!.id}/cordon`, 9);
    expect(await admitted(bench, `${base}/${one!.id}/uncordon`, 9)).toBe(3);
    expect(await admitted(bench, `${base}/${two!.id}/cordon`, 9)).toBe(3);
    await admitted(bench, 'GET /v1/apps/shop/machines', 9);
    expect(await admitted(bench, 'GET /v1/apps/queue/machines', 9)).toBe(3);
  });

  it('answer 429 with the hint that is configured', async () => {
    const bench = createBench(LIMITED);
    bench.simulator.world.addApp('shop');
    await admitted(bench, 'GET /v1/apps/shop/machines', 3);
    const refused = await bench.call('GET /v1/apps/shop/machines');
    expect(refused).toMatchObject({ status: 429, body: '{"error":"rate limit exceeded"}' });
    expect(refused.headers['retry-after']).toBe('2');
    expect(refused.headers['fly-request-id']).toMatch(/\w+/);
  });
});

import { describe, expect, it } from 'vitest';
import { HttpFailure } from '../seams/http.js';
import { createBench, STEADY } from '../testing/simulator-calls.js';
import type { Bench } from '../testing/simulator-calls.js';
import type { EffectEntry, FaultKind, RequestEntry } from './index.js';

const CREATE = 'POST /v1/apps/shop/machines';
const BODY = { body: { config: { image: 'shop' } } };

function shopBench(): Bench {
  const bench = createBench();
  bench.simulator.world.addApp('shop', { machines: 0 });
  return bench;
}

const machinesOf = (bench: Bench): number => bench.simulator.world.machines('shop').length;
const requestsOf = (bench: Bench): RequestEntry[] =>
  bench.simulator.log.filter((entry) => entry.kind === 'request');
const createsOf = (bench: Bench): EffectEntry[] =>
  bench.simulator.log.filter(
    (entry): entry is EffectEntry => entry.kind === 'effect' && entry.effect === 'create',
  );

describe('a fault of kind', () => {
  it.each<[FaultKind, number, number[]]>([
    ['rate-limited', 0, [429]],
    ['unavailable-before', 0, [502, 503]],
    ['unavailable-after', 1, [502, 503]],
    ['timeout-after', 1, [408]],
    ['non-json', 1, [200]],
  ])('%s leaves %d machines', async (kind, machines, statuses) => {
    const bench = shopBench();
    bench.simulator.faults.add({ kind });
    const response = await bench.call(CREATE, BODY);
    expect(statuses).toContain(response.status);
    if (kind === 'non-json') expect(() => JSON.parse(response.body) as unknown).toThrow();
    expect(machinesOf(bench)).toBe(machines);
    expect(requestsOf(bench)[0]).toMatchObject({ fault: kind, isAnswerLost: machines === 1 });
    expect(createsOf(bench).map(({ isAnswerLost }) => isAnswerLost)).toEqual(
      machines === 1 ? [true] : [],
    );
  });

  it.each<[FaultKind, number, HttpFailure['kind']]>([
    ['reset-before', 0, 'reset'],
    ['reset-after', 1, 'reset'],
    ['truncated', 1, 'truncated'],
  ])('%s breaks the answer and leaves %d machines', async (kind, machines, failure) => {
    const bench = shopBench();
    bench.simulator.faults.add({ kind });
    const error = await bench.call(CREATE, BODY).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(HttpFailure);
    expect(error).toMatchObject({ kind: failure, isUnsent: false });
    expect(createsOf(bench).every(({ isAnswerLost }) => isAnswerLost)).toBe(true);
    expect(requestsOf(bench)[0]?.isAnswerLost).toBe(machines === 1);
    expect(machinesOf(bench)).toBe(machines);
  });

  it.each<[FaultKind, number]>([
    ['hung-before', 0],
    ['hung-after', 1],
  ])('%s ends with the signal alone and leaves %d machines', async (kind, machines) => {
    const bench = shopBench();
    bench.simulator.faults.add({ kind });
    const controller = new AbortController();
    let isSettled = false;
    const call = bench.call(CREATE, { ...BODY, signal: controller.signal }).finally(() => {
      isSettled = true;
    });
    call.catch(() => undefined);
    await bench.clock.advance(3_600_000);
    expect(isSettled).toBe(false);
    expect(requestsOf(bench)[0]).toMatchObject({ status: null, fault: kind });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(machinesOf(bench)).toBe(machines);
  });

  it('slow is done at once and answered late', async () => {
    const bench = shopBench();
    bench.simulator.faults.add({ kind: 'slow', delayMs: 7000 });
    const call = bench.call(CREATE, BODY);
    await bench.clock.advance(0);
    expect(machinesOf(bench)).toBe(1);
    expect((await bench.clock.runUntil(call)).status).toBe(200);
    expect(bench.simulator.elapsedMs()).toBe(7000);
  });
});

describe('rules', () => {
  it('hold for their time, action, app and number only', async () => {
    const bench = shopBench();
    bench.simulator.world.addApp('queue', { machines: 0 });
    bench.simulator.faults.add({
      kind: 'unavailable-before',
      status: 503,
      fromMs: 1000,
      untilMs: 2000,
      action: 'create-machine',
      app: 'shop',
      times: 2,
    });
    const status = async (target: string): Promise<number> =>
      (await bench.call(target, BODY)).status;
    expect(await status(CREATE)).toBe(200);
    await bench.clock.advance(1000);
    expect(await status('POST /v1/apps/queue/machines')).toBe(200);
    expect(await status('GET /v1/apps/shop/machines')).toBe(200);
    expect(await status(CREATE)).toBe(503);
    expect(await status(CREATE)).toBe(503);
    expect(await status(CREATE)).toBe(200);
    expect(bench.simulator.faults.counts.get('unavailable-before')).toBe(2);
  });

  it('end with their window', async () => {
    const bench = shopBench();
    bench.simulator.faults.add({ kind: 'rate-limited', untilMs: 1000 });
    expect((await bench.call(CREATE, BODY)).status).toBe(429);
    await bench.clock.advance(1000);
    expect((await bench.call(CREATE, BODY)).status).toBe(200);
  });

  it('can be taken away, and strike by chance', async () => {
    const bench = shopBench();
    const remove = bench.simulator.faults.add({ kind: 'rate-limited', probability: 0.3 });
    let struck = 0;
    for (let i = 0; i < 300; i++) {
      if ((await bench.call('GET /v1/apps/shop')).status === 429) struck++;
    }
    expect(struck).toBeGreaterThan(60);
    expect(struck).toBeLessThan(120);
    remove();
    const before = bench.simulator.faults.counts.get('rate-limited');
    for (let i = 0; i < 50; i++) await bench.call('GET /v1/apps/shop');
    expect(bench.simulator.faults.counts.get('rate-limited')).toBe(before);
  });
});

describe('a request on its way', () => {
  const SLOW_NET = { ...STEADY, delaysMs: { ...STEADY.delaysMs, latency: [200, 200] as const } };

  it('takes effect after half of the latency', async () => {
    const bench = createBench(SLOW_NET);
    bench.simulator.world.addApp('shop', { machines: 0 });
    const call = bench.call(CREATE, BODY);
    await bench.clock.advance(99);
    expect(machinesOf(bench)).toBe(0);
    await bench.clock.advance(1);
    expect(machinesOf(bench)).toBe(1);
    await bench.clock.runUntil(call);
    expect(bench.simulator.elapsedMs()).toBe(200);
  });

  it('takes effect even if its sender gives up', async () => {
    const bench = createBench(SLOW_NET);
    bench.simulator.world.addApp('shop', { machines: 0 });
    const controller = new AbortController();
    const call = bench.call(CREATE, { ...BODY, signal: controller.signal });
    call.catch(() => undefined);
    await bench.clock.advance(50);
    controller.abort(new Error('gave up'));
    await expect(call).rejects.toThrow('gave up');
    await bench.clock.advance(50);
    expect(machinesOf(bench)).toBe(1);
    expect(requestsOf(bench)[0]).toMatchObject({ isAnswerLost: true });
  });

  it('is not sent when its signal has already aborted', async () => {
    const bench = shopBench();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(bench.call(CREATE, { ...BODY, signal })).rejects.toThrow('too late');
    expect(bench.simulator.log.filter(({ kind }) => kind === 'request')).toEqual([]);
  });
});

describe('the log', () => {
  it('joins effects to their requests and names who did them', async () => {
    const bench = shopBench();
    await bench.call(CREATE, { ...BODY, headers: { 'user-agent': 'me/1' } });
    const [request] = requestsOf(bench);
    const [effect] = createsOf(bench);
    expect(request).toMatchObject({ action: 'create-machine', app: 'shop', userAgent: 'me/1' });
    expect(effect).toMatchObject({ requestId: request!.requestId, userAgent: 'me/1' });
  });

  it('is heard as it is written, at the exact time of each event', async () => {
    const bench = shopBench();
    const heard: [string, number][] = [];
    const startMs = bench.clock.now();
    const end = bench.simulator.subscribe((entry) => {
      if (entry.kind === 'state') heard.push([entry.to, entry.atMs - startMs]);
    });
    await bench.call(CREATE, BODY);
    await bench.clock.advance(60_000);
    bench.simulator.catchUp();
    expect(heard).toEqual([
      ['created', 0],
      ['starting', 2000],
      ['started', 3000],
    ]);
    end();
    await bench.call(CREATE, BODY);
    expect(heard).toHaveLength(3);
  });

  it('keeps only the newest entries when it is bounded', async () => {
    const bench = createBench({ ...STEADY, logCapacity: 10 });
    for (let i = 0; i < 100; i++) await bench.call('GET /v1/apps?org_slug=my-org');
    expect(bench.simulator.log.length).toBeLessThanOrEqual(20);
    expect(bench.simulator.log.at(-1)?.seq).toBe(99);
  });
});

describe('the same seed', () => {
  async function run(seed: number): Promise<string> {
    const bench = createBench({}, seed);
    bench.simulator.world.addApp('shop', { machines: 3 });
    bench.simulator.faults.add({ kind: 'unavailable-after', probability: 0.3 });
    for (let i = 0; i < 40; i++) {
      await bench.call(CREATE, BODY);
      await bench.clock.advance(700);
    }
    return JSON.stringify(bench.simulator.log);
  }

  it('gives the same world, another seed another one', async () => {
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
  });
});

describe('the platform’s clock', () => {
  it('does not follow a jump of the client’s wall clock', async () => {
    const bench = shopBench();
    const made = await bench.json(CREATE, BODY);
    bench.clock.jumpWall(86_400_000);
    const again = await bench.json(CREATE, BODY);
    expect(again['created_at']).toBe(made['created_at']);
  });
});

describe('odd answers', () => {
  const LIST = 'GET /v1/apps/shop/machines';

  function oddBench(count: number): Bench {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: count });
    return bench;
  }

  const bodyOf = async (bench: Bench, call: string): Promise<unknown> =>
    JSON.parse((await bench.call(call)).body) as unknown;

  it('have one object that is odd; the others are as they were', async () => {
    const bench = oddBench(5);
    const before = (await bodyOf(bench, LIST)) as unknown[];
    bench.simulator.faults.add({ kind: 'odd-entry' });
    for (let i = 0; i < 40; i += 1) {
      await bench.clock.advance(1000);
      const after = (await bodyOf(bench, LIST)) as unknown[];
      expect(after).toHaveLength(5);
      const same = after.filter((each, index) => isAlike(each, before[index]));
      expect(same.length).toBeGreaterThanOrEqual(4);
    }
  });

  it('leave the answer to a create lost unless it can be read all the same', async () => {
    const lost = new Set<boolean>();
    const bench = oddBench(0);
    bench.simulator.faults.add({ kind: 'odd-entry' });
    for (let i = 0; i < 100; i += 1) {
      await bench.clock.advance(1000);
      const { body } = await bench.call(CREATE, BODY);
      const { updated_at: updatedAt, lease } = (JSON.parse(body) ?? {}) as Record<string, unknown>;
      const isLost = requestsOf(bench).at(-1)?.isAnswerLost === true;
      const hasEnd =
        typeof (lease as { expires_at?: unknown } | undefined)?.expires_at === 'number';
      if (!isLost) expect(updatedAt === '' || !hasEnd).toBe(true);
      lost.add(isLost);
    }
    expect(lost.size).toBe(2);
  });

  it('tell of a machine by one odd field wherever it is read, until it is mended', async () => {
    const bench = oddBench(2);
    const { simulator } = bench;
    const machine = simulator.world.machines('shop')[0]!;
    const one = `GET /v1/apps/shop/machines/${machine.id}`;
    const before = [await bodyOf(bench, LIST), await bodyOf(bench, one)];
    simulator.faults.setOdd(machine, true);
    expect(simulator.faults.oddSinceMs(machine.id)).toBe(bench.clock.now());
    const [list, alone] = [await bodyOf(bench, LIST), await bodyOf(bench, one)];
    expect(list).not.toEqual(before[0]);
    expect(alone).not.toEqual(before[1]);
    simulator.faults.setOdd(machine, false);
    await bench.clock.advance(5000);
    expect([await bodyOf(bench, LIST), await bodyOf(bench, one)]).toEqual(before);
  });

  it('come from a gateway with 404, before anything is done', async () => {
    const bench = shopBench();
    bench.simulator.faults.add({ kind: 'gateway-page' });
    for (let i = 0; i < 10; i += 1) {
      const { status, body } = await bench.call(CREATE, BODY);
      expect(status).toBe(404);
      expect(body).not.toMatch(/app not found|machine not found/);
    }
    expect(machinesOf(bench)).toBe(0);
  });

  it('refuse creates in a region by its quota, in the words that Fly has for it', async () => {
    const bench = shopBench();
    bench.simulator.faults.setRegionQuota('iad', true);
    const body = { config: { image: 'shop' }, region: 'iad' };
    const { status, body: text } = await bench.call(CREATE, { body });
    expect([status, text]).toEqual([403, expect.stringContaining('over the allowed quota')]);
    const volume = { body: { name: 'data', region: 'iad' } };
    expect(await bench.call('POST /v1/apps/shop/volumes', volume)).toMatchObject({
      status: 400,
      body: '{"error":"no capacity"}',
    });
    bench.simulator.faults.clear();
    expect((await bench.call(CREATE, { body })).status).toBe(200);
  });
});

function isAlike(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

import { describe, expect, it } from 'vitest';
import { createBench, STEADY } from '../../testing/simulator-calls.js';
import type { Bench } from '../../testing/simulator-calls.js';

interface OrgPage {
  readonly machines: { id: string; app_name: string; state: string; config?: object }[];
  readonly next_cursor?: string;
  readonly error_regions?: string[];
}

/** Reads to the last page; `pages` are their sizes. */
async function readOrg(bench: Bench, query = ''): Promise<{ ids: string[]; pages: number[] }> {
  const ids: string[] = [];
  const pages: number[] = [];
  let cursor = '';
  do {
    const parameters = cursor === '' ? query : `${query}&cursor=${encodeURIComponent(cursor)}`;
    const page = await bench.json<OrgPage>(`GET /v1/orgs/my-org/machines?${parameters}`);
    ids.push(...page.machines.map(({ id }) => id));
    pages.push(page.machines.length);
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
  return { ids, pages };
}

describe('the machine list of an app', () => {
  it('filters by state, region and metadata', async () => {
    const bench = createBench();
    const { world } = bench.simulator;
    world.addApp('shop', { machines: 0 });
    const a = world.addMachine('shop', { region: 'lhr', config: { metadata: { x: '1', y: '2' } } });
    const b = world.addMachine('shop', { state: 'stopped', config: { metadata: { x: '1' } } });
    const ids = async (query: string): Promise<string[]> =>
      (await bench.json<{ id: string }[]>(`GET /v1/apps/shop/machines?${query}`)).map(
        ({ id }) => id,
      );
    expect(await ids('state=stopped,suspended')).toEqual([b.id]);
    expect(await ids('region=lhr')).toEqual([a.id]);
    expect(await ids('metadata.x=1')).toEqual([a.id, b.id]);
    expect(await ids('metadata.x=1&metadata.y=2')).toEqual([a.id]);
  });

  it('leaves configuration, host status, events and checks out of a summary', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop');
    const [summary] = await bench.json<object[]>('GET /v1/apps/shop/machines?summary=true');
    for (const field of ['config', 'host_status', 'events', 'checks']) {
      expect(summary).not.toHaveProperty(field);
    }
    expect(summary).toHaveProperty('state', 'started');
  });

  it.each(['/v1/apps/shop/machines', '/v1/orgs/my-org/machines'])(
    'may lack the machines of a region and not say so (%s)',
    async (path) => {
      const bench = createBench();
      const { world, faults } = bench.simulator;
      world.addApp('shop', { machines: 0 });
      const here = world.addMachine('shop', { region: 'lhr' });
      world.addMachine('shop', { region: 'fra' });
      await bench.clock.advance(60_000);
      faults.add({ kind: 'silent-partial-list', region: 'fra' });
      const { status, body } = await bench.call(`GET ${path}`);
      const answer = JSON.parse(body) as { id: string }[] | { machines: { id: string }[] };
      const machines = Array.isArray(answer) ? answer : answer.machines;
      expect([status, machines.map(({ id }) => id)]).toEqual([200, [here.id]]);
      expect(answer).not.toHaveProperty('error_regions');
    },
  );

  it('comes in pages with the cursor in a header', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 5 });
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page++) {
      const response = await bench.call(`GET /v1/apps/shop/machines?limit=2&cursor=${cursor}`);
      seen.push(...(JSON.parse(response.body) as { id: string }[]).map(({ id }) => id));
      cursor = response.headers['fly-next-cursor'] ?? '';
    }
    expect(cursor).toBe('');
    expect(seen).toEqual(bench.simulator.world.machines('shop').map(({ id }) => id));
    expect((await bench.call('GET /v1/apps/shop/machines?limit=1001')).status).toBe(400);
  });
});

describe('the machine list of the organization', () => {
  it('is read in pages of at most the limit, oldest change first', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 3 });
    await bench.clock.advance(1000);
    bench.simulator.world.addApp('queue', { machines: 2 });
    const { ids, pages } = await readOrg(bench, 'limit=2');
    expect(pages).toEqual([2, 2, 1]);
    const names = ['shop', 'queue'];
    const expected = names.map((name) => bench.simulator.world.machines(name).map(({ id }) => id));
    expect(ids.slice(0, 3).toSorted()).toEqual(expected[0]!.toSorted());
    expect(ids.slice(3).toSorted()).toEqual(expected[1]!.toSorted());
  });

  it('has only the overview of a configuration', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { config: { services: [], mounts: [] } });
    const page = await bench.json<OrgPage>('GET /v1/orgs/my-org/machines');
    expect(Object.keys(page.machines[0]!.config!)).toEqual(['image', 'guest', 'metadata']);
    expect(page.machines[0]).not.toHaveProperty('host_status');
    const short = await bench.json<OrgPage>('GET /v1/orgs/my-org/machines?summary=true');
    expect(short.machines[0]).not.toHaveProperty('config');
  });

  it('may give empty pages before the end', async () => {
    const bench = createBench({ ...STEADY, emptyPageRate: 0.5 });
    bench.simulator.world.addApp('shop', { machines: 40 });
    const { ids, pages } = await readOrg(bench, 'limit=3');
    expect(new Set(ids).size).toBe(40);
    expect(pages).toContain(0);
  });

  it('shows changes late', async () => {
    const delaysMs = { ...STEADY.delaysMs, orgListLag: [3000, 3000] as const };
    const bench = createBench({ ...STEADY, delaysMs });
    bench.simulator.world.addApp('shop');
    const [machine] = bench.simulator.world.machines('shop');
    await bench.json(`POST /v1/apps/shop/machines/${machine!.id}/suspend`);
    const stateShown = async (): Promise<string> =>
      (await bench.json<OrgPage>('GET /v1/orgs/my-org/machines')).machines[0]!.state;
    await bench.clock.advance(2999);
    expect(await stateShown()).toBe('started');
    await bench.clock.advance(1);
    expect(await stateShown()).toBe('suspended');
  });

  it('gives only what changed after a time', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 3 });
    await bench.clock.advance(5000);
    const [machine] = bench.simulator.world.machines('shop');
    await bench.json(`POST /v1/apps/shop/machines/${machine!.id}/cordon`);
    const after = new Date(bench.clock.now() - 1).toISOString();
    expect((await readOrg(bench, `updated_after=${after}`)).ids).toEqual([machine!.id]);
    expect((await bench.call('GET /v1/orgs/my-org/machines?updated_after=x')).status).toBe(400);
  });

  it('names the regions that it could not read', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { region: 'syd' });
    bench.simulator.faults.setRegionUnreadable('syd', true);
    const page = await bench.json<OrgPage>('GET /v1/orgs/my-org/machines');
    expect(page).toMatchObject({ machines: [], error_regions: ['syd'] });
  });

  it('shows destroyed machines only when asked', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop');
    const [machine] = bench.simulator.world.machines('shop');
    await bench.json(`DELETE /v1/apps/shop/machines/${machine!.id}?force=true`);
    await bench.clock.advance(1000);
    expect((await readOrg(bench)).ids).toEqual([]);
    expect((await readOrg(bench, 'include_deleted=true')).ids).toEqual([machine!.id]);
    await bench.clock.advance(600_000);
    expect((await readOrg(bench, 'include_deleted=true')).ids).toEqual([]);
  });
});

describe('apps', () => {
  it('are listed with their machine counts, in pages when asked', async () => {
    const bench = createBench();
    for (const name of ['a', 'b', 'c']) bench.simulator.world.addApp(name, { machines: 2 });
    interface Page {
      apps: { name: string; machine_count: number }[];
      next_cursor?: string;
      total_apps: number;
    }
    const all = await bench.json<Page>('GET /v1/apps?org_slug=my-org');
    expect(all.apps.map(({ name, machine_count: count }) => [name, count])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ]);
    const first = await bench.json<Page>('GET /v1/apps?org_slug=my-org&limit=2');
    const next = await bench.json<Page>(
      `GET /v1/apps?org_slug=my-org&limit=2&cursor=${first.next_cursor}`,
    );
    expect([...first.apps, ...next.apps].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(next.next_cursor).toBeUndefined();
    expect((await bench.call('GET /v1/apps')).status).toBe(400);
  });

  it('can be made once and removed', async () => {
    const bench = createBench();
    const body = { name: 'new', org_slug: 'my-org' };
    expect((await bench.call('POST /v1/apps?wait=true', { body })).status).toBe(201);
    const again = await bench.call('POST /v1/apps', { body });
    expect([again.status, JSON.parse(again.body)]).toMatchObject([422, { status: 'name_taken' }]);
    expect(await bench.json('GET /v1/apps/new')).toMatchObject({ status: 'pending' });
    expect((await bench.call('DELETE /v1/apps/new')).status).toBe(202);
    expect((await bench.call('GET /v1/apps/new')).status).toBe(404);
  });
});

describe('volumes', () => {
  it('are attached by a create and free again after the destroy', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 0 });
    const volume = await bench.json('POST /v1/apps/shop/volumes', {
      body: { name: 'data', region: 'lhr', size_gb: 2 },
    });
    const id = String(volume['id']);
    expect(id).toMatch(/^vol_\w{16}$/);
    const body = { region: 'lhr', config: { image: 'x', mounts: [{ volume: id, path: '/data' }] } };
    const made = await bench.json('POST /v1/apps/shop/machines', { body });
    const again = await bench.call('POST /v1/apps/shop/machines', { body });
    expect(again.status).toBe(412);
    expect(again.body).toContain('volume already claimed by machine');
    const path = `/v1/apps/shop/volumes/${id}`;
    expect(await bench.json(`GET ${path}`)).toMatchObject({ attached_machine_id: made['id'] });
    expect((await bench.call(`DELETE ${path}`)).status).toBe(412);
    await bench.json(`DELETE /v1/apps/shop/machines/${String(made['id'])}?force=true`);
    await bench.clock.advance(1000);
    expect(await bench.json('GET /v1/apps/shop/volumes')).toMatchObject([
      { id, attached_machine_id: null, size_gb: 2, host_status: 'ok' },
    ]);
    expect((await bench.call(`DELETE ${path}`)).status).toBe(200);
  });

  it('refuse a machine elsewhere, one without room, and unknown ones', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 0 });
    const volume = bench.simulator.world.addVolume('shop', 'data', 'lhr');
    const create = async (id: string, region: string): Promise<[number, string]> => {
      const body = { region, config: { image: 'x', mounts: [{ volume: id }] } };
      const response = await bench.call('POST /v1/apps/shop/machines', { body });
      return [response.status, response.body];
    };
    expect(await create(volume.id, 'fra')).toMatchObject([412, expect.stringContaining('region')]);
    expect(await create('vol_none', 'lhr')).toMatchObject([404, expect.anything()]);
    bench.simulator.faults.setVolumeHostsFull(true);
    expect(await create(volume.id, 'lhr')).toMatchObject([
      412,
      expect.stringContaining('volume_placement_capacity'),
    ]);
    bench.simulator.faults.setRegionLimit('lhr', 0);
    const made = await bench.call('POST /v1/apps/shop/volumes', {
      body: { name: 'x', region: 'lhr' },
    });
    expect([made.status, made.body]).toEqual([409, '{"error":"aborted: no capacity"}']);
  });
});

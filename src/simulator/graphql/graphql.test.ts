import { describe, expect, it } from 'vitest';
import { createBench, STEADY } from '../../testing/simulator-calls.js';
import type { Bench } from '../../testing/simulator-calls.js';

interface Result {
  readonly data?: Record<string, never> | null;
  readonly errors?: { message: string; path?: unknown; extensions?: unknown }[];
}

const ask = (bench: Bench, query: string, variables: object = {}): Promise<Result> =>
  bench.json<Result>('POST /graphql', { body: { query, variables } });

// The texts that clients in use send, letter by letter.
const ORGANIZATION = `query($slug: String!) { organization(slug: $slug) { id internalNumericId slug rawSlug name type billable } }`;
const ORGANIZATION_OF_ORIGINAL = `query($slug: String!) { organization(slug: $slug) { id internalNumericId slug name type billable limitedAccessTokens { nodes { id name expiresAt revokedAt user { email } } } } }`;
const APPS = `query($org: ID, $role: String, $after: String) { apps(type: "container", first: 200, after: $after, organizationId: $org, role: $role) { pageInfo { hasNextPage endCursor } nodes { id name deployed hostname platformVersion organization { slug name } currentRelease { createdAt status } status } } }`;
const RELEASE = `query ($appName: String!) { app(name: $appName) { currentRelease: currentReleaseUnprocessed { id version description reason status imageRef stable user { id email name } createdAt } } }`;

describe('the queries of clients in use', () => {
  it.each([ORGANIZATION, ORGANIZATION_OF_ORIGINAL])('find the organization', async (query) => {
    const bench = createBench();
    const result = await ask(bench, query, { slug: 'my-org' });
    expect(result.errors).toBeUndefined();
    expect(result.data).toMatchObject({
      organization: { slug: 'my-org', type: 'SHARED', billable: true },
    });
  });

  it('list all apps in pages of 200', async () => {
    const bench = createBench();
    for (let i = 0; i < 450; i++) bench.simulator.world.addApp(`app-${i}`, { machines: 0 });
    const { data } = await ask(bench, ORGANIZATION, { slug: 'my-org' });
    const { id } = data!['organization']!;
    const sizes: number[] = [];
    const names = new Set<string>();
    let after = '';
    for (;;) {
      const { data } = await ask(bench, APPS, { org: id, after });
      const { nodes, pageInfo } = data!['apps'] as unknown as {
        nodes: { name: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      sizes.push(nodes.length);
      for (const { name } of nodes) names.add(name);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(sizes).toEqual([200, 200, 50]);
    expect(names.size).toBe(450);
  });

  it('read the current release, also when there is none', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop');
    bench.simulator.world.addApp('raw', { release: null });
    bench.simulator.world.addRelease('shop', 'running');
    const shop = await ask(bench, RELEASE, { appName: 'shop' });
    expect(shop.data).toMatchObject({ app: { currentRelease: { status: 'running', version: 2 } } });
    bench.simulator.world.setReleaseStatus('shop', 'failed');
    const later = await ask(bench, RELEASE, { appName: 'shop' });
    expect(later.data).toMatchObject({ app: { currentRelease: { status: 'failed' } } });
    const raw = await ask(bench, RELEASE, { appName: 'raw' });
    expect(raw).toEqual({ data: { app: { currentRelease: null } } });
  });
});

describe('batches', () => {
  it('by alias keep one unknown app from spoiling the others', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop');
    const query = `{ a: app(name: "shop") { currentReleaseUnprocessed { status } } b: app(name: "nope") { name } }`;
    const result = await ask(bench, query);
    expect(result.data).toEqual({
      a: { currentReleaseUnprocessed: { status: 'complete' } },
      b: null,
    });
    expect(result.errors).toMatchObject([
      {
        message: 'Could not find App "nope"',
        path: ['b'],
        extensions: { code: 'NOT_FOUND' },
      },
    ]);
  });

  it('by node ids give null for unknown ones', async () => {
    const bench = createBench();
    const { id } = bench.simulator.world.addApp('shop');
    const query = `query($ids: [ID!]!) { nodes(ids: $ids) { id ... on App { name } } }`;
    const result = await ask(bench, query, { ids: [id, 'unknown'] });
    expect(result.data).toEqual({ nodes: [{ id, name: 'shop' }, null] });
  });

  it('by organization count and page its apps', async () => {
    const bench = createBench({ ...STEADY, graphqlPageSize: 2 });
    for (const name of ['a', 'b', 'c']) bench.simulator.world.addApp(name);
    const query = `{ organization(slug: "my-org") { apps(first: 200) { totalCount pageInfo { hasNextPage } nodes { name currentReleaseUnprocessed { status createdAt } } } } }`;
    const result = await ask(bench, query);
    expect(result.data).toMatchObject({
      organization: { apps: { totalCount: 3, pageInfo: { hasNextPage: true } } },
    });
    expect(result.data?.['organization']?.['apps']?.['nodes']).toHaveLength(2);
  });
});

describe('errors', () => {
  it.each(['query {', '{ nothing }', 'query($a: Int!) { apps(first: $a) { totalCount } }'])(
    'of %s come with status 200',
    async (query) => {
      const result = await ask(createBench(), query);
      expect(result.errors?.[0]?.message).toMatch(/\w+/);
    },
  );

  it('of a page with a lost app are told beside the others', async () => {
    const bench = createBench();
    for (const name of ['a', 'b', 'c']) bench.simulator.world.addApp(name);
    bench.simulator.faults.add({ kind: 'partial-list', times: 1 });
    const query = '{ apps { nodes { name } } }';
    const lossy = await ask(bench, query);
    expect(lossy.errors).toHaveLength(1);
    expect(
      (lossy.data!['apps']!['nodes'] as unknown[]).filter((node) => node === null),
    ).toHaveLength(1);
    expect(await ask(bench, query)).not.toHaveProperty('errors');
  });

  it('are silent when an app is merely missing', async () => {
    const bench = createBench();
    for (let i = 0; i < 40; i++) bench.simulator.world.addApp(`app-${i}`, { machines: 0 });
    bench.simulator.faults.add({ kind: 'silent-partial-list' });
    const result = await ask(bench, '{ apps { nodes { name } } }');
    expect(result.errors).toBeUndefined();
    expect((result.data!['apps']!['nodes'] as unknown[]).length).toBeLessThan(40);
  });
});

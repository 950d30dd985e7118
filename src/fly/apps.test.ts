import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../seams/http.js';
import { createTestFly } from '../testing/fly-client.js';
import type { Reply } from '../testing/http-responder.js';

const never = new AbortController().signal;

describe('listing apps', () => {
  const app = (name: string): unknown => ({ id: `id-${name}`, name, status: 'deployed' });

  it('reads the REST list to its last page', async () => {
    const { fly, requests } = createTestFly((_, index) => ({
      json: { total_apps: 2, apps: [app(`a${index}`)], next_cursor: index === 0 ? 'n=1' : '' },
    }));
    expect(await fly.listApps('my org', never)).toEqual([
      { name: 'a0', status: 'deployed' },
      { name: 'a1', status: 'deployed' },
    ]);
    expect(requests.map((each) => each.url.split('/v1')[1])).toEqual([
      '/apps?org_slug=my%20org',
      '/apps?org_slug=my%20org&limit=5000&cursor=n%3D1',
    ]);
  });

  const graphql = (request: HttpRequest): Reply => {
    const { query, variables } = JSON.parse(request.body ?? '{}') as {
      query: string;
      variables: { after?: string };
    };
    if (query.includes('organization(')) return { json: { data: { organization: { id: 'o1' } } } };
    const isLast = variables.after === 'p1';
    return {
      json: {
        data: {
          apps: {
            pageInfo: { hasNextPage: !isLast, endCursor: isLast ? 'p2' : 'p1' },
            nodes: [app(isLast ? 'b' : 'a')],
          },
        },
      },
    };
  };

  it.each([403, 404, 405, 501])('asks GraphQL instead when REST answers %d', async (status) => {
    const { fly, clock } = createTestFly((request) =>
      request.url.includes('/graphql') ? graphql(request) : { status, json: { error: 'no' } },
    );
    const apps = await clock.runUntil(fly.listApps('my-org', never));
    expect(apps.map((each) => each.name)).toEqual(['a', 'b']);
  });

  it('does not hide a wrong token or a failing server behind GraphQL', async () => {
    for (const [status, code] of [
      [401, 'fly-unauthorized'],
      [503, 'fly-unavailable'],
    ] as const) {
      const { fly, clock } = createTestFly((request) =>
        request.url.includes('/graphql') ? graphql(request) : { status },
      );
      await expect(clock.runUntil(fly.listApps('o', never))).rejects.toMatchObject({ code });
    }
  });

  it('rejects whole when a page of GraphQL fails', async () => {
    const { fly, clock } = createTestFly((request, index) => {
      if (!request.url.includes('/graphql')) return { status: 404 };
      return index < 3 ? graphql(request) : { status: 502 };
    });
    const list = clock.runUntil(fly.listApps('o', never));
    await expect(list).rejects.toMatchObject({ code: 'fly-unavailable' });
  });

  it.each([
    { data: { organization: null } },
    { data: null, errors: [{ message: 'Could not find Organization "nope"' }] },
  ])('says that the organization is not known when told %j', async (json) => {
    const { fly, clock } = createTestFly((request) =>
      request.url.includes('/graphql') ? { json } : { status: 404, json: { error: 'no' } },
    );
    await expect(clock.runUntil(fly.listApps('nope', never))).rejects.toMatchObject({
      code: 'fly-not-found',
      owner: 'user',
      hint: expect.stringContaining('FAS_ORG'),
    });
  });
});

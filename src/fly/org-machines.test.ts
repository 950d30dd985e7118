import { describe, expect, it } from 'vitest';
import { createTestFly } from '../testing/fly-client.js';

const never = new AbortController().signal;
const ALL = { updatedAfterMs: null, cursor: null, includeDeleted: true };

const ENTRY = {
  id: '3d8d413b29d089',
  app_name: 'queue-worker-1',
  name: 'aged-wind-2649',
  state: 'started',
  region: 'ord',
  version: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
  private_ip: 'fdaa:0:18:a7b:196:e274:9ce1:2',
  created_at: '2026-06-01T02:30:10Z',
  updated_at: '2026-06-01T02:35:26Z',
};

describe("the organization's machine list", () => {
  it('is asked for without configurations, and gives what tells that a machine changed', async () => {
    const { fly, requests } = createTestFly(() => ({
      json: {
        machines: [ENTRY],
        next_cursor: 'c1',
        last_machine_id: ENTRY.id,
        last_updated_at: '2026-06-01T02:35:26Z',
        error_regions: ['gru'],
      },
    }));
    const page = await fly.listOrgMachines('my-org', ALL, never);
    expect(requests[0]?.url).toBe(
      'https://api.machines.dev/v1/orgs/my-org/machines?include_deleted=true&summary=true',
    );
    expect(page).toEqual({
      machines: [
        {
          id: ENTRY.id,
          app: 'queue-worker-1',
          state: 'started',
          region: 'ord',
          version: ENTRY.version,
          updatedAtMs: Date.UTC(2026, 5, 1, 2, 35, 26),
        },
      ],
      nextCursor: 'c1',
      lastUpdatedAtMs: Date.UTC(2026, 5, 1, 2, 35, 26),
      errorRegions: ['gru'],
    });
  });

  it('goes on at a cursor, and from a time', async () => {
    const { fly, requests } = createTestFly(() => ({ json: { machines: [] } }));
    const updatedAfterMs = Date.UTC(2026, 5, 1, 2, 34, 26);
    await fly.listOrgMachines('my org', { ...ALL, updatedAfterMs, cursor: 'a b' }, never);
    const url = new URL(requests[0]?.url ?? '');
    expect(url.pathname).toBe('/v1/orgs/my%20org/machines');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      updated_after: '2026-06-01T02:34:26.000Z',
      cursor: 'a b',
    });
  });

  it.each([[{ machines: null, next_cursor: '', last_updated_at: '' }], [{ machines: [] }], [{}]])(
    'may be empty: %j',
    async (json) => {
      const { fly } = createTestFly(() => ({ json }));
      const changed = { ...ALL, updatedAfterMs: 0 };
      expect(await fly.listOrgMachines('my-org', changed, never)).toEqual({
        machines: [],
        nextCursor: null,
        lastUpdatedAtMs: null,
        errorRegions: [],
      });
    },
  );

  it.each([[{ machines: null }], [{}]])(
    'is not believed to have no machine at all without a list that is empty: %j',
    async (json) => {
      const { fly } = createTestFly(() => ({ json }));
      const all = fly.listOrgMachines('my-org', ALL, never);
      await expect(all).rejects.toMatchObject({ code: 'fly-bad-answer' });
      const last = await fly.listOrgMachines('my-org', { ...ALL, cursor: 'c1' }, never);
      expect(last.machines).toEqual([]);
    },
  );

  it.each([
    [{ error_regions: [7, 'gru', null] }, { errorRegions: ['gru'], lastUpdatedAtMs: null }],
    [{ error_regions: 'gru' }, { errorRegions: [] }],
    [{ last_updated_at: 'x' }, { lastUpdatedAtMs: null }],
    [{ last_updated_at: 7 }, { lastUpdatedAtMs: null }],
  ])('tells of its machines whatever is said beside them: %j', async (odd, expected) => {
    const { fly } = createTestFly(() => ({ json: { machines: [ENTRY], ...odd } }));
    const page = await fly.listOrgMachines('my-org', ALL, never);
    expect(page).toMatchObject({ machines: [{ id: ENTRY.id }], ...expected });
  });

  it('takes the time of the create for a machine without a later one', async () => {
    const { updated_at: _updated, ...young } = ENTRY;
    const { fly } = createTestFly(() => ({ json: { machines: [young] } }));
    const page = await fly.listOrgMachines('my-org', ALL, never);
    expect(page.machines[0]?.updatedAtMs).toBe(Date.UTC(2026, 5, 1, 2, 30, 10));
  });

  it.each([
    ['no time', { updated_at: '', created_at: undefined }, { updatedAtMs: 0 }],
    ['a time that is none', { updated_at: 'x' }, { updatedAtMs: Date.UTC(2026, 5, 1, 2, 30, 10) }],
    ['no region', { region: null }, { region: '' }],
    ['a state that is a number', { state: 7 }, { state: 'unknown' }],
    ['no id', { id: '' }, { id: '' }],
  ])('has one odd entry, of %s, as far as it goes beside the others', async (_, odd, expected) => {
    const { fly } = createTestFly(() => ({
      json: {
        machines: [
          { ...ENTRY, ...odd },
          { ...ENTRY, id: 'b' },
        ],
      },
    }));
    const page = await fly.listOrgMachines('my-org', ALL, never);
    expect(page.machines[0]).toMatchObject({ app: 'queue-worker-1', isOdd: true, ...expected });
    expect(page.machines[1]).toMatchObject({ id: 'b', version: ENTRY.version });
    expect(page.machines[1]).not.toHaveProperty('isOdd');
  });

  it.each([[null], ['x'], [{ ...ENTRY, app_name: null }]])(
    'leaves out an entry of which nobody can tell whose it is: %j',
    async (odd) => {
      const { fly } = createTestFly(() => ({ json: { machines: [odd, ENTRY] } }));
      const page = await fly.listOrgMachines('my-org', ALL, never);
      expect(page.machines.map(({ id }) => id)).toEqual([ENTRY.id]);
    },
  );

  it.each([
    [403, 'unauthorized', 'fly-forbidden'],
    [404, 'organization not found', 'fly-not-found'],
    [404, 'page not found', 'fly-bad-answer'],
  ])('says when it is not allowed: %i %s', async (status, error, code) => {
    const { fly } = createTestFly(() => ({ status, json: { error } }));
    await expect(fly.listOrgMachines('my-org', ALL, never)).rejects.toMatchObject({ code, status });
  });

  it('keeps to a request a second after a burst of three', async () => {
    const { fly, clock, requests } = createTestFly(() => ({ json: { machines: [] } }));
    const all = Promise.all(
      Array.from({ length: 5 }, () => fly.listOrgMachines('my-org', ALL, never)),
    );
    await clock.advance(0);
    expect(requests).toHaveLength(3);
    await clock.advance(1000);
    expect(requests).toHaveLength(4);
    await clock.runUntil(all);
  });
});

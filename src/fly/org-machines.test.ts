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
      expect(await fly.listOrgMachines('my-org', ALL, never)).toEqual({
        machines: [],
        nextCursor: null,
        lastUpdatedAtMs: null,
        errorRegions: [],
      });
    },
  );

  it('takes the time of the create for a machine without a later one, and refuses one without any', async () => {
    const { updated_at: _updated, ...young } = ENTRY;
    const { created_at: _created, ...timeless } = young;
    const { fly } = createTestFly((_, index) => ({
      json: { machines: [index === 0 ? young : timeless] },
    }));
    const page = await fly.listOrgMachines('my-org', ALL, never);
    expect(page.machines[0]?.updatedAtMs).toBe(Date.UTC(2026, 5, 1, 2, 30, 10));
    await expect(fly.listOrgMachines('my-org', ALL, never)).rejects.toMatchObject({
      code: 'fly-bad-answer',
    });
  });

  it.each([
    [403, 'fly-forbidden'],
    [404, 'fly-not-found'],
  ])('says when it is not allowed: %i', async (status, code) => {
    const { fly } = createTestFly(() => ({ status, json: { error: 'unauthorized' } }));
    await expect(fly.listOrgMachines('my-org', ALL, never)).rejects.toMatchObject({ code, status });
  });

  it('keeps to a request a second after a burst of three', async () => {
    const { fly, clock, requests } = createTestFly(() => ({ json: {} }));
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

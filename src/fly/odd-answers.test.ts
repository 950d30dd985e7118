/** Answers that Fly's own description allows, and pages of others that stand where Fly should. */
import { describe, expect, it } from 'vitest';
import { isGone } from '../core/machines/states.js';
import { createTestFly } from '../testing/fly-client.js';
import type { Reply } from '../testing/http-responder.js';

const never = new AbortController().signal;

const MACHINE = {
  id: 'm1',
  name: 'web-1',
  state: 'started',
  region: 'ord',
  version: '01J',
  created_at: '2026-06-01T02:30:10Z',
  host_status: 'ok',
  config: { image: 'i', metadata: { fly_process_group: 'web' } },
};

async function listed(...machines: unknown[]) {
  const { fly } = createTestFly(() => ({ json: machines }));
  return fly.listMachines('my-app', never);
}

describe('a machine is read in full', () => {
  it.each([
    ['an empty version beside the old name of it', { version: '', instance_id: '01K' }, '01K'],
    ['an empty time of its last change', { updated_at: '' }, '01J'],
    ['no name', { name: undefined }, '01J'],
  ])('with %s', async (_, odd, version) => {
    const [machine] = await listed({ ...MACHINE, ...odd });
    expect(machine).toMatchObject({ version, hostStatus: 'ok', region: 'ord' });
    expect(machine).not.toHaveProperty('unread');
  });

  it.each([
    [{}, { owner: '', description: '', expiresAtMs: null }],
    [
      { owner: 'flyctl', expires_at: null },
      { owner: 'flyctl', description: '', expiresAtMs: null },
    ],
  ])('with a lease that says little: %j is a lease', async (lease, expected) => {
    const [machine] = await listed({ ...MACHINE, lease });
    expect(machine).toMatchObject({ hostStatus: 'ok', lease: expected });
    expect(machine).not.toHaveProperty('unread');
  });
});

describe('a machine that cannot be read in full', () => {
  it.each([
    ['no region', { region: undefined }, 'region'],
    ['no time of its creation', { created_at: '' }, 'created_at'],
    ['no version at all', { version: '' }, 'version'],
    ['no state', { state: null }, 'state'],
    ['a number in its metadata', { config: { metadata: { a: 1 } } }, 'config.metadata.a'],
    ['a null in its metadata', { config: { metadata: { a: null } } }, 'config.metadata.a'],
    ['a null among its mounts', { config: { mounts: [null] } }, 'config.mounts.0'],
    ['a configuration that is none', { config: 'fm2_secret' }, 'config'],
    ['a lease that is none', { lease: 'mine' }, 'lease'],
  ])('for %s is there, out of sight, and says why', async (_, odd, unread) => {
    const machines = await listed({ ...MACHINE, ...odd }, { ...MACHINE, id: 'm2' });
    expect(machines.map(({ id }) => id)).toEqual(['m1', 'm2']);
    expect(machines[0]).toMatchObject({ unread, hostStatus: 'unknown', config: null });
    expect(machines[0]?.state).toBe(unread === 'state' ? 'unknown' : 'started');
    expect(machines[1]).not.toHaveProperty('unread');
  });

  it('is of its group, leased and on its way out, as far as that can be read', async () => {
    const metadata = { fly_process_group: 'web', a: 1 };
    const [machine] = await listed({
      ...MACHINE,
      config: { metadata },
      lease: { owner: 7 },
      host_status: 'unreachable',
    });
    expect(machine).toMatchObject({
      metadata: { fly_process_group: 'web' },
      lease: { owner: '' },
      hostStatus: 'unreachable',
    });
  });

  it('is nobody’s when it is a standby', async () => {
    const config = { standbys: ['m2'], metadata: { a: 1 } };
    expect((await listed({ ...MACHINE, config }))[0]?.config).toEqual({ standbys: ['m2'] });
  });

  it.each([[null], ['x'], [{}], [{ ...MACHINE, id: '' }], [{ ...MACHINE, id: 7 }]])(
    'is one more even without an id: %j',
    async (odd) => {
      const machines = await listed(odd, MACHINE, odd);
      expect(new Set(machines.map(({ id }) => id)).size).toBe(3);
      expect(machines.filter(({ unread }) => unread !== undefined)).toHaveLength(2);
      expect(machines.filter((machine) => isGone(machine))).toEqual([]);
    },
  );

  it('is known by the id that was asked for', async () => {
    const { fly } = createTestFly(() => ({ json: { ...MACHINE, id: null } }));
    const machine = await fly.getMachine('my-app', 'm1', never);
    expect(machine).toMatchObject({ id: 'm1', unread: 'id', hostStatus: 'unknown' });
  });

  it('is another one when the answer is about another', async () => {
    const { fly } = createTestFly(() => ({ json: MACHINE }));
    expect(await fly.getMachine('my-app', 'm9', never)).toMatchObject({ unread: 'id' });
  });

  it('leaves open what came of its create', async () => {
    const { fly } = createTestFly(() => ({ json: { ...MACHINE, region: null } }));
    const request = { name: 'fas-1', region: 'ord', config: {}, skipLaunch: false, leaseTtlMs: 0 };
    await expect(fly.createMachine('my-app', request, never)).rejects.toMatchObject({
      code: 'fly-bad-answer',
      isAmbiguous: true,
    });
  });
});

describe('a list that is null', () => {
  const answers =
    (first: Reply, record: unknown) =>
    ({ url }: { url: string }): Reply =>
      url.includes('/machines') ? first : { json: record };

  it.each([
    ['as many as the app’s own record has', { machine_count: 0 }, []],
    ['fewer than the app’s own record has', { machine_count: 3 }, 'fly-bad-answer'],
    ['what the app’s own record does not say', {}, 'fly-bad-answer'],
  ])('of machines, %s', async (_, record, expected) => {
    const { fly } = createTestFly(answers({ json: null }, record));
    const outcome = await fly
      .listMachines('my-app', never)
      .catch((error: { code?: string }) => error.code);
    expect(outcome).toEqual(expected);
  });

  it('of machines is an empty page beside a cursor', async () => {
    const { fly } = createTestFly((_, index) =>
      index === 0 ? { json: null, headers: { 'fly-next-cursor': 'c' } } : { json: [MACHINE] },
    );
    expect(await fly.listMachines('my-app', never)).toHaveLength(1);
  });

  it.each([
    [{ apps: null }, 'fly-bad-answer'],
    [{}, 'fly-bad-answer'],
    [{ apps: null, total_apps: 2 }, 'fly-bad-answer'],
    [{ apps: null, total_apps: 0 }, []],
  ])('of apps is believed when the answer says it twice: %j', async (json, expected) => {
    const { fly } = createTestFly(() => ({ json }));
    const outcome = await fly.listApps('o', never).catch((error: { code?: string }) => error.code);
    expect(outcome).toEqual(expected);
  });

  it('of apps is an empty page beside a cursor', async () => {
    const { fly } = createTestFly((_, index) => ({
      json: index === 0 ? { apps: null, next_cursor: 'c' } : { apps: [{ name: 'a' }] },
    }));
    expect(await fly.listApps('o', never)).toEqual([{ name: 'a', status: '' }]);
  });
});

it('an app of the list without a name is there without one, and no other suffers', async () => {
  const { fly } = createTestFly(() => ({
    json: { apps: [{ name: null }, null, { name: 'a', status: 7 }, { name: 'b' }] },
  }));
  const apps = await fly.listApps('o', never);
  expect(apps.map(({ name }) => name)).toEqual([null, null, 'a', 'b']);
});

it('a lease that does not say when it ends is taken', async () => {
  const { fly } = createTestFly(() => ({ json: { data: { nonce: 'abc' } } }));
  const lease = await fly.acquireLease('my-app', 'm1', 1000, 'd', never);
  expect(lease).toEqual({ nonce: 'abc', expiresAtMs: null });
});

describe('a release', () => {
  const release = { id: 'r1', version: 7, status: 'complete', createdAt: '2026-06-01T00:00:00Z' };
  const read = (odd: object) => {
    const currentRelease = { ...release, ...odd };
    const { fly, clock } = createTestFly(() => ({ json: { data: { app: { currentRelease } } } }));
    const outcome = fly.currentRelease('my-app', never);
    return clock.runUntil(outcome.catch((error: { code?: string }) => error.code));
  };

  it.each([
    [{ createdAt: null }],
    [{ createdAt: 'x' }],
    [{ version: undefined }],
    [{ version: 'seven' }],
    [{ status: 'running', version: null }],
  ])('that is odd in what a decision can do without is read: %j', async (odd) => {
    expect(await read(odd)).toMatchObject({ id: 'r1' });
  });

  it.each([[{ id: null }], [{ id: '' }], [{ status: 7 }], [{ status: 'running', createdAt: '' }]])(
    'that is odd in what decides cannot be read: %j',
    async (odd) => {
      expect(await read(odd)).toBe('fly-bad-answer');
    },
  );
});

describe('404', () => {
  const PAGES: Reply[] = [
    { status: 404, body: '<html><title>404 Not Found</title></html>' },
    { status: 404, body: '404 page not found' },
    { status: 404, body: '' },
    { status: 404, json: { message: 'no Route matched with those values' } },
    { status: 404, json: { error: 'Not Found', path: '/v1/apps/my-app/machines' } },
    { status: 404, json: { error: 'The requested URL /v1/apps/my-app was not found' } },
    { status: 404, json: { detail: 'Not Found' } },
  ];

  it.each(PAGES)('%j does not say that an app or a machine is gone', async (page) => {
    const { fly } = createTestFly(() => page);
    const failed = { code: 'fly-bad-answer', status: 404, isAmbiguous: false };
    await expect(fly.listMachines('my-app', never)).rejects.toMatchObject(failed);
    await expect(fly.getMachine('my-app', 'm1', never)).rejects.toMatchObject(failed);
    const unsure = { code: 'fly-bad-answer', isAmbiguous: true };
    await expect(fly.destroyMachine('my-app', 'm1', null, never)).rejects.toMatchObject(unsure);
  });

  it.each(['app not found', 'not_found: app my-app not found', 'Could not find App "my-app"'])(
    'says that an app is gone in Fly’s own words: %s',
    async (error) => {
      const { fly } = createTestFly(() => ({ status: 404, json: { error } }));
      const gone = { code: 'fly-not-found' };
      await expect(fly.listMachines('my-app', never)).rejects.toMatchObject(gone);
      await expect(fly.getMachine('my-app', 'm1', never)).rejects.toMatchObject(gone);
    },
  );

  it.each([
    'machine not found',
    'not_found: machine not found',
    'Could not find Machine',
    'not_found: 3d8d413b29d089 does not exist',
  ])('says that a machine is gone in Fly’s own words: %s', async (error) => {
    const { fly } = createTestFly(() => ({ status: 404, json: { error } }));
    expect(await fly.getMachine('my-app', 'm1', never)).toBeNull();
  });

  it('for volumes alone does not say that the app is gone', async () => {
    const { fly } = createTestFly(() => ({ status: 404, json: { error: 'app not found' } }));
    const failed = { code: 'fly-volume-unavailable', status: 404 };
    await expect(fly.listVolumes('my-app', never)).rejects.toMatchObject(failed);
  });
});

import { describe, expect, it } from 'vitest';
import { HttpFailure } from '../seams/http.js';
import { createTestFly, TEST_TOKEN } from '../testing/fly-client.js';
import type { Reply } from '../testing/http-responder.js';

const never = new AbortController().signal;

const MACHINE = {
  id: '3d8d413b29d089',
  name: 'aged-wind-2649',
  state: 'started',
  region: 'ord',
  image_ref: {
    registry: 'registry.fly.io',
    repository: 'queue-worker',
    tag: 'deployment-01JX3',
    digest: 'sha256:5615ef42',
    labels: {},
  },
  instance_id: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
  version: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
  created_at: '2026-06-01T02:30:10Z',
  updated_at: '2026-06-01T02:35:26.123456789Z',
  config: {
    env: { PRIMARY_REGION: 'ord' },
    guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 256 },
    metadata: { fly_process_group: 'app', fly_release_version: '63' },
    image: 'registry.fly.io/queue-worker:deployment-01JX3',
    services: [{ protocol: 'tcp', internal_port: 8080, autostop: 'suspend', autostart: true }],
    stop_config: { timeout: 30_000_000_000 },
    unknown_to_us: { kept: [1, 2] },
  },
  events: [
    { id: 'e3', type: 'start', status: 'started', timestamp: 1_748_745_326_615 },
    {
      id: 'e2',
      type: 'exit',
      status: 'stopped',
      timestamp: 1_748_745_325_000,
      request: {
        MonitorEvent: { exit_event: { exit_code: 137, oom_killed: true, requested_stop: false } },
      },
    },
    {
      id: 'e1',
      type: 'exit',
      timestamp: 1_748_745_324_000,
      request: { exit_event: { exit_code: 0, oom_killed: false, requested_stop: true } },
    },
    { id: 'e0', type: 'launch', status: 'created', timestamp: 1_748_745_323_203 },
  ],
  host_status: 'ok',
  cordoned: false,
  nonce: '',
  future_field: 1,
};

function cursor(value: string): Record<string, string> {
  return value === '' ? {} : { 'fly-next-cursor': value };
}

describe('listing machines', () => {
  it('asks with the macaroons, for the leases, and gives the whole machine', async () => {
    const { fly, requests } = createTestFly(() => ({ json: [MACHINE] }));
    const machines = await fly.listMachines('queue-worker', never);
    expect(requests).toEqual([
      {
        method: 'GET',
        url: 'https://api.machines.dev/v1/apps/queue-worker/machines?include_leases=true',
        headers: {
          accept: 'application/json',
          authorization: TEST_TOKEN,
          'user-agent': 'fly-autoscaler/1.0.0',
        },
      },
    ]);
    expect(machines).toEqual([
      {
        id: '3d8d413b29d089',
        name: 'aged-wind-2649',
        state: 'started',
        region: 'ord',
        version: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
        createdAtMs: Date.UTC(2026, 5, 1, 2, 30, 10),
        updatedAtMs: Date.UTC(2026, 5, 1, 2, 35, 26, 123),
        hostStatus: 'ok',
        isCordoned: false,
        metadata: MACHINE.config.metadata,
        config: MACHINE.config,
        imageRef: 'registry.fly.io/queue-worker:deployment-01JX3@sha256:5615ef42',
        lastExit: {
          atMs: 1_748_745_325_000,
          exitCode: 137,
          isOomKilled: true,
          wasRequested: false,
        },
      },
    ]);
  });

  it.each([
    [{ registry: 'r', repository: 'a', tag: 't', digest: 'sha256:x' }, 'r/a:t@sha256:x'],
    [{ registry: 'r', repository: 'a', tag: '', digest: 'sha256:x' }, 'r/a@sha256:x'],
    [{ registry: 'r', repository: 'a', tag: 't', digest: '' }, null],
    [{ repository: 'a', tag: 't', digest: 'sha256:x' }, null],
    [{}, null],
    [null, null],
  ])('pins the image %j as %j', async (image, expected) => {
    const { fly } = createTestFly(() => ({ json: [{ ...MACHINE, image_ref: image }] }));
    expect((await fly.listMachines('a', never))[0]?.imageRef).toBe(expected);
  });

  it('tells who holds the lease, and until when', async () => {
    const lease = { owner: 'hello@fly.io', description: 'deploy', expires_at: 1_708_569_778 };
    const { fly } = createTestFly(() => ({ json: [{ ...MACHINE, lease }] }));
    expect((await fly.listMachines('a', never))[0]?.lease).toEqual({
      owner: 'hello@fly.io',
      description: 'deploy',
      expiresAtMs: 1_708_569_778_000,
    });
  });

  it('knows the metadata of a machine on a lost host, but has no configuration to clone', async () => {
    const { config, ...rest } = MACHINE;
    const lost = { ...rest, host_status: 'unreachable', incomplete_config: config };
    const { fly } = createTestFly(() => ({
      json: [
        lost,
        { ...lost, id: 'b', incomplete_config: null, events: undefined },
        { ...MACHINE, id: 'c', host_status: 'unreachable' },
      ],
    }));
    const machines = await fly.listMachines('a', never);
    expect(machines[2]).toMatchObject({ config: null, metadata: config.metadata });
    expect(machines[0]).toMatchObject({
      hostStatus: 'unreachable',
      config: null,
      metadata: config.metadata,
    });
    expect(machines[1]).toMatchObject({ config: null, metadata: {} });
  });

  it('takes a host state that it does not know, or none beside no configuration, for unknown', async () => {
    const { config: _, host_status: __, ...rest } = MACHINE;
    const { fly } = createTestFly(() => ({
      json: [
        { ...MACHINE, host_status: 'new' },
        { ...rest, id: 'b' },
      ],
    }));
    const machines = await fly.listMachines('a', never);
    expect(machines.map((each) => each.hostStatus)).toEqual(['unknown', 'unknown']);
  });

  it('reads nulls of the configuration as absent', async () => {
    const config = { ...MACHINE.config, mounts: null, standbys: null, schedule: null };
    const { fly } = createTestFly(() => ({ json: [{ ...MACHINE, config }] }));
    expect((await fly.listMachines('a', never))[0]?.config).toEqual(MACHINE.config);
  });

  it('follows the cursor through short and empty pages, the later reading counting', async () => {
    const { fly, requests } = createTestFly((_, index) => ({
      headers: cursor(index < 2 ? `c/${index}` : ''),
      json: [
        [MACHINE],
        [],
        [
          { ...MACHINE, state: 'stopped' },
          { ...MACHINE, id: 'b' },
        ],
      ][index],
    }));
    const machines = await fly.listMachines('a', never);
    expect(machines.map((each) => [each.id, each.state])).toEqual([
      ['3d8d413b29d089', 'stopped'],
      ['b', 'started'],
    ]);
    expect(requests[2]?.url).toContain('?include_leases=true&limit=1000&cursor=c%2F1');
  });

  it('does not run in circles', async () => {
    const { fly } = createTestFly(() => ({ headers: { 'fly-next-cursor': 'same' }, json: [] }));
    await expect(fly.listMachines('a', never)).rejects.toMatchObject({ code: 'fly-bad-answer' });
  });

  it('rejects whole when a later page fails', async () => {
    const { fly } = createTestFly((_, index) =>
      index === 0
        ? { headers: { 'fly-next-cursor': 'next' }, json: [MACHINE] }
        : { status: 401, json: { error: 'token expired' } },
    );
    await expect(fly.listMachines('a', never)).rejects.toMatchObject({ code: 'fly-unauthorized' });
  });

  it.each([
    ['no list', { machines: [] }],
    ['a text', 'fm2_secret'],
  ])('is a bad answer for %s', async (_, json) => {
    const { fly } = createTestFly(() => ({ json, headers: { 'fly-request-id': 'r1' } }));
    const failed = fly.listMachines('a', never);
    await expect(failed).rejects.toMatchObject({ code: 'fly-bad-answer', requestId: 'r1' });
    await expect(failed).rejects.toThrow('expected array');
    await expect(failed).rejects.not.toThrow('secret');
  });

  it('reads a version from the old name, and passes over events that it does not understand', async () => {
    const old = { ...MACHINE, version: undefined, events: [null, 'x', { type: 'exit' }] };
    const { fly } = createTestFly(() => ({ json: [old] }));
    const [machine] = await fly.listMachines('a', never);
    expect(machine?.version).toBe(MACHINE.instance_id);
    expect(machine?.lastExit).toBeUndefined();
  });
});

describe('whether a machine has never run', () => {
  const launch = { type: 'launch', status: 'created', source: 'user', timestamp: 1 };
  const event = (type: string, status: string): object => ({ type, status, timestamp: 2 });

  it.each<[string, unknown, true | undefined]>([
    ['made and left', [launch], true],
    ['left stopped by an update', [event('update', 'stopped'), launch], true],
    ['on its way up', [event('start', 'starting'), launch], true],
    ['started', [event('start', 'started'), launch], undefined],
    ['ended', [event('exit', 'stopped'), launch], undefined],
    ['stopped by somebody before it ran', [event('stop', 'stopping'), launch], undefined],
    ['the launch is not among its events', [event('update', 'stopped')], undefined],
    ['no events', undefined, undefined],
    ['events that nobody understands', [null, 'x', launch], true],
  ])('%s', async (_name, events, expected) => {
    const { fly } = createTestFly(() => ({ json: [{ ...MACHINE, events }] }));
    expect((await fly.listMachines('a', never))[0]?.neverRan).toBe(expected);
  });
});

describe('reading one machine', () => {
  it('gives null for one that does not exist', async () => {
    const { fly, requests } = createTestFly((_, index) =>
      index === 0 ? { json: MACHINE } : { status: 404, json: { error: 'machine not found' } },
    );
    expect((await fly.getMachine('a', 'x/y', never))?.id).toBe(MACHINE.id);
    expect(await fly.getMachine('a', 'b', never)).toBeNull();
    expect(requests[0]?.url).toContain('/v1/apps/a/machines/x%2Fy?include_leases=true');
  });
});

describe('reads', () => {
  it.each<[string, Reply]>([
    ['408', { status: 408 }],
    ['429', { status: 429, json: { error: 'rate limit exceeded' } }],
    ['500', { status: 500 }],
    ['503', { status: 503, body: '<html>' }],
    ['a broken connection', new HttpFailure('reset', 'ECONNRESET')],
    ['a body cut short', new HttpFailure('truncated', 'closed')],
    ['an answer that is not JSON', { body: '<html>' }],
  ])('are asked again after %s', async (_, reply) => {
    const { fly, clock, requests } = createTestFly((__, index) =>
      index < 2 ? reply : { json: [] },
    );
    await expect(clock.runUntil(fly.listMachines('a', never))).resolves.toEqual([]);
    expect(requests).toHaveLength(3);
  });

  it('wait as long as Fly asks', async () => {
    const { fly, clock } = createTestFly((_, index) =>
      index === 0 ? { status: 429, headers: { 'retry-after': '12' } } : { json: [] },
    );
    await clock.runUntil(fly.listMachines('a', never));
    expect(clock.elapsedMs()).toBe(12_000);
  });

  it('end at the deadline when no answer comes, and leave no timer behind', async () => {
    const { fly, clock, requests } = createTestFly(() => 'silence');
    const list = clock.runUntil(fly.listMachines('a', never));
    await expect(list).rejects.toMatchObject({ code: 'fly-timeout', isAmbiguous: false });
    expect([clock.elapsedMs(), requests.length, clock.pendingTimers]).toEqual([10_000, 1, 0]);
  });

  it("end with the caller's reason when the caller gives up", async () => {
    const { fly, clock } = createTestFly(() => 'silence');
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const outcome = expect(fly.listMachines('a', controller.signal)).rejects.toBe(reason);
    await clock.advance(100);
    controller.abort(reason);
    await outcome;
    expect(clock.pendingTimers).toBe(0);
  });

  it('keep to one list a second for each app, page by page', async () => {
    const { fly, clock, requests } = createTestFly((_, index) => ({
      headers: cursor(index < 5 ? `${index}` : ''),
      json: [],
    }));
    await clock.runUntil(fly.listMachines('a', never));
    expect([requests.length, clock.elapsedMs()]).toEqual([6, 3000]);
  });
});

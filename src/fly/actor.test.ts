import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HttpFailure } from '../seams/http.js';
import { createTestFly, TEST_TOKEN } from '../testing/fly-client.js';
import type { Reply } from '../testing/http-responder.js';
import type { CreateRequest, FlyActor } from '../seams/fly.js';

const never = new AbortController().signal;

const MACHINE = {
  id: 'm1',
  name: 'fas-1',
  state: 'created',
  region: 'ord',
  version: 'v1',
  created_at: '2026-06-01T02:30:10Z',
  config: { image: 'i' },
  nonce: '5c35f65c9f95',
};

const CREATE: CreateRequest = {
  name: 'fas-1',
  region: 'ord',
  config: { image: 'i', metadata: { 'fas-launch-id': 'fas-1' } },
  skipLaunch: true,
  leaseTtlMs: 29_500,
};

const CALLS: Record<string, [(fly: FlyActor) => Promise<unknown>, string, string?]> = {
  start: [(fly) => fly.startMachine('a', 'm1', 'n', never), 'POST /start'],
  stop: [(fly) => fly.stopMachine('a', 'm1', 'n', never), 'POST /stop', '{}'],
  suspend: [(fly) => fly.suspendMachine('a', 'm1', 'n', never), 'POST /suspend'],
  destroy: [(fly) => fly.destroyMachine('a', 'm1', 'n', never), 'DELETE '],
  'destroy by force': [(fly) => fly.destroyByForce('a', 'm1', 'n', never), 'DELETE ?force=true'],
  cordon: [(fly) => fly.cordonMachine('a', 'm1', 'n', never), 'POST /cordon'],
  uncordon: [(fly) => fly.uncordonMachine('a', 'm1', 'n', never), 'POST /uncordon'],
  'patch metadata': [
    (fly) => fly.patchMetadata('a', 'm1', { x: '1', y: null }, 'n', never),
    'PATCH /metadata',
    '{"metadata":{"x":"1","y":null}}',
  ],
  'release lease': [(fly) => fly.releaseLease('a', 'm1', 'n', never), 'DELETE /lease'],
};

describe.each(Object.entries(CALLS))('%s', (_, [call, expected, body]) => {
  const [method, below] = expected.split(' ');

  it('is sent with the nonce to its own machine', async () => {
    const { fly, requests } = createTestFly(() => ({ json: { ok: true } }));
    await call(fly);
    expect(requests).toEqual([
      {
        method,
        url: `https://api.machines.dev/v1/apps/a/machines/m1${below}`,
        headers: expect.objectContaining({
          authorization: TEST_TOKEN,
          'fly-machine-lease-nonce': 'n',
        }),
        ...(body === undefined ? {} : { body }),
      },
    ]);
    expect(requests[0]?.headers['content-type']).toBe(
      body === undefined ? undefined : 'application/json',
    );
  });

  it('takes an empty body for a success', async () => {
    const { fly } = createTestFly(() => ({ status: 204 }));
    await expect(call(fly)).resolves.toBeUndefined();
  });

  it.each<[string, Reply, string]>([
    ['408', { status: 408 }, 'fly-timeout'],
    ['500', { status: 500 }, 'fly-unavailable'],
    ['502', { status: 502, body: '<html>' }, 'fly-unavailable'],
    ['a broken connection', new HttpFailure('reset', 'ECONNRESET'), 'fly-unreachable'],
    ['a body cut short', new HttpFailure('truncated', 'closed'), 'fly-bad-answer'],
    ['a success that is not JSON', { body: '<html>' }, 'fly-bad-answer'],
    ['silence', 'silence', 'fly-timeout'],
  ])('is not sent again after %s, and open', async (__, reply, code) => {
    const { fly, clock, requests } = createTestFly(() => reply);
    await expect(clock.runUntil(call(fly))).rejects.toMatchObject({ code, isAmbiguous: true });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ['429', { status: 429 }],
    ['a refused connection', new HttpFailure('refused', 'ECONNREFUSED')],
  ])('is sent again after %s', async (__, reply) => {
    const { fly, clock, requests } = createTestFly((___, index) =>
      index === 0 ? reply : { json: {} },
    );
    await clock.runUntil(call(fly));
    expect(requests).toHaveLength(2);
  });
});

describe('what has been done already', () => {
  it('is a success of start', async () => {
    const error = 'aborted: machine still attempting to start';
    const { fly } = createTestFly(() => ({ status: 409, json: { error } }));
    await expect(fly.startMachine('a', 'm1', null, never)).resolves.toBeUndefined();
  });

  it('is a success of destroy and of the release of a lease', async () => {
    const { fly } = createTestFly(() => ({ status: 404, json: { error: 'machine not found' } }));
    await fly.destroyMachine('a', 'm1', null, never);
    await fly.destroyByForce('a', 'm1', null, never);
    await fly.releaseLease('a', 'm1', 'n', never);
    await expect(fly.stopMachine('a', 'm1', null, never)).rejects.toMatchObject({
      code: 'fly-not-found',
    });
  });

  it('is a success of the release of a lease that somebody else holds by now', async () => {
    const message = 'machine ID m1 lease currently held by x, expires at y';
    const { fly } = createTestFly(() => ({ status: 409, json: { status: 'error', message } }));
    await fly.releaseLease('a', 'm1', 'n', never);
    await expect(fly.startMachine('a', 'm1', null, never)).rejects.toMatchObject({
      code: 'fly-lease-held',
    });
  });
});

describe('destroying a machine that runs again', () => {
  it('is a precondition that failed, and nothing is forced', async () => {
    const error = 'failed_precondition: unable to destroy machine, not currently stopped';
    const { fly, requests } = createTestFly(() => ({ status: 412, json: { error } }));
    await expect(fly.destroyMachine('a', 'm1', null, never)).rejects.toMatchObject({
      code: 'fly-precondition',
      isAmbiguous: false,
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).not.toHaveProperty('fly-machine-lease-nonce');
  });
});

describe('creating a machine', () => {
  it('sends name, region, configuration and the lease in whole seconds', async () => {
    const { fly, requests } = createTestFly(() => ({ json: MACHINE }));
    const { machine, nonce } = await fly.createMachine('a', CREATE, never);
    expect(requests[0]).toMatchObject({ method: 'POST' });
    expect(requests[0]?.url).toBe('https://api.machines.dev/v1/apps/a/machines');
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      name: 'fas-1',
      region: 'ord',
      skip_launch: true,
      lease_ttl: 30,
      config: CREATE.config,
    });
    expect(machine).toMatchObject({ id: 'm1', version: 'v1', state: 'created' });
    expect(nonce).toBe('5c35f65c9f95');
  });

  it('is open when the answer is not a machine', async () => {
    for (const json of [{ ...MACHINE, id: 7 }, [], undefined]) {
      const { fly, requests } = createTestFly(() => ({ json }));
      await expect(fly.createMachine('a', CREATE, never)).rejects.toMatchObject({
        code: 'fly-bad-answer',
        isAmbiguous: true,
      });
      expect(requests).toHaveLength(1);
    }
  });

  it('is never sent twice when it may have worked', async () => {
    for (const reply of [{ status: 503 }, new HttpFailure('reset', 'x'), 'silence'] as const) {
      const { fly, clock, requests } = createTestFly(() => reply);
      const created = clock.runUntil(fly.createMachine('a', CREATE, never));
      await expect(created).rejects.toMatchObject({ isAmbiguous: true });
      expect(requests).toHaveLength(1);
    }
  });

  it('goes at most once a second in one app after a burst of three', async () => {
    const { fly, clock, requests } = createTestFly(() => ({ json: MACHINE }));
    const many = Array.from({ length: 5 }, () => fly.createMachine('a', CREATE, never));
    await clock.runUntil(Promise.all(many));
    expect([requests.length, clock.elapsedMs()]).toEqual([5, 2000]);
  });

  it('never reached Fly when the caller gave up while it waited for its turn', async () => {
    const { fly, requests } = createTestFly(() => ({ json: MACHINE }));
    await Promise.all([1, 2, 3].map(() => fly.createMachine('a', CREATE, never)));
    const controller = new AbortController();
    const waiting = fly.createMachine('a', CREATE, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(requests).toHaveLength(3);
  });
});

describe('leases', () => {
  const data = { nonce: 'abc', expires_at: 1_708_569_778, owner: 'x', version: 'v' };

  it.each([{ status: 'success', data }, data])('are read from %j', async (json) => {
    const { fly, requests } = createTestFly(() => ({ status: 201, json }));
    const lease = { nonce: 'abc', expiresAtMs: 1_708_569_778_000 };
    expect(await fly.acquireLease('a', 'm1', 30_000, 'fly-autoscaler i', never)).toEqual(lease);
    expect(await fly.refreshLease('a', 'm1', 'abc', 30_000, never)).toEqual(lease);
    expect(requests.map((each) => each.body)).toEqual([
      '{"ttl":30,"description":"fly-autoscaler i"}',
      '{"ttl":30}',
    ]);
    expect(requests.map((each) => each.headers['fly-machine-lease-nonce'])).toEqual([
      undefined,
      'abc',
    ]);
  });

  it('without a nonce are a bad answer', async () => {
    const { fly } = createTestFly(() => ({ json: { status: 'success', data: {} } }));
    await expect(fly.acquireLease('a', 'm1', 1, 'd', never)).rejects.toMatchObject({
      code: 'fly-bad-answer',
      isAmbiguous: true,
    });
  });
});

it('creates a volume', async () => {
  const volume = { id: 'vol_1', name: 'data', region: 'ord', state: 'created', size_gb: 3 };
  const { fly, requests } = createTestFly(() => ({ json: volume }));
  const request = { name: 'data', region: 'ord', sizeGb: 3, isEncrypted: true };
  expect(await fly.createVolume('a', request, never)).toMatchObject({ id: 'vol_1' });
  expect(requests[0]?.url).toBe('https://api.machines.dev/v1/apps/a/volumes');
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    name: 'data',
    region: 'ord',
    size_gb: 3,
    encrypted: true,
  });
});

it('shows no secret in any error, wherever Fly or the network repeats it', async () => {
  const leaks: Reply[] = [
    { status: 400, json: { error: `bad header ${TEST_TOKEN}` } },
    { status: 401, body: 'fm2_permission is not valid' },
    { status: 409, json: { message: 'lease currently held by fo1_somebody' } },
    new HttpFailure('reset', 'while sending fm2_discharge'),
  ];
  for (const reply of leaks) {
    const { fly } = createTestFly(() => reply);
    const error: unknown = await fly
      .createMachine('a', CREATE, never)
      .catch((each: unknown) => each);
    expect((error as Error).message).toContain('[redacted]');
    expect(inspect(error)).not.toMatch(/permission|discharge|somebody/);
  }
});

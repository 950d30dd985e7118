import { describe, expect, it } from 'vitest';
import { createBench } from '../testing/simulator-calls.js';
import type { Bench } from '../testing/simulator-calls.js';
import type { SimMachine, SimState } from './index.js';

function appBench(): Bench {
  const bench = createBench();
  bench.simulator.world.addApp('shop', { machines: 0 });
  return bench;
}

function add(bench: Bench, state: SimState, config = {}): SimMachine {
  return bench.simulator.world.addMachine('shop', { state, config });
}

const of = (machine: SimMachine): string => `/v1/apps/shop/machines/${machine.id}`;
const errorOf = (body: string): unknown => (JSON.parse(body) as { error: unknown }).error;

describe('create', () => {
  it('goes from created over starting to started', async () => {
    const bench = appBench();
    const config = { image: 'registry.fly.io/shop:1' };
    const made = await bench.json<{ id: string; state: string }>('POST /v1/apps/shop/machines', {
      body: { config },
    });
    expect(made.state).toBe('created');
    const stateNow = (): string => bench.simulator.world.machine('shop', made.id)!.state;
    await bench.clock.advance(2000);
    bench.simulator.catchUp();
    expect(stateNow()).toBe('starting');
    await bench.clock.advance(1000);
    expect((await bench.json(`GET /v1/apps/shop/machines/${made.id}`))['state']).toBe('started');
  });

  it('ends as stopped with skip_launch', async () => {
    const bench = appBench();
    const body = { config: { image: 'shop' }, skip_launch: true };
    const made = await bench.json('POST /v1/apps/shop/machines', { body });
    expect(made['state']).toBe('created');
    await bench.clock.advance(2000);
    const path = `/v1/apps/shop/machines/${String(made['id'])}`;
    expect((await bench.json(`GET ${path}`))['state']).toBe('stopped');
  });

  it.each([
    ['failed', 'failed'],
    ['vanishes', 'destroying'],
  ] as const)('that %s shows %s', async (outcome, state) => {
    const bench = appBench();
    bench.simulator.faults.setCreateFailures(1, outcome);
    const made = await bench.json('POST /v1/apps/shop/machines', {
      body: { config: { image: 'shop' } },
    });
    await bench.clock.advance(2000);
    bench.simulator.catchUp();
    expect(bench.simulator.world.machine('shop', String(made['id']))!.state).toBe(state);
  });

  it('refuses a name that is in use, and takes it again after the machine is gone', async () => {
    const bench = appBench();
    const body = { name: 'fas-1', config: { image: 'shop' } };
    const made = await bench.json('POST /v1/apps/shop/machines', { body });
    const again = await bench.call('POST /v1/apps/shop/machines', { body });
    expect(again.status).toBe(409);
    expect(errorOf(again.body)).toMatch(/^already_exists: unique machine name violation/);
    await bench.json(`DELETE /v1/apps/shop/machines/${String(made['id'])}?force=true`);
    await bench.clock.advance(1000);
    expect((await bench.call('POST /v1/apps/shop/machines', { body })).status).toBe(200);
  });

  it('is refused in a full region and over the limit of the organization, until healed', async () => {
    const bench = appBench();
    const body = { region: 'lhr', config: { image: 'shop' } };
    bench.simulator.faults.setRegionLimit('lhr', 0);
    const full = await bench.call('POST /v1/apps/shop/machines', { body });
    expect([full.status, JSON.parse(full.body)]).toEqual([
      422,
      { error: 'could not find a candidate host', status: 'insufficient_capacity' },
    ]);
    bench.simulator.faults.clear();
    bench.simulator.faults.setOrgLimit('my-org', 0);
    const over = await bench.call('POST /v1/apps/shop/machines', { body });
    expect(over.status).toBe(422);
    expect(errorOf(over.body)).toMatch(/reached its machine limit/);
    bench.simulator.faults.clear();
    expect((await bench.call('POST /v1/apps/shop/machines', { body })).status).toBe(200);
    expect(bench.simulator.world.machines('shop')).toHaveLength(1);
  });

  it('writes autostop as a boolean but for suspend', async () => {
    const bench = appBench();
    const services = [{ autostop: 'stop' }, { autostop: 'off' }, { autostop: 'suspend' }];
    const made = await bench.json<{ config: { services: { autostop: unknown }[] } }>(
      'POST /v1/apps/shop/machines',
      { body: { config: { image: 'shop', services } } },
    );
    expect(made.config.services.map(({ autostop }) => autostop)).toEqual([true, false, 'suspend']);
  });

  it('wants an image and an object', async () => {
    const bench = appBench();
    const path = 'POST /v1/apps/shop/machines';
    expect((await bench.call(path, { body: { config: {} } })).status).toBe(400);
    expect((await bench.call(path, { body: {} })).status).toBe(400);
    expect((await bench.call(path, { body: '[]' })).body).toContain('cannot unmarshal array');
  });
});

describe('start', () => {
  it.each([
    ['stopped', 200, 'stopped'],
    ['suspended', 200, 'suspended'],
    ['started', 200, 'started'],
    ['created', 412, "unable to start machine from current state: 'created'"],
    ['replacing', 412, 'machine getting replaced, refusing to start'],
    ['stopping', 412, "unable to start machine from current state: 'stopping'"],
  ] as const)('of a %s machine answers %d', async (state, status, text) => {
    const bench = appBench();
    const response = await bench.call(`POST ${of(add(bench, state))}/start`);
    expect(response.status).toBe(status);
    const body = JSON.parse(response.body) as Record<string, string>;
    expect(body['previous_state'] ?? body['error']).toContain(text);
  });

  it('is refused while the host still cleans up after a stop', async () => {
    const bench = appBench();
    const machine = add(bench, 'started');
    await bench.json(`POST ${of(machine)}/stop`, { body: {} });
    await bench.clock.advance(1000);
    expect((await bench.json(`GET ${of(machine)}`))['state']).toBe('stopped');
    const early = await bench.call(`POST ${of(machine)}/start`);
    expect(early.status).toBe(412);
    expect(errorOf(early.body)).toMatch(/machine still active, refusing to start/);
    await bench.clock.advance(700);
    expect((await bench.call(`POST ${of(machine)}/start`)).status).toBe(200);
  });

  it('answers 409 when it is configured to, and on a full host', async () => {
    const bench = createBench({ repeatedStart: 'conflict', hasRateLimits: false });
    bench.simulator.world.addApp('shop', { machines: 1 });
    const [running] = bench.simulator.world.machines('shop');
    const again = await bench.call(`POST ${of(running!)}/start`);
    expect([again.status, errorOf(again.body)]).toEqual([
      409,
      'aborted: machine still attempting to start',
    ]);
    const stopped = add(bench, 'stopped');
    bench.simulator.faults.setHostFull(stopped.host.id, true);
    const full = await bench.call(`POST ${of(stopped)}/start`);
    expect(full.status).toBe(409);
    expect(errorOf(full.body)).toMatch(/could not reserve resource/);
  });
});

describe('stop and suspend', () => {
  it('ends at the machine’s own timeout at the latest, as killed', async () => {
    const bench = createBench({ delaysMs: { stopping: [60_000, 60_000] } });
    bench.simulator.world.addApp('shop', {
      machines: 1,
      config: { stop_config: { timeout: '10s' } },
    });
    const [machine] = bench.simulator.world.machines('shop');
    // The client of the original writes a timeout that was not given as "0s".
    await bench.json(`POST ${of(machine!)}/stop`, { body: { timeout: '0s' } });
    await bench.clock.advance(9999);
    bench.simulator.catchUp();
    expect(machine!.state).toBe('stopping');
    await bench.clock.advance(1);
    bench.simulator.catchUp();
    expect(machine!.state).toBe('stopped');
    const exit = machine!.events.find(({ type }) => type === 'exit');
    expect(exit?.request).toMatchObject({ exit_event: { exit_code: 137, requested_stop: true } });
  });

  it('takes a timeout of the request before its own', async () => {
    const bench = createBench({ delaysMs: { stopping: [60_000, 60_000] } });
    bench.simulator.world.addApp('shop', { machines: 1 });
    const [machine] = bench.simulator.world.machines('shop');
    await bench.json(`POST ${of(machine!)}/stop`, { body: { timeout: '1m', signal: 'SIGTERM' } });
    await bench.clock.advance(59_000);
    bench.simulator.catchUp();
    expect(machine!.state).toBe('stopping');
  });

  it('of a suspended machine throws the snapshot away at once', async () => {
    const bench = appBench();
    const machine = add(bench, 'suspended');
    await bench.json(`POST ${of(machine)}/stop`);
    expect(machine.state).toBe('stopped');
  });

  it.each([
    [{ guest: { memory_mb: 4096 } }, 'too much memory'],
    [{ init: { swap_size_mb: 512 } }, 'machine has swap'],
    [{ guest: { gpu_kind: 'a10' } }, 'machine has a GPU'],
    [{ schedule: 'daily' }, 'machine has a schedule'],
  ])('refuses to suspend a machine with %j', async (config, words) => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 0 });
    const machine = bench.simulator.world.addMachine('shop', { config });
    const answer = await bench.call(`POST ${of(machine)}/suspend`);
    expect([answer.status, answer.body]).toEqual([412, expect.stringContaining(words)]);
    expect(machine.state).toBe('started');
  });

  it('suspends and resumes', async () => {
    const bench = appBench();
    const machine = add(bench, 'started');
    await bench.json(`POST ${of(machine)}/suspend`);
    expect(machine.state).toBe('suspending');
    await bench.clock.advance(500);
    await bench.json(`POST ${of(machine)}/start`);
    await bench.clock.advance(300);
    bench.simulator.catchUp();
    expect(machine.state).toBe('started');
  });

  it('refuses to suspend what does not run', async () => {
    const bench = appBench();
    expect((await bench.call(`POST ${of(add(bench, 'stopped'))}/suspend`)).status).toBe(412);
  });
});

describe('delete', () => {
  it.each(['stopped', 'suspended', 'failed', 'created'] as const)(
    'of a %s machine needs no force',
    async (state) => {
      const bench = appBench();
      expect((await bench.call(`DELETE ${of(add(bench, state))}`)).status).toBe(200);
    },
  );

  it.each(['?force=true', '?kill=true'])('of a started machine wants %s', async (query) => {
    const bench = appBench();
    const machine = add(bench, 'started');
    const refused = await bench.call(`DELETE ${of(machine)}`);
    expect([refused.status, errorOf(refused.body)]).toEqual([
      412,
      'failed_precondition: unable to destroy machine, not currently stopped, suspended, failed or created',
    ]);
    expect((await bench.call(`DELETE ${of(machine)}${query}`)).status).toBe(200);
    expect(machine.state).toBe('destroying');
  });

  it('shows destroyed for ten seconds, then 404; lists leave it out unless asked', async () => {
    const bench = appBench();
    const machine = add(bench, 'stopped');
    await bench.json(`DELETE ${of(machine)}`);
    await bench.clock.advance(1000);
    expect((await bench.json(`GET ${of(machine)}`))['state']).toBe('destroyed');
    expect(await bench.json('GET /v1/apps/shop/machines')).toEqual([]);
    expect(await bench.json('GET /v1/apps/shop/machines?include_deleted=true')).toHaveLength(1);
    expect((await bench.call(`DELETE ${of(machine)}`)).status).toBe(404);
    await bench.clock.advance(10_000);
    expect((await bench.call(`GET ${of(machine)}`)).status).toBe(404);
  });
});

describe('a new course', () => {
  it('ends what was planned before', async () => {
    const bench = appBench();
    const made = await bench.json('POST /v1/apps/shop/machines', {
      body: { config: { image: 'shop' } },
    });
    const id = String(made['id']);
    await bench.json(`DELETE /v1/apps/shop/machines/${id}`);
    const restarted = add(bench, 'stopped');
    await bench.json(`POST ${of(restarted)}/start`);
    await bench.json(`POST ${of(restarted)}/stop`, { body: {} });
    await bench.clock.advance(5000);
    expect((await bench.json(`GET /v1/apps/shop/machines/${id}`))['state']).toBe('destroyed');
    expect((await bench.json(`GET ${of(restarted)}`))['state']).toBe('stopped');
    const states = bench.simulator.log.flatMap((entry) =>
      entry.kind === 'state' ? [entry.to] : [],
    );
    expect(states).not.toContain('started');
  });
});

describe('update', () => {
  it('makes a new version and comes back as it was', async () => {
    const bench = appBench();
    for (const state of ['started', 'stopped'] as const) {
      const machine = add(bench, state);
      const { version } = machine;
      const config = { ...machine.config, image: 'shop:2' };
      const updated = await bench.json(`POST ${of(machine)}`, { body: { config } });
      expect(updated['version']).toBe(updated['instance_id']);
      expect(updated['version']).not.toBe(version);
      expect(machine.state).toBe('replacing');
      await bench.clock.advance(3000);
      bench.simulator.catchUp();
      expect(machine.state).toBe(state);
    }
  });

  it('over an update comes back as the machine was before both', async () => {
    const bench = appBench();
    const machine = add(bench, 'stopped');
    for (let i = 0; i < 2; i++) {
      await bench.json(`POST ${of(machine)}`, { body: { config: machine.config } });
      await bench.clock.advance(500);
    }
    await bench.clock.advance(5000);
    expect((await bench.json(`GET ${of(machine)}`))['state']).toBe('stopped');
  });

  it('is refused when the version is not the current one', async () => {
    const bench = appBench();
    const machine = add(bench, 'started');
    const body = { config: machine.config, current_version: 'old' };
    expect((await bench.call(`POST ${of(machine)}`, { body })).status).toBe(409);
  });
});

describe('a process that ends by itself', () => {
  it.each([
    ['on-failure', 1, 'restarting'],
    ['on-failure', 0, 'stopped'],
    ['always', 0, 'restarting'],
    ['no', 1, 'stopped'],
  ] as const)('with policy %s and code %d is %s', (policy, exitCode, state) => {
    const bench = appBench();
    const machine = add(bench, 'started', { restart: { policy } });
    bench.simulator.faults.crash(machine, { exitCode });
    expect(machine.state).toBe(state);
  });

  it('is given up after the retries, and removed with auto_destroy', async () => {
    const bench = appBench();
    const machine = add(bench, 'started', { restart: { policy: 'always', max_retries: 1 } });
    bench.simulator.faults.crash(machine, { exitCode: 1 });
    await bench.clock.advance(1000);
    bench.simulator.faults.crash(machine, { exitCode: 1, isOom: true });
    expect(machine.state).toBe('stopped');
    const exit = machine.events.find(({ type }) => type === 'exit');
    expect(exit?.request).toMatchObject({
      exit_event: { oom_killed: true, requested_stop: false },
    });
    const job = add(bench, 'started', { auto_destroy: true, restart: { policy: 'no' } });
    bench.simulator.faults.crash(job, { exitCode: 0 });
    expect(job.state).toBe('destroying');
  });
});

describe('hosts', () => {
  it.each(['unknown', 'unreachable'] as const)(
    'that are %s leave a partial config',
    async (status) => {
      const bench = appBench();
      const machine = add(bench, 'started', { services: [{ autostop: false }] });
      bench.simulator.faults.setHostStatus(machine.host.id, status);
      const shown = await bench.json(`GET ${of(machine)}`);
      expect(shown['host_status']).toBe(status);
      expect(shown).not.toHaveProperty('config');
      expect(shown['incomplete_config']).toHaveProperty('image');
      expect(shown['incomplete_config']).not.toHaveProperty('services');
      const stop = await bench.call(`POST ${of(machine)}/stop`);
      expect(stop.status).toBe(status === 'unreachable' ? 503 : 200);
      bench.simulator.faults.clear();
      expect(await bench.json(`GET ${of(machine)}`)).toHaveProperty('config.services');
    },
  );
});

describe('wait', () => {
  it('answers when the state is reached', async () => {
    const bench = appBench();
    const machine = add(bench, 'stopped');
    await bench.json(`POST ${of(machine)}/start`);
    const waiting = bench.json(`GET ${of(machine)}/wait?state=started&timeout=60`);
    expect(await bench.clock.runUntil(waiting)).toMatchObject({ ok: true, state: 'started' });
  });

  it('answers 408 when it is not', async () => {
    const bench = appBench();
    const machine = add(bench, 'stopped');
    const waiting = bench.call(`GET ${of(machine)}/wait?timeout=2`);
    const response = await bench.clock.runUntil(waiting);
    expect(response.status).toBe(408);
    expect(errorOf(response.body)).toContain('desired state, started, currently stopped');
  });
});

describe('cordon', () => {
  it('shows, and is idempotent', async () => {
    const bench = appBench();
    const machine = add(bench, 'started');
    await bench.json(`POST ${of(machine)}/cordon`);
    await bench.json(`POST ${of(machine)}/cordon`);
    expect((await bench.json(`GET ${of(machine)}`))['cordoned']).toBe(true);
    await bench.json(`POST ${of(machine)}/uncordon`);
    expect((await bench.json(`GET ${of(machine)}`))['cordoned']).toBe(false);
  });
});

describe('metadata', () => {
  it('merges, removes by null and by "", and neither restarts nor makes a version', async () => {
    const bench = appBench();
    const machine = add(bench, 'started', { metadata: { keep: '1', drop: '2', blank: '3' } });
    const { version } = machine;
    const metadata = { added: 'x', drop: null, blank: '' };
    for (const method of ['PATCH', 'PUT']) {
      const response = await bench.call(`${method} ${of(machine)}/metadata`, {
        body: { metadata },
      });
      expect(response.status).toBe(204);
    }
    expect(await bench.json(`GET ${of(machine)}/metadata`)).toMatchObject({
      keep: '1',
      added: 'x',
    });
    expect(machine.config.metadata).not.toHaveProperty('drop');
    expect(machine.config.metadata).not.toHaveProperty('blank');
    expect([machine.version, machine.state]).toEqual([version, 'started']);
  });

  it('has single keys', async () => {
    const bench = appBench();
    const machine = add(bench, 'started');
    await bench.call(`POST ${of(machine)}/metadata/note`, { body: { value: 'hello' } });
    expect(await bench.json(`GET ${of(machine)}/metadata/note`)).toEqual({ value: 'hello' });
    await bench.call(`DELETE ${of(machine)}/metadata/note`);
    expect((await bench.call(`GET ${of(machine)}/metadata/note`)).status).toBe(404);
    // Fly documents GET, POST and DELETE of a key, and PUT of none.
    const put = await bench.call(`PUT ${of(machine)}/metadata/note`, { body: { value: 'x' } });
    expect(put.status).toBe(404);
    expect((await bench.call(`POST ${of(machine)}/metadata/note`)).status).toBe(400);
  });

  it('is refused for another version', async () => {
    const bench = appBench();
    const body = { metadata: { a: 'b' }, machine_version: 'old' };
    const machine = add(bench, 'started');
    expect((await bench.call(`PATCH ${of(machine)}/metadata`, { body })).status).toBe(412);
  });
});

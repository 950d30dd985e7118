/** Machines that are waited for before they stop, seen from Fly. */
import { describe, expect, it } from 'vitest';
import { REMOVE_KEY } from '../../core/machines/marks.js';
import type { Policy } from '../../core/model/policy.js';
import { aPolicy, aRange, machines, T0 } from '../../testing/builders.js';
import { aCollector, aRig, type Rig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';
import type { Collector } from '../../seams/collector.js';

const APP = 'my-app-1';
const MINUTE = 60_000;
const removal = { busyMetric: 'busy', drainTimeoutMs: 10 * MINUTE, scaleIn: 'stop' } as const;

/** What each machine is busy with; a test changes it. */
type Busy = Map<string, number>;

function busyCollector(busy: Busy): Collector {
  return {
    name: 'busy',
    type: 'hand',
    async collect(apps, emit) {
      for (const app of apps)
        emit(app, { kind: 'instances', values: Object.fromEntries(busy), atMs: T0 });
    },
    close: async () => undefined,
  };
}

function aDrainingRig(busy: Busy, count: number, policy: Partial<Policy>): Rig {
  const queue = aCollector('queue', { [APP]: 10 });
  const apps = { include: ['my-app-*'], exclude: [] };
  const rig = aRig({
    policies: [aPolicy({ apps, removal, ...policy })],
    collectors: [queue, busyCollector(busy)],
  });
  rig.fly.put(APP, ...machines(count));
  return rig;
}

const created = { created: aRange('queue / 10') };

describe('a machine that is to go', () => {
  it('is cordoned, waited for until it is busy with nothing, stopped and destroyed', async () => {
    const busy: Busy = new Map([
      ['m1', 7],
      ['m2', 3],
    ]);
    const rig = aDrainingRig(busy, 2, created);
    const run = rig.start();
    await rig.clock.advance(5 * MINUTE);
    expect(rig.fly.changes).toEqual(['patchMetadata m2', 'cordonMachine m2']);
    expect(rig.reasonsOf(APP)).toContain('draining');
    busy.set('m2', 0);
    await rig.clock.advance(MINUTE);
    expect(rig.fly.changes.slice(2)).toEqual(['stopMachine m2', 'destroyMachine m2']);
    await run.stop();
  });

  it('is stopped when its time is up, by whichever process is there then', async () => {
    const busy: Busy = new Map([['m1', 7]]);
    const rig = aDrainingRig(busy, 2, created);
    const first = rig.start();
    await rig.clock.advance(4 * MINUTE);
    await first.stop();
    const second = rig.start();
    await rig.clock.advance(5.5 * MINUTE);
    expect(rig.fly.changes).toEqual(['patchMetadata m1', 'cordonMachine m1']);
    await rig.clock.advance(MINUTE);
    expect(rig.fly.changes.slice(2)).toEqual(['stopMachine m1', 'destroyMachine m1']);
    await second.stop();
  });

  it.each([-60, 60])(
    'is waited for as long when the clock is set by %d minutes',
    async (minutes) => {
      const rig = aDrainingRig(new Map([['m1', 7]]), 2, created);
      const run = rig.start();
      await rig.clock.advance(4 * MINUTE);
      rig.clock.jumpWall(minutes * MINUTE);
      await rig.clock.advance(5.5 * MINUTE);
      expect(rig.fly.changes).not.toContain('stopMachine m1');
      await rig.clock.advance(1.5 * MINUTE);
      expect(rig.fly.changes).toContain('stopMachine m1');
      await run.stop();
    },
  );

  it('is waited for as long when the clock is set while it is being marked', async () => {
    const rig = aDrainingRig(new Map([['m1', 7]]), 2, created);
    let jumps = 1;
    rig.fly.after = ({ name }) => {
      if (name === 'cordonMachine' && jumps-- > 0) rig.clock.jumpWall(60 * MINUTE);
    };
    const run = rig.start();
    await rig.clock.advance(9.5 * MINUTE);
    expect(rig.fly.changes).toEqual(['patchMetadata m1', 'cordonMachine m1']);
    await run.stop();
  });

  it('is taken back when the load returns', async () => {
    const queue = aCollector('queue', { [APP]: 10 });
    const rig = aDrainingRig(new Map([['m1', 7]]), 2, created);
    const run = rig.start({ collectors: [queue, busyCollector(new Map([['m1', 7]]))] });
    await rig.clock.advance(MINUTE);
    queue.values.set(APP, 20);
    await rig.clock.advance(MINUTE);
    expect(rig.fly.changes.slice(2)).toEqual(['uncordonMachine m1', 'patchMetadata m1']);
    await run.stop();
  });

  it('is replaced while it cannot be taken back', async () => {
    const queue = aCollector('queue', { [APP]: 20 });
    const busy = busyCollector(new Map([['m1', 7]]));
    const rig = aDrainingRig(new Map(), 3, created);
    const run = rig.start({ collectors: [queue, busy] });
    await rig.clock.advance(MINUTE);
    rig.fly.before = ({ name }) => {
      if (name === 'uncordonMachine') throw flyError('fly-unavailable');
    };
    queue.values.set(APP, 60);
    await rig.clock.advance(MINUTE);
    const cordoned = rig.fly.machinesOf(APP).filter(({ isCordoned }) => isCordoned);
    expect(cordoned.map(({ id }) => id)).toHaveLength(1);
    expect(rig.fly.machinesOf(APP)).toHaveLength(6 + cordoned.length);
    expect(rig.fly.changes.filter((each) => each.startsWith('uncordon'))).toHaveLength(1);
    await run.stop();
  });

  it('is taken back when somebody protects it', async () => {
    const rig = aDrainingRig(new Map([['m1', 7]]), 2, created);
    const run = rig.start();
    await rig.clock.advance(MINUTE);
    const mark = rig.fly.machinesOf(APP).find(({ id }) => id === 'm1')?.metadata;
    rig.fly.patch(APP, 'm1', { metadata: { ...mark, 'fas-protect': 'true' } });
    await rig.clock.advance(MINUTE);
    const spared = rig.fly.machinesOf(APP).find(({ id }) => id === 'm1');
    expect(spared).toMatchObject({ state: 'started', isCordoned: false });
    expect(spared?.metadata).not.toHaveProperty(REMOVE_KEY);
    // The other one goes in its place.
    expect(rig.fly.changes.slice(2)).toEqual([
      'uncordonMachine m1',
      'patchMetadata m1',
      'patchMetadata m2',
      'cordonMachine m2',
    ]);
    await run.stop();
  });

  it('is not stopped when it is protected between the look and the stop', async () => {
    const rig = aDrainingRig(new Map([['m1', 0]]), 2, created);
    const run = rig.start();
    await rig.clock.advance(10_000);
    const atMs = rig.clock.elapsedMs();
    rig.fly.before = ({ name, id }) => {
      const now = rig.fly.machinesOf(APP).find((machine) => machine.id === id);
      if (name === 'getMachine' && id === 'm1' && rig.clock.elapsedMs() > atMs)
        rig.fly.patch(APP, id, { metadata: { ...now?.metadata, 'fas-protect': 'true' } });
    };
    await rig.clock.advance(MINUTE);
    expect(rig.fly.changes).not.toContain('stopMachine m1');
    const held = rig.reports.flatMap(({ outcomes }) => outcomes.map(({ detail }) => detail));
    expect(held).toContain('stop: it is protected');
    await run.stop();
  });
});

describe('suspending', () => {
  const started = { started: aRange('queue / 10'), removal: { ...removal, busyMetric: null } };
  const suspend = { ...started, removal: { ...started.removal, scaleIn: 'suspend' } } as const;

  it('leaves what runs too much suspended, with nothing of ours on it', async () => {
    const rig = aDrainingRig(new Map(), 2, suspend);
    const run = rig.start();
    await rig.clock.advance(MINUTE);
    expect(rig.fly.changes).toEqual([
      'patchMetadata m1',
      'cordonMachine m1',
      'suspendMachine m1',
      'uncordonMachine m1',
      'patchMetadata m1',
    ]);
    expect(rig.statesOf(APP)).toBe('started suspended');
    await run.stop();
  });

  it('gives way to a stop when Fly refuses', async () => {
    const rig = aDrainingRig(new Map(), 2, suspend);
    rig.fly.before = ({ name }) => {
      if (name === 'suspendMachine') throw flyError('fly-precondition');
    };
    const run = rig.start();
    await rig.clock.advance(MINUTE);
    const suspends = rig.fly.calls.filter(({ name }) => name === 'suspendMachine');
    expect(suspends).toHaveLength(1);
    expect(rig.statesOf(APP)).toBe('started stopped');
    await run.stop();
  });

  it('is not given up for a machine of which somebody else holds the lease for a moment', async () => {
    const rig = aDrainingRig(new Map(), 2, suspend);
    let refusals = 1;
    rig.fly.before = ({ name }) => {
      if (name === 'suspendMachine' && refusals-- > 0) throw flyError('fly-lease-held');
    };
    const run = rig.start();
    await rig.clock.advance(MINUTE);
    expect(rig.statesOf(APP)).toBe('started suspended');
    await run.stop();
  });
});

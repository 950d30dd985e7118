/** How one app is acted on, seen from Fly. */
import type { PauseMode } from '../../core/model/orders.js';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../core/model/machine.js';
import { REMOVE_KEY } from '../../core/machines/marks.js';
import { unnamedId } from '../../core/model/machine.js';
import { aRecurrence, aSchedule, HOUR_MS } from '../../testing/behavior.js';
import { aMachine, aPolicy, aRange, aRelease, machines, T0 } from '../../testing/builders.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';

const APP = 'my-app-1';
const apps = { include: ['my-app-*'], exclude: [] };

/** A rig with one app of so many started machines m1, m2, ... and a queue value. */
function aRigWith(count: number, queue: number): Rig {
  const rig = aRig();
  rig.fly.put(APP, ...machines(count));
  rig.queue.values.set(APP, queue);
  return rig;
}

function callsOf(rig: Rig, name: string): readonly string[] {
  return rig.fly.calls.filter((call) => call.name === name).map((call) => call.id);
}

function outcomesOf(rig: Rig): readonly string[] {
  return rig.reports.flatMap((report) =>
    report.outcomes.map((o) => `${o.action.kind} ${o.result}`),
  );
}

describe('the lease', () => {
  it('is taken on the smallest machine before anything is decided, and given back at the end', async () => {
    const rig = aRigWith(2, 30);
    const run = rig.start();
    await rig.clock.advance(5000);
    const names = rig.fly.calls.filter((c) => c.id === 'm1' || c.id === '').map((c) => c.name);
    expect(names.slice(0, 5)).toEqual([
      'listApps',
      'listMachines',
      'acquireLease',
      'listMachines',
      'currentRelease',
    ]);
    expect(rig.fly.calls.find((c) => c.name === 'acquireLease')).toMatchObject({
      id: 'm1',
      detail: 'fly-autoscaler test',
    });
    expect(rig.fly.calls.at(-1)).toMatchObject({ name: 'releaseLease', id: 'm1' });
    await run.stop();
  });

  it('held by somebody else holds the app, and is asked for once a tick', async () => {
    const rig = aRigWith(1, 30);
    rig.fly.leaseByOthers(APP, 'm1', 29_000);
    const run = rig.start();
    await rig.clock.advance(29_000);
    expect(rig.fly.changes).toEqual([]);
    expect(callsOf(rig, 'acquireLease')).toHaveLength(2);
    expect(rig.reasonsOf(APP)).toContain('lease-held');
    await rig.clock.advance(10_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await run.stop();
  });

  it('counts as held when it is not known whose it is', async () => {
    const rig = aRigWith(1, 30);
    let isFirst = true;
    rig.fly.after = ({ name }) => {
      if (name !== 'acquireLease' || !isFirst) return;
      isFirst = false;
      throw flyError('fly-timeout', true);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.reasonsOf(APP)).toContain('lease-held');
    expect(rig.fly.changes).toEqual([]);
    await rig.clock.advance(35_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await run.stop();
  });

  it('whose answer cannot be read is told as that, and not as held by somebody', async () => {
    const rig = aRigWith(1, 30);
    rig.fly.after = ({ name }) => {
      if (name === 'acquireLease') throw flyError('fly-bad-answer', true);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf(APP)).toContain('pass-failed');
    expect(rig.reasonsOf(APP)).not.toContain('lease-held');
    expect(rig.reports.at(-1)?.error?.code).toBe('fly-bad-answer');
    await run.stop();
  });

  it('is given up when the fresh list has a smaller id', async () => {
    const rig = aRigWith(1, 30);
    rig.fly.after = ({ name }) => {
      if (name === 'acquireLease') rig.fly.put(APP, aMachine({ id: 'a0' }));
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf(APP)).toContain('lease-moved');
    expect(rig.fly.calls.at(-1)).toMatchObject({ name: 'releaseLease', id: 'm1' });
    await run.stop();
  });

  it('is given up when another instance holds one on another machine of the app', async () => {
    const rig = aRigWith(2, 40);
    rig.fly.leaseByOthers(APP, 'm2', 10_000, 'fly-autoscaler other');
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf(APP)).toContain('lease-held');
    await rig.clock.advance(15_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(4);
    await run.stop();
  });

  it('is refreshed at half time, and nothing is sent that could outlast it', async () => {
    const rig = aRigWith(2, 120);
    const limits: { name: string; leftMs: number }[] = [];
    let leaseEndsMs = 0;
    rig.fly.before = async ({ name, id }, signal) => {
      const nowMs = rig.clock.elapsedMs();
      if ((name === 'acquireLease' || name === 'refreshLease') && id === 'm1') {
        leaseEndsMs = nowMs + 30_000;
      }
      if (name !== 'createMachine') return;
      limits.push({ name, leftMs: leaseEndsMs - nowMs });
      // Fly answers slowly, but within the deadline of the call.
      await rig.clock.sleep(4000, signal);
    };
    const run = rig.start({ intervalMs: 120_000, timeoutMs: 100_000 });
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'refreshLease').filter((id) => id === 'm1').length).toBeGreaterThan(1);
    expect(limits).toHaveLength(10);
    for (const { leftMs } of limits) expect(leftMs).toBeGreaterThanOrEqual(15_000);
    await run.stop();
  });

  it('lost on the way ends the pass', async () => {
    const rig = aRigWith(2, 120);
    rig.fly.before = async ({ name }) => {
      if (name === 'refreshLease') throw flyError('fly-lease-held');
      if (name === 'createMachine') await rig.clock.sleep(4000);
    };
    const run = rig.start({ intervalMs: 120_000, timeoutMs: 100_000 });
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(4);
    await run.stop();
  });

  it('lost on the way holds what was about to be sent beside', async () => {
    const rig = aRig({
      policies: [aPolicy({ apps, created: aRange('9'), started: aRange('9') })],
    });
    rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', state: 'stopped' }));
    rig.fly.before = async ({ name }) => {
      if (name === 'refreshLease') throw flyError('fly-lease-held');
      if (name === 'createMachine') await rig.clock.sleep(4000);
      // By then a create has found out that the lease is another's.
      if (name === 'getMachine') await rig.clock.sleep(17_000);
    };
    const run = rig.start({ intervalMs: 120_000, timeoutMs: 100_000 });
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'getMachine')).toEqual(['m2']);
    expect(callsOf(rig, 'createMachine')).toHaveLength(4);
    expect(callsOf(rig, 'startMachine')).toEqual([]);
    await run.stop();
  });

  it('whose refresh fails ends with its old end, and nothing is sent so late that it could outlast that', async () => {
    const rig = aRigWith(2, 120);
    let acquiredMs = 0;
    const ends: number[] = [];
    rig.fly.before = async ({ name }, signal) => {
      if (name === 'refreshLease') throw flyError('fly-unavailable');
      if (name === 'acquireLease') acquiredMs = rig.clock.elapsedMs();
      if (name !== 'createMachine') return;
      try {
        await rig.clock.sleep(60_000, signal);
      } finally {
        ends.push(rig.clock.elapsedMs() - acquiredMs);
      }
    };
    const run = rig.start({ intervalMs: 200_000, timeoutMs: 150_000 });
    await rig.clock.advance(150_000);
    expect(ends.length).toBeGreaterThan(1);
    expect(Math.max(...ends)).toBeLessThanOrEqual(30_000);
    await run.stop();
  });

  it('keeps two instances from acting on one app at once', async () => {
    const rig = aRigWith(1, 80);
    const first = rig.start({ instanceName: 'one' });
    const second = rig.start({ instanceName: 'two', random: { next: () => 0.5 } });
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(8);
    expect(callsOf(rig, 'createMachine')).toHaveLength(7);
    await first.stop();
    await second.stop();
  });

  it('never sends a nonce to a machine that it is not for', async () => {
    const rig = aRigWith(4, 10);
    const run = rig.start();
    await rig.clock.advance(60_000);
    const withNonce = rig.fly.calls.filter((c) => c.nonce !== null);
    expect(rig.fly.machinesOf(APP)).toHaveLength(1);
    expect(withNonce.length).toBeGreaterThan(3);
    expect(withNonce.filter((c) => !c.nonce?.endsWith(`-of-${c.id}`))).toEqual([]);
    await run.stop();
  });
});

describe('a create', () => {
  /** Each create takes effect, its answer is lost, and the next `lists` lists do not show its machine yet. */
  const losingAnswers = (rig: Rig, lists: number): Rig['fly'] => {
    let hidden = 0;
    rig.fly.after = ({ name }) => {
      if (name !== 'createMachine') return;
      hidden = lists;
      throw flyError('fly-timeout', true);
    };
    return {
      ...rig.fly,
      listMachines: async (app, signal) => {
        const all = await rig.fly.listMachines(app, signal);
        return hidden-- > 0 ? all.filter((m) => !m.id.startsWith('new')) : all;
      },
    };
  };
  const failing = (rig: Rig, code: Parameters<typeof flyError>[0], isAmbiguous = false): void => {
    rig.fly.before = ({ name }) => {
      if (name === 'createMachine') throw flyError(code, isAmbiguous);
    };
  };

  it('carries a launch id as its name', async () => {
    const rig = aRigWith(1, 20);
    const run = rig.start();
    await rig.clock.advance(5000);
    const [name] = callsOf(rig, 'createMachine');
    expect(name).toMatch(/^fas-[0-9a-z]{22}$/);
    await run.stop();
  });

  it('whose answer was lost is found by its name and not repeated', async () => {
    const rig = aRigWith(1, 20);
    rig.fly.after = ({ name }) => {
      if (name === 'createMachine') throw flyError('fly-timeout', true);
    };
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(1);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    expect(outcomesOf(rig)).toEqual(['create done']);
    await run.stop();
  });

  it('found without an id that can be read is neither repeated nor known by another', async () => {
    const rig = aRigWith(1, 20);
    rig.fly.after = ({ name }) => {
      if (name === 'createMachine') throw flyError('fly-timeout', true);
    };
    const odd = { hostStatus: 'unknown', config: null, unread: 'id' } as const;
    const plain = { ...rig.fly };
    rig.fly.listMachines = async (app, signal) =>
      (await plain.listMachines(app, signal)).map((machine, place) =>
        machine.id === 'm1' ? machine : { ...machine, ...odd, id: unnamedId(place + 1) },
      );
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(1);
    expect(outcomesOf(rig)).toEqual(['create failed']);
    expect(rig.fly.calls.filter(({ id }) => id === unnamedId(2))).toEqual([]);
    await run.stop();
  });

  it('that never happened is repeated with the same name', async () => {
    const rig = aRigWith(1, 20);
    let failures = 2;
    rig.fly.before = ({ name }) => {
      if (name === 'createMachine' && failures-- > 0) throw flyError('fly-timeout', true);
    };
    const run = rig.start();
    await rig.clock.advance(14_000);
    const names = callsOf(rig, 'createMachine');
    expect(names).toHaveLength(3);
    expect(new Set(names).size).toBe(1);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    await run.stop();
  });

  it('that the list shows late is found all the same', async () => {
    const rig = aRigWith(1, 20);
    const run = rig.start({ fly: losingAnswers(rig, 1) });
    await rig.clock.advance(14_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(1);
    expect(outcomesOf(rig)).toEqual(['create done']);
    await run.stop();
  });

  it('whose name is taken had worked', async () => {
    const rig = aRigWith(1, 20);
    const run = rig.start({ fly: losingAnswers(rig, 2) });
    await rig.clock.advance(14_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(2);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    expect(outcomesOf(rig)).toEqual(['create done']);
    await run.stop();
  });

  it('in doubt to the end is not made anew for a while', async () => {
    const rig = aRigWith(1, 20);
    failing(rig, 'fly-timeout', true);
    const run = rig.start();
    await rig.clock.advance(55_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(3);
    expect(rig.reasonsOf(APP)).toContain('create-failing');
    await run.stop();
  });

  it('in doubt with no time left to repeat it is not made anew for a while', async () => {
    const rig = aRigWith(1, 20);
    rig.fly.before = ({ name }) =>
      name === 'createMachine' ? new Promise(() => undefined) : undefined;
    const run = rig.start({ timeoutMs: 19_000 });
    await rig.clock.advance(59_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(1);
    expect(rig.reasonsOf(APP)).toContain('create-failing');
    await run.stop();
  });

  it('in doubt counts against the ceiling of the fleet', async () => {
    const rig = aRigWith(1, 20);
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    rig.queue.values.set(APP, 10);
    const run = rig.start({ fly: losingAnswers(rig, 100), maxMachines: 3 });
    await rig.clock.advance(10_000);
    rig.queue.values.set(APP, 20);
    rig.queue.values.set('my-app-2', 20);
    // It asks for its grant when the first app has given up.
    rig.fly.before = async ({ name, app }) => {
      if (name === 'listMachines' && app === 'my-app-2') await rig.clock.sleep(5000);
    };
    await rig.clock.advance(19_000);
    const total = rig.fly.machinesOf(APP).length + rig.fly.machinesOf('my-app-2').length;
    expect(total).toBe(3);
    await run.stop();
  });

  it('that fails backs its group off', async () => {
    const rig = aRigWith(1, 30);
    failing(rig, 'fly-bad-request');
    const run = rig.start();
    await rig.clock.advance(59_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(1);
    // While nothing can be done the app is not worth a lease.
    expect(callsOf(rig, 'acquireLease')).toHaveLength(1);
    await rig.clock.advance(20_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(2);
    await run.stop();
  });

  it('is tried again at the next tick when Fly said that it was asked too often', async () => {
    const rig = aRigWith(1, 20);
    failing(rig, 'fly-rate-limited');
    const run = rig.start();
    await rig.clock.advance(31_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(3);
    await run.stop();
  });

  it('leaves out a region without capacity and goes on in the others', async () => {
    const rig = aRig({
      policies: [aPolicy({ apps, created: aRange('queue / 10'), regions: ['iad', 'ord'] })],
    });
    rig.fly.put(APP, ...machines(1));
    rig.queue.values.set(APP, 50);
    rig.fly.before = ({ name, detail }) => {
      const isOrd = (detail as { region?: string } | undefined)?.region === 'ord';
      if (name === 'createMachine' && isOrd) throw flyError('fly-no-capacity');
    };
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await rig.clock.advance(46_000);
    expect(rig.fly.machinesOf(APP).map((m) => m.region)).toEqual([
      'iad',
      'iad',
      'iad',
      'iad',
      'iad',
    ]);
    const tries = rig.fly.calls.filter((c) => c.name === 'createMachine');
    expect(tries).toHaveLength(5);
    await run.stop();
  });

  it('stopped by the quota stops all creates of the fleet for five minutes', async () => {
    const rig = aRigWith(1, 30);
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    rig.queue.values.set('my-app-2', 10);
    failing(rig, 'fly-quota');
    const run = rig.start();
    await rig.clock.advance(5000);
    rig.queue.values.set('my-app-2', 30);
    await rig.clock.advance(290_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(1);
    expect(rig.reasonsOf('my-app-2')).toContain('quota-reached');
    expect(rig.fly.calls.some((c) => c.name === 'acquireLease' && c.app === 'my-app-2')).toBe(
      false,
    );
    rig.fly.before = () => undefined;
    await rig.clock.advance(30_000);
    expect(rig.fly.machinesOf('my-app-2')).toHaveLength(3);
    await run.stop();
  });

  it('waits for none when the quota is reached elsewhere in the fleet', async () => {
    const rig = aRigWith(1, 60);
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    rig.queue.values.set('my-app-2', 20);
    rig.fly.before = async ({ name, app }) => {
      if (name !== 'createMachine') return;
      await rig.clock.sleep(app === APP ? 2000 : 3000);
      if (app !== APP) throw flyError('fly-quota');
    };
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    const details = rig.reports.flatMap(({ outcomes }) => outcomes.map(({ detail }) => detail));
    expect(details).toContain('the organization is at its machine limit');
    await run.stop();
  });

  it('overtaken by a release is taken back, and nothing follows', async () => {
    const rig = aRigWith(1, 50);
    rig.fly.after = ({ name }) => {
      if (name === 'createMachine') {
        rig.fly.setRelease(APP, aRelease({ id: 'rel2', version: 2, status: 'running' }));
      }
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.machinesOf(APP).map((m) => m.id)).toEqual(['m1']);
    expect(rig.fly.changes.map((c) => c.split(' ')[0])).toEqual([
      'createMachine',
      'destroyByForce',
    ]);
    expect(outcomesOf(rig)).toEqual(['create undone', 'create held', 'create held', 'create held']);
    rig.fly.after = () => undefined;
    rig.fly.setRelease(APP, aRelease({ id: 'rel2', version: 2 }));
    await rig.clock.advance(15_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(5);
    await run.stop();
  });

  it.each<[string, Partial<Machine>]>([
    ['the release has updated it', { version: 'v2' }],
    ['it cannot be read', { unread: 'config.metadata.a', config: null }],
  ])('overtaken by a release stays when %s', async (_, patch) => {
    const rig = aRigWith(1, 20);
    rig.fly.after = ({ name }) => {
      if (name !== 'createMachine') return;
      rig.fly.setRelease(APP, aRelease({ id: 'rel2', version: 2, status: 'running' }));
      const created = rig.fly.machinesOf(APP).find((m) => m.id.startsWith('new'));
      rig.fly.patch(APP, created?.id ?? '', patch);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(callsOf(rig, 'destroyByForce')).toEqual([]);
    await run.stop();
  });

  it.each<[PauseMode, number]>([
    ['all', 1],
    ['out', 1],
    ['in', 4],
  ])('after which a pause of %s begins leaves %i made', async (mode, made) => {
    const rig = aRigWith(1, 50);
    const run = rig.start();
    rig.fly.after = async ({ name }) => {
      const order = { app: APP, policy: null, mode, count: null, reason: '', untilMs: null };
      if (name === 'createMachine') await run.fleet.operator.pause(order);
    };
    await rig.clock.advance(5000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(made);
    expect(outcomesOf(rig).filter((outcome) => outcome === 'create done')).toHaveLength(made);
    await run.stop();
  });

  it('is not begun in a freeze that others of its pass came before', async () => {
    const schedules = [aSchedule({ freeze: 'out', when: aRecurrence('1 0 * * *', HOUR_MS) })];
    const rig = aRig({ policies: [aPolicy({ apps, created: aRange('11'), schedules })] });
    rig.fly.put(APP, ...machines(1));
    rig.fly.before = async ({ name }, signal) => {
      if (name === 'createMachine') await rig.clock.sleep(8000, signal);
    };
    const run = rig.start({ intervalMs: 120_000, timeoutMs: 100_000 });
    await rig.clock.advance(100_000);
    const begun = rig.fly.calls.filter(({ name }) => name === 'createMachine');
    expect(begun.length).toBeGreaterThan(5);
    expect(begun.filter(({ atMs }) => atMs >= 60_000)).toEqual([]);
    expect(outcomesOf(rig)).toContain('create held');
    await run.stop();
  });

  it('is held, and not in doubt, when a release is seen to begin before it is sent', async () => {
    const rig = aRig({
      policies: [aPolicy({ apps, created: aRange('3'), started: aRange('3') })],
    });
    rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', state: 'stopped' }));
    const counts = { lists: 0, refreshes: 0, releases: 0 };
    rig.fly.before = async ({ name }, signal) => {
      // The lease is old by then: start and create ask for a longer one at once, which fails.
      if (name === 'listMachines' && (counts.lists += 1) === 2) await rig.clock.sleep(16_000);
      if (name === 'refreshLease') {
        if ((counts.refreshes += 1) === 1) throw flyError('fly-unavailable');
        // While the create asks once more, the start comes to see the release.
        await rig.clock.sleep(3000, signal);
      }
      if (name === 'currentRelease' && (counts.releases += 1) === 3)
        rig.fly.setRelease(APP, aRelease({ id: 'rel2', version: 2, status: 'running' }));
    };
    const run = rig.start({ intervalMs: 120_000, timeoutMs: 60_000 });
    await rig.clock.advance(100_000);
    expect(counts).toEqual({ lists: 2, refreshes: 2, releases: 3 });
    expect(outcomesOf(rig)).toEqual(['start held', 'create held']);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('overtaken by a release stays when somebody else holds its lease', async () => {
    const rig = aRigWith(1, 20);
    rig.fly.after = ({ name }) => {
      if (name !== 'createMachine') return;
      rig.fly.setRelease(APP, aRelease({ id: 'rel2', version: 2, status: 'running' }));
      const created = rig.fly.machinesOf(APP).find((m) => m.id.startsWith('new'));
      rig.fly.leaseByOthers(APP, created?.id ?? '', 30_000);
      // The nonce that we know is of no use, and we know it: the answer was lost.
      throw flyError('fly-timeout', true);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(callsOf(rig, 'destroyByForce')).toEqual([]);
    await run.stop();
  });

  it('waits for a second list after a restart when a machine is young', async () => {
    const rig = aRigWith(1, 30);
    const young = aMachine({ id: 'm2', createdAtMs: rig.clock.now() - 20_000 });
    const youngToo = aMachine({ id: 'm3', createdAtMs: rig.clock.now() - 1000 });
    rig.fly.put(APP, young);
    const run = rig.start();
    await rig.clock.advance(1000);
    rig.fly.put(APP, youngToo);
    await rig.clock.advance(10_000);
    expect(callsOf(rig, 'createMachine')).toEqual([]);
    expect(rig.reports[0]?.reasons.map((r) => r.code)).toContain('young-machines');
    await run.stop();
  });

  it('needs no second list for machines of its own', async () => {
    const rig = aRigWith(1, 20);
    const run = rig.start();
    await rig.clock.advance(10_000);
    rig.queue.values.set(APP, 30);
    await rig.clock.advance(15_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    const codes = rig.reports.flatMap((report) => report.reasons.map((r) => r.code));
    expect(codes).not.toContain('young-machines');
    await run.stop();
  });

  it('needs no second list when no machine is young', async () => {
    const rig = aRigWith(1, 30);
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(callsOf(rig, 'listMachines')).toHaveLength(2);
    await run.stop();
  });
});

describe('a plan', () => {
  const marked = (id: string): string =>
    JSON.stringify({ machine: id, goal: 'destroy', reason: 'test', deadline: '' });

  it('takes back removals first, does nothing else when that fails, and next time without', async () => {
    const rig = aRigWith(2, 50);
    rig.fly.put(
      APP,
      aMachine({ id: 'm3', isCordoned: true, metadata: { [REMOVE_KEY]: marked('m3') } }),
    );
    rig.fly.before = ({ name }) => {
      if (name === 'uncordonMachine') throw flyError('fly-unavailable');
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toEqual(['uncordonMachine m3']);
    expect(outcomesOf(rig).slice(0, 2)).toEqual(['undo failed', 'create held']);
    rig.fly.before = () => undefined;
    await rig.clock.advance(15_000);
    expect(rig.fly.changes.map((change) => change.split(' ')[0])).toEqual([
      'uncordonMachine',
      'createMachine',
      'createMachine',
      'createMachine',
    ]);
    await run.stop();
  });

  it('reads the release once between two creates, and waits for no lease to be given back', async () => {
    const rig = aRigWith(1, 40);
    rig.fly.before = async ({ name, id }) => {
      if (name === 'releaseLease' && id !== 'm1') await rig.clock.sleep(1900);
    };
    const run = rig.start();
    await rig.clock.advance(1000);
    const names = rig.fly.calls.map(({ name }) => name);
    const acting = names.slice(names.indexOf('createMachine') - 1);
    expect(acting.filter((name) => name !== 'releaseLease')).toEqual([
      'currentRelease',
      'createMachine',
      'currentRelease',
      'createMachine',
      'currentRelease',
      'createMachine',
      'currentRelease',
    ]);
    await run.stop();
  });

  it('lets starts and creates go on side by side', async () => {
    const rig = aRig({
      policies: [aPolicy({ apps, created: aRange('3'), started: aRange('3') })],
    });
    rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', state: 'stopped' }));
    rig.fly.before = async ({ name }) => {
      if (name === 'startMachine') await rig.clock.sleep(3000);
    };
    const run = rig.start();
    await rig.clock.advance(1000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await rig.clock.advance(3000);
    expect(rig.statesOf(APP)).toBe('started started started');
    await run.stop();
  });

  it('removes the machine that holds the lease last', async () => {
    const rig = aRig({ policies: [aPolicy({ apps, created: aRange('2') })] });
    rig.fly.put(APP, ...machines(4, { state: 'stopped' }));
    rig.fly.before = async ({ name, id }) => {
      if (name === 'destroyMachine' && id !== 'm1') await rig.clock.sleep(2000);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(callsOf(rig, 'destroyMachine')).toEqual(['m2', 'm1']);
    await run.stop();
  });

  it('remembers what it destroyed: that such a machine is gone says nothing against creates', async () => {
    const rig = aRig({
      policies: [aPolicy({ apps, created: aRange('queue / 10'), initialState: 'stopped' })],
    });
    rig.fly.put(APP, ...machines(1));
    rig.queue.values.set(APP, 20);
    const run = rig.start();
    await rig.clock.advance(14_000);
    rig.queue.values.set(APP, 10);
    await rig.clock.advance(15_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(1);
    rig.queue.values.set(APP, 20);
    await rig.clock.advance(15_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    await run.stop();
  });

  it('ends the pass when it has destroyed the machine that held the lease', async () => {
    const web = { kind: 'named', name: 'web' } as const;
    const worker = { kind: 'named', name: 'worker' } as const;
    const rig = aRig({
      policies: [
        aPolicy({ name: 'web', apps, group: web, created: aRange('1') }),
        aPolicy({ name: 'worker', apps, group: worker, created: aRange('2') }),
      ],
    });
    const metadata = { fly_process_group: 'web' };
    rig.fly.put(
      APP,
      aMachine({ id: 'm1', state: 'stopped', metadata }),
      aMachine({ id: 'm2', metadata }),
    );
    rig.fly.put(APP, aMachine({ id: 'm3', metadata: { fly_process_group: 'worker' } }));
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(rig.fly.changes).toEqual(['destroyMachine m1']);
    expect(rig.reports.at(-1)?.policy.name).toBe('worker');
    expect(rig.reasonsOf(APP)).toContain('lease-moved');
    await rig.clock.advance(10_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await run.stop();
  });

  it('replaces machines that could not be seen for too long, a tenth a minute', async () => {
    const rig = aRigWith(20, 200);
    for (let i = 15; i <= 20; i += 1) {
      rig.fly.patch(APP, `m${i}`, { hostStatus: 'unreachable', config: null });
    }
    const run = rig.start();
    await rig.clock.advance(299_000);
    expect(callsOf(rig, 'createMachine')).toEqual([]);
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(2);
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'createMachine')).toHaveLength(4);
    await run.stop();
  });

  it('keeps the lease through many slow steps', async () => {
    const rig = aRig({ policies: [aPolicy({ apps, created: aRange('2') })] });
    rig.fly.put(APP, ...machines(4, { state: 'stopped' }));
    rig.fly.before = async ({ name }) => {
      if (name === 'getMachine') await rig.clock.sleep(18_000);
    };
    const run = rig.start({ timeoutMs: 90_000, intervalMs: 120_000 });
    await rig.clock.advance(60_000);
    expect(callsOf(rig, 'refreshLease')).toEqual(['m1']);
    await run.stop();
  });

  it('reads machine and release again before each step', async () => {
    const rig = aRigWith(2, 10);
    const run = rig.start();
    await rig.clock.advance(1000);
    const acting = rig.fly.calls.map((c) => c.name).slice(5, -1);
    const step = ['getMachine', 'currentRelease'];
    expect(acting).toEqual([
      ...step,
      'patchMetadata',
      ...step,
      'cordonMachine',
      ...step,
      'stopMachine',
    ]);
    await run.stop();
  });

  it('goes on without a machine that cannot be taken back', async () => {
    const rig = aRig({ policies: [aPolicy({ apps, created: aRange('4') })] });
    const mark = JSON.stringify({ machine: 'm2', goal: 'destroy', reason: '', deadline: '' });
    const metadata = { 'fas-remove': mark };
    rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', state: 'stopped', metadata }));
    rig.fly.before = ({ name, id }) => {
      if (name === 'startMachine' && id === 'm2') throw flyError('fly-no-capacity');
    };
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf(APP).filter(({ state }) => state === 'started')).toHaveLength(4);
    await run.stop();
  });

  it('stops between two steps when a release begins', async () => {
    const rig = aRigWith(3, 20);
    rig.fly.after = ({ name }) => {
      if (name === 'cordonMachine')
        rig.fly.setRelease(APP, aRelease({ id: 'rel2', status: 'running' }));
    };
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(callsOf(rig, 'stopMachine')).toEqual([]);
    expect(outcomesOf(rig)).toEqual(['destroy partly']);
    await run.stop();
  });

  it.each<[PauseMode, readonly string[]]>([
    ['all', []],
    ['in', []],
    ['out', ['m1']],
  ])('when a pause of %s begins between two steps stops %j', async (mode, stopped) => {
    const rig = aRigWith(2, 10);
    const run = rig.start();
    rig.fly.after = async ({ name }) => {
      const order = { app: APP, policy: null, mode, count: null, reason: '', untilMs: null };
      if (name === 'cordonMachine') await run.fleet.operator.pause(order);
    };
    await rig.clock.advance(1000);
    expect(callsOf(rig, 'stopMachine')).toEqual(stopped);
    await run.stop();
  });

  it('sends nothing anywhere in the app once a release was seen to begin', async () => {
    const rig = aRig({
      policies: [aPolicy({ apps, created: aRange('6'), started: aRange('6') })],
    });
    rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', state: 'stopped' }));
    let seenAtMs = Number.POSITIVE_INFINITY;
    let reads = 0;
    rig.fly.before = async ({ name }, signal) => {
      // The start waits for its turn at Fly while the creates find out about the release.
      if (name === 'startMachine') await rig.clock.sleep(5000, signal);
      if (name !== 'currentRelease') return;
      reads += 1;
      if (reads === 5) rig.fly.setRelease(APP, aRelease({ id: 'rel2', status: 'running' }));
      if (reads >= 5) seenAtMs = Math.min(seenAtMs, rig.clock.elapsedMs());
    };
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(seenAtMs).toBeLessThan(5000);
    expect(rig.statesOf(APP)).toContain('stopped');
    await run.stop();
  });

  it('leaves a machine alone that somebody else has leased meanwhile', async () => {
    const rig = aRigWith(1, 20);
    rig.fly.put(APP, ...machines(3, { region: 'ord' }).slice(1));
    rig.fly.after = ({ name }) => {
      if (name !== 'currentRelease') return;
      for (const id of ['m2', 'm3']) rig.fly.leaseByOthers(APP, id, 600_000);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it.each(['fly-precondition', 'fly-conflict', 'fly-not-found', 'fly-lease-held'] as const)(
    'takes %s as an answer and does not insist',
    async (code) => {
      const rig = aRig({ policies: [aPolicy({ apps, created: aRange('2') })] });
      rig.fly.put(APP, ...machines(3, { state: 'stopped' }));
      rig.fly.before = ({ name }) => {
        if (name === 'destroyMachine') throw flyError(code);
      };
      const run = rig.start();
      await rig.clock.advance(14_000);
      expect(callsOf(rig, 'destroyMachine')).toHaveLength(1);
      expect(outcomesOf(rig)).toEqual(['destroy held']);
      await run.stop();
    },
  );

  it('tries another machine next time when a start failed', async () => {
    const rig = aRig({ policies: [aPolicy({ apps, started: aRange('2') })] });
    rig.fly.put(
      APP,
      aMachine(),
      aMachine({ id: 'm2', state: 'stopped' }),
      aMachine({ id: 'm3', state: 'stopped' }),
    );
    rig.fly.before = ({ name, id }) => {
      if (name === 'startMachine' && id === 'm2') throw flyError('fly-no-capacity');
    };
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(callsOf(rig, 'startMachine')).toEqual(['m2', 'm3']);
    await run.stop();
  });

  it('cuts off a call at the deadline of the pass', async () => {
    const rig = aRig({ policies: [aPolicy({ apps, started: aRange('2') })] });
    rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', state: 'stopped' }));
    rig.fly.before = ({ name }) =>
      name === 'startMachine' ? new Promise(() => undefined) : undefined;
    const run = rig.start({ timeoutMs: 6000 });
    await rig.clock.advance(14_000);
    expect(rig.reports[0]?.durationMs).toBe(6000);
    await run.stop();
  });

  it('ends at the deadline of the pass and goes on in the next one', async () => {
    const rig = aRigWith(10, 200);
    rig.fly.before = async ({ name }, signal) => {
      if (name === 'createMachine') await rig.clock.sleep(4000, signal);
    };
    const run = rig.start({ timeoutMs: 20_000 });
    await rig.clock.advance(25_000);
    expect(rig.reports[0]?.durationMs).toBeLessThanOrEqual(20_000);
    expect(outcomesOf(rig)).toContain('create held');
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(20);
    await run.stop();
  });
});

describe('an autoscaler of another app', () => {
  it.each([
    ['fly-autoscaler x of other-scaler', true],
    ['fly-autoscaler x of my-scaler', false],
    ['fly-autoscaler x', false],
    ['flyctl of other-scaler', false],
  ])('is seen by its lease: %s', async (description, isOther) => {
    const rig = aRigWith(2, 20);
    rig.fly.leaseByOthers(APP, 'm2', 10_000, description);
    const run = rig.start({ ownApp: 'my-scaler' });
    await rig.clock.advance(5000);
    expect(rig.reasonsOf(APP).includes('other-autoscaler')).toBe(isOther);
    await run.stop();
  });

  it('sees by our lease which app we run as', async () => {
    const rig = aRigWith(1, 30);
    const run = rig.start({ ownApp: 'my-scaler' });
    await rig.clock.advance(5000);
    expect(rig.fly.calls.find((c) => c.name === 'acquireLease')?.detail).toBe(
      'fly-autoscaler test of my-scaler',
    );
    await run.stop();
  });
});

describe('what is not found beside machines that are', () => {
  it('a release, is no sign that the app is gone', async () => {
    const rig = aRigWith(1, 30);
    rig.fly.setRelease(APP, aRelease({ status: 'running', createdAtMs: T0 }));
    const run = rig.start();
    await rig.clock.advance(20_000);
    rig.fly.before = ({ name }) => {
      if (name === 'currentRelease') throw flyError('fly-not-found');
    };
    await rig.clock.advance(40_000);
    expect(rig.reasonsOf(APP)).not.toContain('app-gone');
    expect(rig.events.map(({ kind }) => kind)).not.toContain('app-gone');
    await run.stop();
  });
});

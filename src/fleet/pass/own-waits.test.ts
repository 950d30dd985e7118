/** What we wait for by our own will is none of the time that a pass may take. */
import { describe, expect, it } from 'vitest';
import { aMachine, aPolicy, aRange, machines } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';
import { createMemoryStateStore } from '../../state/memory-store.js';
import { beginReading } from '../base/reading.js';

const APP = 'my-app-1';
const apps = { include: ['my-app-*'], exclude: [] };
const SHORT = { timeoutMs: 2000 } as const;

const countOf = (rig: Rig): number => rig.fly.machinesOf(APP).length;
const codesOf = (rig: Rig): readonly string[] =>
  rig.reports.flatMap(({ reasons }) => reasons.map(({ code }) => code));

function aRigWithYoung(ageMs: number): Rig {
  const rig = aRig(SHORT);
  rig.fly.put(APP, aMachine(), aMachine({ id: 'm2', createdAtMs: rig.clock.now() - ageMs }));
  rig.queue.values.set(APP, 20);
  return rig;
}

describe('with a timeout of 2 s', () => {
  it('an app with a young machine grows at the first tick after a start', async () => {
    const rig = aRigWithYoung(5000);
    rig.queue.values.set(APP, 30);
    const run = rig.start();
    await rig.clock.advance(3000);
    expect(countOf(rig)).toBe(3);
    expect(codesOf(rig)).toContain('young-machines');
    expect(codesOf(rig)).not.toContain('pass-failed');
    await run.stop();
  });

  it('the machine of a create in doubt is found although the list shows it late', async () => {
    const rig = aRig(SHORT);
    rig.fly.put(APP, aMachine());
    rig.queue.values.set(APP, 20);
    rig.fly.after = ({ name }) => {
      if (name !== 'createMachine') return;
      const sinceMs = rig.clock.elapsedMs();
      rig.fly.isListed = ({ id }) => id === 'm1' || rig.clock.elapsedMs() >= sinceMs + 1500;
      throw flyError('fly-timeout', true);
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toHaveLength(1);
    expect(rig.reports[0]?.outcomes.map(({ result }) => result)).toEqual(['done']);
    await run.stop();
  });

  it('a policy acts although what it was granted was long in being written', async () => {
    const group = (name: string) => ({ kind: 'named', name }) as const;
    const store = createMemoryStateStore();
    const rig = aRig({
      ...SHORT,
      policies: ['web', 'worker'].map((name) =>
        aPolicy({ name, apps, group: group(name), created: aRange('2') }),
      ),
      maxCreatesPerMinute: 100,
    });
    const state = Object.assign(Object.create(store) as typeof store, {
      commit: async (changes: Parameters<typeof store.commit>[0]) => {
        await rig.clock.sleep(3000);
        return store.commit(changes);
      },
    });
    for (const name of ['web', 'worker']) {
      rig.fly.put(APP, aMachine({ id: `m-${name}`, metadata: { fly_process_group: name } }));
    }
    const run = rig.start({ state });
    await rig.clock.advance(14_000);
    expect(countOf(rig)).toBe(4);
    expect(codesOf(rig)).not.toContain('pass-failed');
    await run.stop();
  });
});

describe('an app with a machine of somebody else that is younger than a minute', () => {
  it('is listed once where the list is late enough to show all that an earlier process made', async () => {
    const rig = aRigWithYoung(15_000);
    const run = rig.start();
    await rig.clock.advance(14_000);
    rig.queue.values.set(APP, 30);
    await rig.clock.advance(1100);
    expect(countOf(rig)).toBe(3);
    expect(codesOf(rig)).not.toContain('young-machines');
    await run.stop();
  });

  it('is listed again where somebody makes machines just now', async () => {
    const rig = aRig(SHORT);
    rig.fly.put(APP, ...machines(2));
    rig.queue.values.set(APP, 20);
    const run = rig.start();
    await rig.clock.advance(14_000);
    rig.fly.put(APP, aMachine({ id: 'm3', createdAtMs: rig.clock.now() }));
    rig.queue.values.set(APP, 40);
    await rig.clock.advance(1500);
    rig.fly.put(APP, aMachine({ id: 'm4', createdAtMs: rig.clock.now() }));
    await rig.clock.advance(10_000);
    expect(countOf(rig)).toBe(4);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });
});

describe('the deadline of a reading', () => {
  const aReading = (limitMs: number) => {
    const clock = createFakeClock();
    const stopping = new AbortController();
    return { clock, stopping, reading: beginReading(clock, limitMs, stopping.signal) };
  };

  it('stands still while we wait, and goes on from where it was', async () => {
    const { clock, reading } = aReading(2000);
    await clock.advance(1500);
    const waited = reading.wait((signal) => clock.sleep(5000, signal));
    await clock.advance(5000);
    await waited;
    expect(reading.endsAtMs).toBe(7000);
    await clock.advance(499);
    expect(reading.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(reading.signal.aborted).toBe(true);
  });

  it('counts waits that are within each other once', async () => {
    const { clock, reading } = aReading(2000);
    reading.pause();
    const waited = reading.wait((signal) => clock.sleep(1000, signal));
    await clock.advance(1000);
    await waited;
    await clock.advance(1000);
    expect(reading.endsAtMs).toBe(4000);
    reading.resume();
    expect(reading.endsAtMs).toBe(4000);
  });

  it('stands still for half a minute in all, however often we wait', async () => {
    const { clock, reading } = aReading(2000);
    expect(reading.latestEndMs).toBe(32_000);
    for (let i = 0; i < 4; i += 1) {
      const waited = reading.wait((signal) => clock.sleep(10_000, signal)).catch(() => undefined);
      await clock.advance(10_000);
      await waited;
    }
    expect(reading.latestEndMs).toBe(32_000);
    expect(reading.signal.aborted).toBe(true);
  });

  it('ends at once when the process stops, also while we wait', async () => {
    const { clock, stopping, reading } = aReading(2000);
    const waited = reading.wait((signal) => clock.sleep(5000, signal));
    stopping.abort();
    await expect(waited).rejects.toMatchObject({ code: 'aborted' });
  });

  it('leaves no timer behind', async () => {
    const { clock, reading } = aReading(2000);
    reading.pause();
    reading.end();
    reading.resume();
    await clock.advance(60_000);
    expect(reading.signal.aborted).toBe(false);
  });
});

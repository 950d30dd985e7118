import { describe, expect, it } from 'vitest';
import { aPolicy, machines } from '../../testing/builders.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';
import { Apps } from './apps.js';

function aFleet(rig: Rig): { apps: Apps; left: string[]; stop: () => Promise<void> } {
  const left: string[] = [];
  const apps = new Apps(rig.options, (app) => left.push(app));
  const controller = new AbortController();
  const listing = apps.keepListing(controller.signal);
  void apps.begin(controller.signal).catch(() => undefined);
  return {
    apps,
    left,
    stop: () => {
      controller.abort(new Error('over'));
      return rig.clock.runUntil(listing);
    },
  };
}

function policyFor(...include: string[]): ReturnType<typeof aPolicy> {
  return aPolicy({ apps: { include, exclude: [] } });
}

describe('the apps of a fleet', () => {
  it('are those of the list that match', async () => {
    const rig = aRig({ policies: [policyFor('my-app-*')] });
    rig.fly.put('my-app-1');
    rig.fly.put('other');
    const { apps, stop } = aFleet(rig);
    await rig.clock.advance(1);
    expect(apps.current()).toEqual(['my-app-1']);
    expect(rig.events[0]).toMatchObject({ kind: 'app-list', added: ['my-app-1'], removed: [] });
    await stop();
  });

  it('named in full need no list', async () => {
    const rig = aRig({ policies: [policyFor('one', 'two')], org: null });
    const { apps, stop } = aFleet(rig);
    await rig.clock.advance(200_000);
    expect(apps.current()).toEqual(['one', 'two']);
    expect(rig.fly.calls).toEqual([]);
    await stop();
  });

  it('come with the next list', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1');
    const { apps, stop } = aFleet(rig);
    await rig.clock.advance(30_000);
    rig.fly.put('my-app-2');
    await rig.clock.advance(31_000);
    expect(apps.current()).toEqual(['my-app-1', 'my-app-2']);
    await stop();
  });

  it('stay while the list has apps whose names cannot be read: each of them may be one that it lacks', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1');
    rig.fly.put('my-app-2');
    let odd: (string | null)[] | null = null;
    const fly = {
      ...rig.fly,
      listApps: async (org: string, signal: AbortSignal) =>
        odd?.map((name) => ({ name, status: '' })) ?? rig.fly.listApps(org, signal),
    };
    const { apps, left, stop } = aFleet({ ...rig, options: { ...rig.options, fly } });
    await rig.clock.advance(1);
    odd = [null, 'my-app-2', 'my-app-3'];
    await rig.clock.advance(300_000);
    expect(apps.current()).toEqual(['my-app-1', 'my-app-2', 'my-app-3']);
    odd = ['my-app-2', 'my-app-3'];
    await rig.clock.advance(120_000);
    expect([apps.current(), left]).toEqual([['my-app-2', 'my-app-3'], ['my-app-1']]);
    await stop();
  });

  it('leave when two lists in a row lack them', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1');
    rig.fly.put('my-app-2');
    let lacking = 0;
    const fly = {
      ...rig.fly,
      listApps: async (org: string, signal: AbortSignal) => {
        const all = await rig.fly.listApps(org, signal);
        return lacking-- > 0 ? all.slice(1) : all;
      },
    };
    const rigWith = { ...rig, options: { ...rig.options, fly } };
    const { apps, left, stop } = aFleet(rigWith);
    await rig.clock.advance(1);
    lacking = 1;
    await rig.clock.advance(120_000);
    expect(apps.current()).toEqual(['my-app-1', 'my-app-2']);
    lacking = 2;
    await rig.clock.advance(60_000);
    expect(apps.has('my-app-1')).toBe(true);
    await rig.clock.advance(60_000);
    expect(apps.current()).toEqual(['my-app-2']);
    expect(left).toEqual(['my-app-1']);
    await stop();
  });

  it('leave when Fly says that they do not exist, unless they are named in full', async () => {
    const rig = aRig({ policies: [policyFor('my-app-*'), policyFor('one')] });
    rig.fly.put('my-app-1');
    const { apps, left, stop } = aFleet(rig);
    await rig.clock.advance(1);
    apps.markGone('my-app-1');
    apps.markGone('one');
    expect(apps.current()).toEqual(['one']);
    expect(left).toEqual(['my-app-1']);
    expect(rig.events.filter((event) => event.kind === 'app-gone')).toHaveLength(2);
    await stop();
  });

  it('stay as they were when a list fails, which ages', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1');
    const { apps, stop } = aFleet(rig);
    await rig.clock.advance(1);
    rig.fly.before = ({ name }) => {
      if (name === 'listApps') throw flyError('fly-unavailable');
    };
    await rig.clock.advance(60_500);
    expect(apps.current()).toEqual(['my-app-1']);
    expect(rig.events.at(-1)).toMatchObject({ kind: 'app-list-failed', ageMs: 60_000 });
    await stop();
  });

  it('are listed again within seconds when the first list fails, then less and less often', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.before = ({ name }) => {
      if (name === 'listApps') throw flyError('fly-unavailable');
    };
    const { apps, stop } = aFleet(rig);
    await rig.clock.advance(200_000);
    const gaps = rig.fly.calls.map((call, i) => call.atMs - (rig.fly.calls[i - 1]?.atMs ?? 0));
    expect(gaps[1]).toBeGreaterThanOrEqual(1000);
    expect(gaps[1]).toBeLessThan(1300);
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(72_000);
    expect(gaps.length).toBeLessThan(10);
    expect(rig.events[0]).toMatchObject({ kind: 'app-list-failed', ageMs: null });
    rig.fly.before = () => undefined;
    await rig.clock.advance(72_000);
    expect(apps.current()).toEqual(['my-app-1']);
    await stop();
  });

  it.each([
    [['my-app-*'], []],
    [['my-app-*', 'my-app-scaler'], ['my-app-scaler']],
  ])('are without the autoscaler itself unless it is named exactly: %j', async (include, own) => {
    const rig = aRig({ policies: [policyFor(...include)], ownApp: 'my-app-scaler' });
    rig.fly.put('my-app-scaler');
    const { apps, stop } = aFleet(rig);
    await rig.clock.advance(1);
    expect(apps.current()).toEqual(own);
    await stop();
  });

  it('make a hung list fail in time', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1');
    rig.fly.before = () => new Promise(() => undefined);
    const { stop } = aFleet(rig);
    await rig.clock.advance(30_001);
    expect(rig.events[0]).toMatchObject({ kind: 'app-list-failed' });
    await stop();
  });
});

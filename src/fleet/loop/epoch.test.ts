import { describe, expect, it } from 'vitest';
import { aPolicy, machines } from '../../testing/builders.js';
import { aRig } from '../../testing/fleet-rig.js';
import { createInventory } from '../inventory/index.js';
import { endedPolicies, Epoch } from './epoch.js';

async function anEpoch() {
  const rig = aRig({ policies: [aPolicy({ apps: { include: ['my-*'], exclude: [] } })] });
  rig.fly.put('my-app', ...machines(1));
  const left: string[] = [];
  const stopping = new AbortController();
  const epoch = new Epoch(rig.options, createInventory(rig.options), (app) => left.push(app));
  epoch.begin(stopping.signal);
  await rig.clock.advance(1000);
  return { rig, epoch, left, stopping };
}

describe('an epoch', () => {
  it('tells which apps leave, and no longer when it is over', async () => {
    const during = await anEpoch();
    during.epoch.apps.markGone('my-app');
    expect(during.left).toEqual(['my-app']);
    during.epoch.end();
    const after = await anEpoch();
    after.epoch.end();
    after.epoch.apps.markGone('my-app');
    expect(after.left).toEqual([]);
  });

  it('lists apps until it is over, or the process stops', async () => {
    for (const how of ['end', 'stop']) {
      const { rig, epoch, stopping } = await anEpoch();
      expect(rig.clock.pendingTimers).toBe(1);
      if (how === 'end') epoch.end();
      else stopping.abort();
      await epoch.idle();
      expect([epoch.over.aborted, rig.clock.pendingTimers]).toEqual([true, 0]);
    }
  });

  it('knows which policies of apps that stay another one has not', async () => {
    const { rig, epoch } = await anEpoch();
    const other = aPolicy({ name: 'other', apps: { include: ['my-app'], exclude: [] } });
    const options = { ...rig.options, policies: [other] };
    const next = new Epoch(options, createInventory(options), () => undefined);
    next.apps.succeed(epoch.apps);
    expect(endedPolicies(epoch.apps, next.apps)).toEqual([{ app: 'my-app', policy: 'default' }]);
    expect(endedPolicies(epoch.apps, epoch.apps)).toEqual([]);
    epoch.end();
  });
});

import { describe, expect, it } from 'vitest';
import { aBehavior } from '../../testing/behavior.js';
import { aRange } from '../../testing/builders.js';
import { createOrgFleet, type OrgFleet } from '../../testing/org-fleet.js';

const NO_LAG = { delaysMs: { orgListLag: [0, 0] } } as const;

function reportsOf({ reports }: OrgFleet, app: string): number {
  return reports.filter((report) => report.app === app).length;
}

function unchanged({ events }: OrgFleet): readonly string[] {
  return events.flatMap((event) => (event.kind === 'apps-unchanged' ? event.apps : []));
}

describe('an app whose samples and machines are as they were', () => {
  it('is not decided again, and each tick is told of', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.addApp('my-app-2', 2);
    fleet.start();
    await fleet.clock.advance(61_000);
    expect(fleet.reports).toHaveLength(2);
    expect(unchanged(fleet)).toHaveLength(8);
    const [event] = fleet.events.filter((each) => each.kind === 'apps-unchanged');
    expect(event).toMatchObject({ apps: ['my-app-1', 'my-app-2'], latenessMs: 0 });
    await fleet.stop();
  });

  it('is decided again after a quarter of an hour all the same', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.start();
    await fleet.clock.advance(10 * 60_000);
    expect(reportsOf(fleet, 'my-app-1')).toBe(1);
    await fleet.clock.advance(6 * 60_000);
    expect(reportsOf(fleet, 'my-app-1')).toBe(2);
    await fleet.stop();
  });

  it('is decided again when a sample says something else', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.start();
    await fleet.clock.advance(16_000);
    fleet.queue.values.set('my-app-1', 21);
    await fleet.clock.advance(15_000);
    expect(fleet.reports.at(-1)?.samples.get('queue')).toMatchObject({ value: 21 });
    fleet.queue.values.set('my-app-1', 30);
    await fleet.clock.advance(20_000);
    expect(fleet.simulator.world.machines('my-app-1')).toHaveLength(3);
    await fleet.stop();
  });

  it('is decided again when its value is gone, and when it cannot be had', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.start();
    await fleet.clock.advance(16_000);
    fleet.queue.values.delete('my-app-1');
    await fleet.clock.advance(15_000);
    expect(fleet.reasonsOf('my-app-1')).toContain('metric-missing');
    fleet.queue.isHung = true;
    await fleet.clock.advance(60_000);
    expect(fleet.reasonsOf('my-app-1')).toContain('metric-error');
    // Errors are counted at every pass.
    const before = reportsOf(fleet, 'my-app-1');
    await fleet.clock.advance(62_000);
    expect(reportsOf(fleet, 'my-app-1')).toBeGreaterThan(before);
    await fleet.stop();
  });

  it('is decided at every tick when its expression asks for the time', async () => {
    const fleet = createOrgFleet(NO_LAG, { created: aRange('queue / 10 + now().Year() * 0') });
    fleet.addApp('my-app-1', 2);
    fleet.start();
    await fleet.clock.advance(61_000);
    expect(reportsOf(fleet, 'my-app-1')).toBe(5);
    await fleet.stop();
  });

  it('is not decided again once its stabilization window has passed', async () => {
    const windows = aBehavior({ stabilizationWindowMs: 60_000 });
    const fleet = createOrgFleet(NO_LAG, { behavior: windows });
    fleet.addApp('my-app-1', 3);
    fleet.start();
    await fleet.clock.advance(76_000);
    fleet.queue.values.set('my-app-1', 10);
    await fleet.clock.advance(180_000);
    expect(fleet.simulator.world.machines('my-app-1')).toHaveLength(1);
    const before = reportsOf(fleet, 'my-app-1');
    await fleet.clock.advance(300_000);
    expect(reportsOf(fleet, 'my-app-1')).toBe(before);
    await fleet.stop();
  });

  it('is decided again after the clocks jumped', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.start();
    await fleet.clock.advance(16_000);
    fleet.clock.jumpWall(3_600_000);
    await fleet.clock.advance(30_000);
    expect(reportsOf(fleet, 'my-app-1')).toBe(2);
    await fleet.stop();
  });

  it('is decided again when somebody else changed its machines', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.start();
    await fleet.clock.advance(16_000);
    const [machine] = fleet.simulator.world.machines('my-app-1');
    fleet.simulator.world.setMachineState(machine!, 'stopped');
    await fleet.clock.advance(30_000);
    expect(fleet.reports.at(-1)?.machinesByState).toEqual({ started: 1, stopped: 1 });
    await fleet.stop();
  });

  it('is decided at every tick while an operator has given orders for it', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.addApp('my-app-2', 2);
    const { operator } = fleet.start();
    await fleet.clock.advance(16_000);
    const order = { app: 'my-app-1', policy: null, mode: 'all', count: null } as const;
    await operator.pause({ ...order, reason: 'a test', untilMs: null });
    await fleet.clock.advance(45_000);
    expect([reportsOf(fleet, 'my-app-1'), reportsOf(fleet, 'my-app-2')]).toEqual([4, 1]);
    await operator.resume('my-app-1', null);
    await fleet.clock.advance(45_000);
    expect(reportsOf(fleet, 'my-app-1')).toBe(5);
    await fleet.stop();
  });

  it('is decided at every tick while the fleet brake is on for it', async () => {
    const fleet = createOrgFleet(NO_LAG);
    const fallen = ['my-app-1', 'my-app-2', 'my-app-3', 'my-app-4'];
    for (const app of [...fallen, 'my-app-5']) fleet.addApp(app, 2);
    const { operator } = fleet.start();
    await fleet.clock.advance(16_000);
    expect(reportsOf(fleet, 'my-app-5')).toBe(1);
    for (const app of fallen) fleet.queue.values.set(app, 10);
    await fleet.clock.advance(60_000);
    expect(operator.brakes()).toMatchObject([{ isOn: true }]);
    expect(reportsOf(fleet, 'my-app-5')).toBe(4);
    await fleet.stop();
  });

  it('leaves no timer and no waiting behind', async () => {
    const fleet = createOrgFleet(NO_LAG);
    for (let i = 0; i < 50; i += 1) fleet.addApp(`my-app-${i}`, 1);
    fleet.start();
    await fleet.clock.advance(61_000);
    // The tick, the list of apps, the poll and the rotation: nothing for single apps.
    expect(fleet.clock.pendingTimers).toBe(4);
    await fleet.stop();
    expect(fleet.clock.pendingTimers).toBe(0);
  });
});

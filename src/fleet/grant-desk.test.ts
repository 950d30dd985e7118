import { describe, expect, it } from 'vitest';
import type { Proposal } from '../core/decision.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { aProposal } from '../testing/reports.js';
import { GrantDesk } from './grant-desk.js';

const wants = (creates: number): Proposal =>
  aProposal({
    created: { current: 1, target: null, recommended: 1 + creates, wanted: 1 + creates },
    started: null,
  });

function aDesk(
  overrides: { maxMachines?: number | null; known?: number; uncounted?: readonly string[] } = {},
) {
  const clock = createFakeClock();
  const state = { known: 0, uncounted: [] as readonly string[], ...overrides };
  const desk = new GrantDesk({
    clock,
    maxMachines: () => overrides.maxMachines ?? null,
    knownMachines: () => state.known,
    uncountedApps: () => state.uncounted,
  });
  return { clock, desk, state };
}

describe('the grant desk', () => {
  it('shares what is left of the ceiling among those who ask together', async () => {
    const { clock, desk } = aDesk({ maxMachines: 10, known: 4 });
    const asked = Promise.all([desk.request('a', wants(5)), desk.request('b', wants(5))]);
    const [a, b] = await clock.runUntil(asked);
    expect([a?.grant.creates, b?.grant.creates]).toEqual([3, 3]);
  });

  it('counts what was granted and does not exist yet', async () => {
    const { clock, desk, state } = aDesk({ maxMachines: 10, known: 4 });
    const first = await clock.runUntil(desk.request('a', wants(5)));
    const second = await clock.runUntil(desk.request('b', wants(5)));
    expect([first.grant.creates, second.grant.creates]).toEqual([5, 1]);
    state.known = 6;
    first.giveBack();
    first.giveBack();
    second.giveBack();
    const third = await clock.runUntil(desk.request('c', wants(9)));
    expect(third.grant.creates).toBe(4);
  });

  it('makes nobody wait for others', async () => {
    const { clock, desk } = aDesk();
    await clock.runUntil(desk.request('a', wants(1)));
    expect(clock.elapsedMs()).toBe(0);
  });

  it('grants no creates for five minutes once the quota is reached', async () => {
    const { clock, desk } = aDesk();
    desk.holdCreates();
    expect(desk.areCreatesHeld).toBe(true);
    const held = await clock.runUntil(desk.request('a', wants(2)));
    expect(held.grant).toMatchObject({ creates: 0, reasons: [{ code: 'quota-reached' }] });
    await clock.advance(300_000);
    const later = await clock.runUntil(desk.request('a', wants(2)));
    expect(later.grant.creates).toBe(2);
  });

  it('grants no creates under a ceiling while apps are not counted', async () => {
    const { clock, desk, state } = aDesk({ maxMachines: 10, uncounted: ['b', 'c'] });
    const held = await clock.runUntil(desk.request('a', wants(2)));
    const why = { code: 'fleet-capped', detail: 'not counted yet: b and 1 more' };
    expect(held.grant).toMatchObject({ creates: 0, reasons: [why] });
    state.uncounted = [];
    const later = await clock.runUntil(desk.request('a', wants(2)));
    expect(later.grant.creates).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import type { Proposal } from '../core/decision.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { reason } from '../core/reason.js';
import { aProposal } from '../testing/reports.js';
import type { StateStore } from '../ports.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { GrantDesk, type Ticket } from './grant-desk.js';

const wants = (creates: number): Proposal =>
  aProposal({
    created: { current: 1, target: null, recommended: 1 + creates, wanted: 1 + creates },
    started: null,
  });

const ask = (desk: GrantDesk, app: string, proposal: Proposal): Promise<Ticket> =>
  desk.request(app, proposal, null);

function aDesk(
  overrides: {
    maxMachines?: number | null;
    known?: number;
    uncounted?: readonly string[];
    createsPerMinute?: number;
    removalsPerMinute?: number;
    store?: StateStore;
  } = {},
) {
  const clock = createFakeClock();
  const state = { known: 0, uncounted: [] as readonly string[], ...overrides };
  const desk = new GrantDesk({
    clock,
    maxMachines: () => overrides.maxMachines ?? null,
    maxCreatesPerMinute: () => overrides.createsPerMinute ?? null,
    maxRemovalsPerMinute: () => overrides.removalsPerMinute ?? null,
    store: overrides.store ?? createMemoryStateStore(),
    knownMachines: () => state.known,
    uncountedApps: () => state.uncounted,
  });
  return { clock, desk, state };
}

describe('the grant desk', () => {
  it('shares what is left of the ceiling among those who ask together', async () => {
    const { clock, desk } = aDesk({ maxMachines: 10, known: 4 });
    const asked = Promise.all([ask(desk, 'a', wants(5)), ask(desk, 'b', wants(5))]);
    const [a, b] = await clock.runUntil(asked);
    expect([a?.grant.creates, b?.grant.creates]).toEqual([3, 3]);
  });

  it('counts what was granted and does not exist yet', async () => {
    const { clock, desk, state } = aDesk({ maxMachines: 10, known: 4 });
    const first = await clock.runUntil(ask(desk, 'a', wants(5)));
    const second = await clock.runUntil(ask(desk, 'b', wants(5)));
    expect([first.grant.creates, second.grant.creates]).toEqual([5, 1]);
    state.known = 6;
    first.giveBack({ creates: 5, removals: 0 });
    first.giveBack({ creates: 5, removals: 0 });
    second.giveBack({ creates: 5, removals: 0 });
    const third = await clock.runUntil(ask(desk, 'c', wants(9)));
    expect(third.grant.creates).toBe(4);
  });

  it('makes nobody wait for others', async () => {
    const { clock, desk } = aDesk();
    await clock.runUntil(ask(desk, 'a', wants(1)));
    expect(clock.elapsedMs()).toBe(0);
  });

  it('begins with those who have waited longest, so that one large wish starves nobody', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 2 });
    const given: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
    for (let minute = 0; minute < 4; minute += 1) {
      await clock.runUntil(
        Promise.all(
          Object.keys(given).map(async (app) => {
            const ticket = await ask(desk, app, wants(app === 'a' ? 200 : 9));
            const { creates } = ticket.grant;
            given[app] = (given[app] ?? 0) + creates;
            ticket.giveBack({ creates, removals: 0 });
          }),
        ),
      );
      await clock.advance(60_000);
    }
    expect(given).toEqual({ a: 2, b: 2, c: 2, d: 2 });
  });

  it('grants no creates for five minutes once the quota is reached', async () => {
    const { clock, desk } = aDesk();
    desk.holdCreates();
    expect(desk.areCreatesHeld).toBe(true);
    const held = await clock.runUntil(ask(desk, 'a', wants(2)));
    expect(held.grant).toMatchObject({ creates: 0, reasons: [{ code: 'quota-reached' }] });
    await clock.advance(300_000);
    const later = await clock.runUntil(ask(desk, 'a', wants(2)));
    expect(later.grant.creates).toBe(2);
  });

  it('grants no creates under a ceiling while apps are not counted', async () => {
    const { clock, desk, state } = aDesk({ maxMachines: 10, uncounted: ['b', 'c'] });
    const held = await clock.runUntil(ask(desk, 'a', wants(2)));
    const why = { code: 'fleet-capped', detail: 'not counted yet: b and 1 more' };
    expect(held.grant).toMatchObject({ creates: 0, reasons: [why] });
    state.uncounted = [];
    const later = await clock.runUntil(ask(desk, 'a', wants(2)));
    expect(later.grant.creates).toBe(2);
  });
});

describe('the budgets of the fleet', () => {
  const takes = (removals: number): Proposal =>
    aProposal({
      created: { current: 9, target: null, recommended: 9 - removals, wanted: 9 - removals },
      started: null,
    });
  const none = { creates: 0, removals: 0 };

  it('allow so many creates a minute over all apps, and again when the minute has passed', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 5 });
    const asked = Promise.all([ask(desk, 'a', wants(4)), ask(desk, 'b', wants(4))]);
    const [a, b] = await clock.runUntil(asked);
    expect([a?.grant.creates, b?.grant.creates]).toEqual([3, 2]);
    expect(a?.grant.reasons).toEqual([
      {
        code: 'budget-spent',
        detail: '4 creates wanted, 3 granted: 0 of at most 5 a minute in the fleet are used',
      },
    ]);
    a?.giveBack({ creates: 3, removals: 0 });
    b?.giveBack({ creates: 2, removals: 0 });
    expect((await clock.runUntil(ask(desk, 'c', wants(1)))).grant.creates).toBe(0);
    await clock.advance(60_000);
    expect((await clock.runUntil(ask(desk, 'c', wants(9)))).grant.creates).toBe(5);
  });

  it('count what was used from when that ended, since nobody knows when it was used', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 3 });
    const slow = await clock.runUntil(ask(desk, 'a', wants(3)));
    await clock.advance(90_000);
    const meanwhile = await clock.runUntil(ask(desk, 'b', wants(3)));
    slow.giveBack({ creates: 2, removals: 0 });
    await clock.advance(30_000);
    const soon = await clock.runUntil(ask(desk, 'c', wants(3)));
    await clock.advance(31_000);
    const later = await clock.runUntil(ask(desk, 'd', wants(2)));
    const granted = [meanwhile, soon, later].map(({ grant }) => grant.creates);
    expect(granted).toEqual([0, 1, 2]);
  });

  it('count what was under way at the end of a process as used when the next begins', async () => {
    const store = createMemoryStateStore({ isDurable: true });
    const before = aDesk({ createsPerMinute: 3, store });
    await before.clock.runUntil(ask(before.desk, 'a', wants(3)));
    const { clock, desk } = aDesk({ createsPerMinute: 3, store });
    await clock.advance(300_000);
    desk.restore(await store.load());
    const early = await clock.runUntil(ask(desk, 'b', wants(3)));
    await clock.advance(61_000);
    const late = await clock.runUntil(ask(desk, 'c', wants(3)));
    expect([early.grant.creates, late.grant.creates]).toEqual([0, 3]);
  });

  it('take back what came to nothing', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 5 });
    const first = await clock.runUntil(ask(desk, 'a', wants(5)));
    first.giveBack({ creates: 1, removals: 0 });
    expect((await clock.runUntil(ask(desk, 'b', wants(9)))).grant.creates).toBe(4);
  });

  it('take back removals and stops that came to nothing, and keep the others as used', async () => {
    const { clock, desk } = aDesk({ removalsPerMinute: 5 });
    await clock.advance(60_000);
    const proposal = aProposal({
      ...takes(2),
      started: { current: 9, target: null, recommended: 7, wanted: 7 },
    });
    const ticket = await clock.runUntil(ask(desk, 'a', proposal));
    expect(ticket.grant).toMatchObject({ removals: 2, stops: 2 });
    ticket.giveBack({ creates: 0, removals: 1 });
    expect((await clock.runUntil(ask(desk, 'b', takes(9)))).grant.removals).toBe(4);
    await clock.advance(60_000);
    const next = await clock.runUntil(ask(desk, 'c', takes(9)));
    next.giveBack({ creates: 0, removals: 5 });
    expect((await clock.runUntil(ask(desk, 'd', takes(1)))).grant.removals).toBe(0);
  });

  it('count removals as spent for a minute after a start that knows nothing of before', async () => {
    const { clock, desk } = aDesk({ removalsPerMinute: 3 });
    const early = await clock.runUntil(ask(desk, 'a', takes(2)));
    expect(early.grant).toMatchObject({ removals: 0, reasons: [{ code: 'budget-spent' }] });
    early.giveBack(none);
    await clock.advance(60_000);
    expect((await clock.runUntil(ask(desk, 'a', takes(2)))).grant.removals).toBe(2);
  });

  it('survive a restart', async () => {
    const store = createMemoryStateStore();
    const { clock, desk } = aDesk({ removalsPerMinute: 3, store });
    await clock.advance(60_000);
    const ticket = await clock.runUntil(ask(desk, 'a', takes(2)));
    ticket.giveBack({ creates: 0, removals: 2 });
    const later = aDesk({ removalsPerMinute: 3, store });
    later.desk.restore(await store.load());
    expect((await later.clock.runUntil(ask(later.desk, 'b', takes(2)))).grant.removals).toBe(1);
  });

  it('let nothing shrink while what they have used cannot be kept', async () => {
    const broken: StateStore = {
      ...createMemoryStateStore(),
      commit: () => Promise.reject(new Error('disk full')),
    };
    const { clock, desk } = aDesk({ removalsPerMinute: 3, store: broken });
    await clock.advance(60_000);
    const asked = Promise.all([ask(desk, 'a', takes(2)), ask(desk, 'b', wants(2))]);
    const [a, b] = await clock.runUntil(asked);
    expect(a?.grant).toMatchObject({
      removals: 0,
      reasons: [{ code: 'state-unwritable', detail: 'disk full' }],
    });
    expect(b?.grant.creates).toBe(2);
  });

  it('leave apps alone that are held, and give their share to others', async () => {
    const { clock, desk } = aDesk({ removalsPerMinute: 2 });
    await clock.advance(60_000);
    const brake = reason('fleet-brake', 'held');
    const asked = Promise.all([desk.request('a', takes(2), brake), ask(desk, 'b', takes(2))]);
    const [a, b] = await clock.runUntil(asked);
    expect(a?.grant).toMatchObject({ removals: 0, reasons: [brake] });
    expect(b?.grant.removals).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import type { GrantRequest } from '../../core/fleet-wide/grant.js';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.js';
import { reason } from '../../core/model/reason.js';
import { createMemoryStateStore } from '../../state/memory-store.js';
import { GrantDesk, type Ticket } from './grant-desk.js';
import type { Json, StateStore } from '../../seams/store.js';

const INTERVAL_MS = 15_000;

type Wish = Partial<GrantRequest>;

const wants = (creates: number): Wish => ({ creates });

function ask(desk: GrantDesk, app: string, wish: Wish): Promise<Ticket> {
  return desk.request({
    app,
    policy: 'default',
    creates: 0,
    removals: 0,
    possibleRemovals: wish.removals ?? 0,
    obstacles: [],
    starts: 0,
    stops: 0,
    removalsHeld: null,
    ...wish,
  });
}

/** In one round after another, as metrics come; what was granted is used. */
async function askInTurn(
  clock: FakeClock,
  desk: GrantDesk,
  wishes: readonly (readonly [app: string, wish: Wish])[],
): Promise<readonly number[]> {
  const granted: number[] = [];
  for (const [app, wish] of wishes) {
    const ticket = await clock.runUntil(ask(desk, app, wish));
    const { creates, removals, stops } = ticket.grant;
    ticket.giveBack({ creates, removals: removals + stops });
    granted.push(creates + removals + stops);
  }
  return granted;
}

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
    intervalMs: () => INTERVAL_MS,
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

describe('the share of those who were refused', () => {
  const BIG = ['big', { creates: 99 }] as const;

  it.each([
    ['creates', { createsPerMinute: 4 }, { creates: 99 }, { creates: 1 }],
    ['removals', { removalsPerMinute: 4 }, { removals: 99 }, { stops: 1 }],
  ])('of %s is kept until they ask again', async (_name, budget, large, small) => {
    const { clock, desk } = aDesk(budget);
    await clock.advance(60_000);
    const inTurn = (): Promise<readonly number[]> =>
      askInTurn(clock, desk, [
        ['big', large],
        ['small', small],
      ]);
    expect(await inTurn()).toEqual([4, 0]);
    await clock.advance(45_000);
    expect(await inTurn()).toEqual([0, 0]);
    await clock.advance(INTERVAL_MS);
    expect(await inTurn()).toEqual([3, 1]);
  });

  it('of a ceiling is kept until they ask again', async () => {
    const { clock, desk, state } = aDesk({ maxMachines: 10, known: 10 });
    expect(await askInTurn(clock, desk, [BIG, ['small', wants(2)]])).toEqual([0, 0]);
    state.known = 6;
    expect(await askInTurn(clock, desk, [BIG, ['small', wants(2)]])).toEqual([2, 2]);
  });

  it('is kept for each policy of an app', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 2 });
    const workers = ['big', { creates: 1, policy: 'workers' }] as const;
    expect(await askInTurn(clock, desk, [BIG, workers])).toEqual([2, 0]);
    await clock.advance(60_000 - INTERVAL_MS);
    expect(await askInTurn(clock, desk, [BIG, workers])).toEqual([0, 0]);
    await clock.advance(INTERVAL_MS);
    expect(await askInTurn(clock, desk, [BIG, workers])).toEqual([1, 1]);
  });

  it('comes to those first who have waited longest, whichever round they are in', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 2 });
    const all = ['a', 'b', 'c', 'd', 'e'].map((app) => [app, wants(9)] as const);
    const seen: (readonly number[])[] = [];
    for (let tick = 0; tick < 9; tick += 1) {
      const granted = await askInTurn(clock, desk, all);
      if (tick % 4 === 0) seen.push(granted);
      await clock.advance(INTERVAL_MS);
    }
    expect(seen).toEqual([
      [2, 0, 0, 0, 0],
      [0, 1, 1, 0, 0],
      [0, 0, 0, 1, 1],
    ]);
  });

  it.each<[string, (parts: ReturnType<typeof aDesk>) => unknown]>([
    ['want nothing any more', ({ desk }) => desk.withdraw('small', 'default')],
    ['have left the fleet', ({ desk }) => desk.drop('small')],
    ['have not asked for long', ({ clock }) => clock.advance(INTERVAL_MS + 30_000)],
  ])('goes to others when they %s', async (_name, end) => {
    const parts = aDesk({ maxMachines: 10, known: 10 });
    const { clock, desk, state } = parts;
    expect(await askInTurn(clock, desk, [['small', wants(2)]])).toEqual([0]);
    await end(parts);
    state.known = 6;
    expect(await askInTurn(clock, desk, [BIG])).toEqual([4]);
  });

  it('is said to be wanted by others', async () => {
    const { clock, desk, state } = aDesk({ maxMachines: 10, known: 10 });
    await askInTurn(clock, desk, [['small', wants(1)]]);
    state.known = 9;
    const { grant } = await clock.runUntil(ask(desk, 'big', wants(5)));
    const detail =
      '5 creates wanted, 0 granted: the fleet has 9 of at most 10 machines, others want the rest';
    expect(grant.reasons).toEqual([{ code: 'fleet-capped', detail }]);
  });
});

describe('the budgets of the fleet', () => {
  const takes = (removals: number): Wish => ({ removals });
  const none = { creates: 0, removals: 0 };

  it('allow so many creates a minute over all apps, and again when the minute has passed', async () => {
    const { clock, desk } = aDesk({ createsPerMinute: 5 });
    const asked = Promise.all([ask(desk, 'a', wants(4)), ask(desk, 'b', wants(4))]);
    const [a, b] = await clock.runUntil(asked);
    expect([a?.grant.creates, b?.grant.creates]).toEqual([3, 2]);
    expect(a?.grant.reasons).toEqual([
      {
        code: 'budget-spent',
        detail:
          '4 creates wanted, 3 granted: 0 of at most 5 a minute in the fleet are used, others want the rest',
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
    const soon = await clock.runUntil(ask(desk, 'b', wants(3)));
    await clock.advance(31_000);
    const later = await clock.runUntil(ask(desk, 'b', wants(2)));
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
    const ticket = await clock.runUntil(ask(desk, 'a', { removals: 2, stops: 2 }));
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

  it('that were taken away leave nothing behind that a later process would take for the truth', async () => {
    const store = createMemoryStateStore();
    const before = aDesk({ removalsPerMinute: 3, store });
    await before.clock.advance(60_000);
    await askInTurn(before.clock, before.desk, [['a', takes(1)]]);
    const without = aDesk({ store });
    without.desk.restore(await store.load());
    expect(await askInTurn(without.clock, without.desk, [['a', takes(9)]])).toEqual([9]);
    const { clock, desk } = aDesk({ removalsPerMinute: 3, store });
    desk.restore(await store.load());
    expect(await askInTurn(clock, desk, [['a', takes(9)]])).toEqual([0]);
  });

  it('that were taken away hold nothing although that cannot be written', async () => {
    const store = createMemoryStateStore();
    const before = aDesk({ removalsPerMinute: 3, store });
    await askInTurn(before.clock, before.desk, [['a', wants(1)]]);
    let isBroken = true;
    const commit = (changes: ReadonlyMap<string, Json | null>): Promise<void> =>
      isBroken ? Promise.reject(new Error('disk full')) : store.commit(changes);
    const { clock, desk } = aDesk({ store: { ...store, commit } });
    desk.restore(await store.load());
    expect(await askInTurn(clock, desk, [['a', takes(9)]])).toEqual([9]);
    isBroken = false;
    expect(await askInTurn(clock, desk, [['a', takes(9)]])).toEqual([9]);
    expect(await store.load()).toEqual(new Map());
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
    const held = { ...takes(2), removalsHeld: brake };
    const asked = Promise.all([ask(desk, 'a', held), ask(desk, 'b', takes(2))]);
    const [a, b] = await clock.runUntil(asked);
    expect(a?.grant).toMatchObject({ removals: 0, reasons: [brake] });
    expect(b?.grant.removals).toBe(2);
  });
});

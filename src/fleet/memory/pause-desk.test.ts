import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import { createMemoryStateStore } from '../../state/memory-store.js';
import { T0 } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { PauseDesk } from './pause-desk.js';
import type { Json } from '../../seams/store.js';
import type { PauseOrder } from '../../seams/operator.js';

const ORDER: PauseOrder = {
  app: null,
  policy: null,
  mode: 'all',
  count: null,
  reason: '',
  untilMs: null,
};

function aDesk(store = createMemoryStateStore(), seed = 1) {
  const clock = createFakeClock({ startMs: T0 });
  return { clock, store, desk: new PauseDesk(store, clock, seededRandom(seed)) };
}

describe('pauses', () => {
  it('survive a restart with what was ordered while the stored ones were read', async () => {
    const { store, desk } = aDesk();
    const before = await desk.pause({ ...ORDER, app: 'my-app-1' });
    const stored = await store.load();
    const next = aDesk(store, 2).desk;
    const meanwhile = await next.pause({ ...ORDER, app: 'my-app-2' });
    next.restore(stored);
    const ids = (): readonly string[] =>
      next
        .all()
        .map(({ id }) => id)
        .sort();
    expect(ids()).toEqual([before.id, meanwhile.id].sort());
    next.restore(await store.load());
    expect(ids()).toEqual([before.id, meanwhile.id].sort());
  });

  it.each([
    ['a moment later', 0],
    ['an hour earlier by a clock that was set back', -3_600_000],
  ])('hold as the newest says, even if that came %s, over a restart too', async (_name, jumpMs) => {
    const { clock, store, desk } = aDesk();
    for (const count of [2, 6, 4]) {
      await desk.pause({ ...ORDER, mode: 'at', count });
      clock.jumpWall(jumpMs);
    }
    const next = aDesk(store, 2).desk;
    next.restore(await store.load());
    const counts = [desk, next].map((each) => each.of('any', 'default').map(({ count }) => count));
    expect(counts).toEqual([
      [4, 6, 2],
      [4, 6, 2],
    ]);
  });

  it('of an earlier version hold by whatever pattern they were made for', async () => {
    const { store, desk } = aDesk();
    const app = `x${'*a'.repeat(40)}*b`;
    await desk.pause({ ...ORDER, app });
    const next = aDesk(store, 2).desk;
    next.restore(await store.load());
    expect(next.of(`x${'a'.repeat(40)}-b`, 'default')).toHaveLength(1);
    expect(next.of(`y${'a'.repeat(40)}-b`, 'default')).toHaveLength(0);
  });

  it('that were lost once more are held once, which ends for good', async () => {
    const { clock, store, desk } = aDesk();
    desk.restore(await store.load(), 3_600_000);
    await desk.secureLoss();
    await clock.advance(60_000);
    const second = new PauseDesk(store, clock, seededRandom(2));
    second.restore(await store.load(), 3_600_000);
    await second.secureLoss();
    expect(second.all()).toMatchObject([{ app: '*', untilMs: T0 + 3_660_000 }]);
    await second.resume('*', null);
    expect(await store.load()).toEqual(new Map());
  });

  it('take nothing from the store that is no pause', async () => {
    const { desk } = aDesk();
    const bad: Json[] = [null, 7, 'x', [], {}, { id: 'x', mode: 'up', createdAtMs: 1 }];
    desk.restore(new Map(bad.map((value, n) => [`pause/${n}`, value])));
    expect(desk.all()).toEqual([]);
  });

  it('end by the wall clock, and leave the store with the next order', async () => {
    const { clock, store, desk } = aDesk();
    await desk.pause({ ...ORDER, untilMs: T0 + 60_000 });
    expect(desk.of('any', 'default')).toHaveLength(1);
    await clock.advance(60_000);
    expect(desk.of('any', 'default')).toEqual([]);
    await desk.pause({ ...ORDER, app: 'my-*', policy: 'web' });
    expect([...(await store.load()).values()]).toMatchObject([{ app: 'my-*' }]);
    expect(desk.of('my-app', 'web')).toHaveLength(1);
    expect(desk.of('my-app', 'default')).toEqual([]);
    expect(desk.of('other', 'web')).toEqual([]);
  });
});

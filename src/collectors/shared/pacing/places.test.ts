import { expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../../testing/fake-clock.js';
import { placesFor, type ForEach } from './places.js';

const never = new AbortController().signal;

it('keeps at most so many under way, in order', async () => {
  let underWay = 0;
  let peak = 0;
  const started: number[] = [];
  await placesFor<number>(3, String)([0, 1, 2, 3, 4, 5, 6], never, async (item) => {
    started.push(item);
    underWay += 1;
    peak = Math.max(peak, underWay);
    await Promise.resolve();
    underWay -= 1;
  });
  expect(peak).toBe(3);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

it('starts nothing more once aborted, and rejects', async () => {
  const controller = new AbortController();
  const started: number[] = [];
  const asking = placesFor<number>(1, String)([0, 1, 2, 3], controller.signal, async (item) => {
    started.push(item);
    if (item === 1) controller.abort(new Error('the end'));
    await Promise.resolve();
  });
  await expect(asking).rejects.toThrow('the end');
  expect(started).toEqual([0, 1]);
});

it('starts nothing more after a failure, and rejects with it', async () => {
  const started: number[] = [];
  const asking = placesFor<number>(1, String)([0, 1, 2], never, async (item) => {
    started.push(item);
    if (item === 1) throw new Error('broken');
    await Promise.resolve();
  });
  await expect(asking).rejects.toThrow('broken');
  expect(started).toEqual([0, 1]);
});

it('has nothing to do for nobody, or when it is over already', async () => {
  const work = async (): Promise<void> => expect.unreachable();
  await placesFor<number>(1, String)([], never, work);
  const asking = placesFor<number>(1, String)([1], AbortSignal.abort(new Error('over')), work);
  await expect(asking).rejects.toThrow('over');
});

/** Asks each in a collection of ten seconds; a name with `hung` in it never answers. Gives those that did. */
async function collect(
  clock: FakeClock,
  forEach: ForEach<string>,
  names: readonly string[],
): Promise<readonly string[]> {
  const deadline = new AbortController();
  const answered: string[] = [];
  const asking = forEach(names, deadline.signal, async (name) => {
    await clock.sleep(name.includes('hung') ? 1e9 : 100);
    answered.push(name);
  }).catch(() => undefined);
  await clock.advance(10_000);
  deadline.abort(new Error('too late'));
  await asking;
  return answered;
}

const named = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

it('leaves most places to others where some hang, however many these are, and were cut off before', async () => {
  const clock = createFakeClock();
  const forEach = placesFor<string>(8, (name) => name);
  const good = named('good', 20);
  const all = [...named('hung', 30), ...good];
  // Each time eight of those that hang are found out, and two of them more beside those.
  for (let n = 0; n < 5; n += 1) await collect(clock, forEach, all);
  for (let n = 0; n < 5; n += 1) expect(await collect(clock, forEach, all)).toEqual(good);
});

it('takes one that answers again for no slower than others', async () => {
  const clock = createFakeClock();
  const forEach = placesFor<string>(4, (name) => name);
  await collect(clock, forEach, named('hung', 4));
  const starting: string[] = [];
  const ask = (): Promise<void> =>
    forEach([...named('hung', 4), 'good'], never, async (name) => {
      starting.push(name);
      await clock.sleep(100);
    });
  await clock.runUntil(ask());
  expect(starting.slice(0, 3)).toEqual(['hung-0', 'good', 'hung-1']);
  starting.length = 0;
  await clock.runUntil(ask());
  expect(starting).toEqual([...named('hung', 4), 'good']);
});

it('counts the places of all calls together', async () => {
  const clock = createFakeClock();
  const forEach = placesFor<string>(3, (name) => name);
  let underWay = 0;
  let peak = 0;
  const work = async (): Promise<void> => {
    underWay += 1;
    peak = Math.max(peak, underWay);
    await clock.sleep(100);
    underWay -= 1;
  };
  const both = Promise.all([
    forEach(named('a', 5), never, work),
    forEach(named('b', 5), never, work),
  ]);
  await clock.runUntil(both);
  expect(peak).toBe(3);
});

import { expect, it } from 'vitest';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { collectWithin, tellEach, type Emit } from './collection.js';

const never = new AbortController().signal;
const one = { kind: 'value', value: 1, atMs: 0 } as const;

it('tells each app once: the early ones their answer, the others of the deadline, late answers nobody', async () => {
  const clock = createFakeClock();
  const heard: string[] = [];
  let late: Emit | null = null;
  const collecting = collectWithin(
    { clock, limitMs: 1_500, serverName: 'https://x' },
    ['early', 'slow'],
    (app, sample) =>
      heard.push(`${app}: ${sample.kind === 'error' ? sample.message : sample.kind}`),
    never,
    (emit) => {
      emit('early', one);
      emit('early', one);
      emit('stranger', one);
      late = emit;
      return new Promise(() => undefined);
    },
  );
  await clock.advance(1_500);
  expect(await collecting).toBe(false);
  late!('slow', one);
  expect(heard).toEqual(['early: value', 'slow: https://x: no answer within 1.5s']);
});

it('lets others have their turn while it tells thousands', async () => {
  const clock = createFakeClock();
  const apps = Array.from({ length: 1200 }, (_, n) => `app-${n}`);
  const told: string[] = [];
  let toldMeanwhile = 0;
  const telling = tellEach({ apps, clock, signal: never }, (app) => void told.push(app));
  void clock.sleep(0).then(() => (toldMeanwhile = told.length));
  await clock.runUntil(telling);
  expect(told).toEqual(apps);
  expect(toldMeanwhile).toBeGreaterThan(0);
  expect(toldMeanwhile).toBeLessThan(apps.length);
});

it('passes on what breaks the work', async () => {
  const limits = { clock: createFakeClock(), limitMs: 1, serverName: 'x' };
  const broken = collectWithin(
    limits,
    ['a'],
    () => undefined,
    never,
    () => Promise.reject(new Error('broken')),
  );
  await expect(broken).rejects.toThrow('broken');
});

it('tells fewer at a time where much is looked at for each', async () => {
  const clock = createFakeClock();
  const apps = Array.from({ length: 100 }, (_, n) => `app-${n}`);
  let told = 0;
  let toldMeanwhile = 0;
  const telling = tellEach({ apps, clock, signal: never }, async () => {
    told += 1;
    return 1000;
  });
  void clock.sleep(0).then(() => (toldMeanwhile = told));
  await clock.runUntil(telling);
  expect(told).toBe(100);
  expect(toldMeanwhile).toBeLessThan(5);
});

import { describe, expect, it } from 'vitest';
import { fleetSource, outcomeOf, vectorBody } from '../../testing/fleet-source.js';

const OR_ZERO = 'sum(jobs{app="$APP_NAME"}) or vector(0)';

describe('apps that lose their series at once', () => {
  const apps = Array.from({ length: 40 }, (_, index) => `a-${index}`);
  const without = (lost: number): string =>
    vectorBody(apps.slice(lost).map((app) => [{ app }, '5']));

  it.each([
    ['with a default', { default: 0 }, 0],
    ['with an "or"', { query: OR_ZERO }, 0],
    ['with neither', {}, 'empty'],
  ])('are held for a minute and then believed, %s', async (_, settings, believed) => {
    const { clock, source, collect } = fleetSource(settings);
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(5);
    const seen: unknown[] = [];
    for (let tick = 0; tick < 6; tick += 1) {
      await clock.advance(15_000);
      seen.push(outcomeOf((await collect(...apps)).get('a-0')));
    }
    const held = 'source-suspect';
    expect(seen).toEqual([held, held, held, held, believed, believed]);
  });

  it('are held for three ticks when those are longer', async () => {
    const { clock, source, collect } = fleetSource();
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(5);
    const seen: unknown[] = [];
    for (let tick = 0; tick < 4; tick += 1) {
      await clock.advance(60_000);
      seen.push(outcomeOf((await collect(...apps)).get('a-0')));
    }
    expect(seen).toEqual(['source-suspect', 'source-suspect', 'source-suspect', 'empty']);
  });

  it.each([
    ['one query by its label', { query: 'sum by (app) (jobs)', 'app-label': 'app', default: 0 }],
    ['one query, always', { query: OR_ZERO, 'fleet-query': 'always' }],
    ['one query where that can be', { query: OR_ZERO }],
  ])('are held after an outage just so, with %s', async (_, settings) => {
    const { clock, source, collect } = fleetSource(settings);
    const tick = async (): Promise<readonly unknown[]> => {
      await clock.advance(15_000);
      return [...(await collect(...apps)).values()].map(outcomeOf);
    };
    source.answer = () => without(0);
    await tick();
    source.status = 503;
    for (let n = 0; n < 4; n += 1) await tick();
    source.status = 200;
    source.answer = (query) => (query.includes('app="') ? vectorBody([[{}, '0']]) : without(39));
    const held = [...apps.slice(1).map(() => 'source-suspect'), 5];
    for (let n = 0; n < 4; n += 1) expect(await tick()).toEqual(held);
    expect(await tick()).toEqual([...apps.slice(1).map(() => 0), 5]);
  });

  it('are held over a reload that changes which apps there are', async () => {
    const { clock, source, collect, reopen } = fleetSource({ query: OR_ZERO });
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(15);
    const seen: unknown[] = [];
    for (let tick = 0; tick < 5; tick += 1) {
      reopen(['a*', `b-${tick}*`]);
      await clock.advance(15_000);
      seen.push(outcomeOf((await collect(...apps)).get('a-0')));
    }
    expect(seen).toEqual([...Array(4).fill('source-suspect'), 0]);
  });

  it('are believed at once when they are back', async () => {
    const { source, collect } = fleetSource();
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(40);
    expect(outcomeOf((await collect(...apps)).get('a-7'))).toBe('source-suspect');
    source.answer = () => without(5);
    const samples = await collect(...apps);
    expect([outcomeOf(samples.get('a-7')), outcomeOf(samples.get('a-4'))]).toEqual([
      5,
      'source-suspect',
    ]);
  });

  it.each([
    ['three', 40, 3],
    ['a tenth', 40, 4],
    ['those that never had any', 0, 40],
  ])('are no suspects when they are %s', async (_, had, lost) => {
    const { source, collect } = fleetSource();
    source.answer = () => without(40 - had);
    await collect(...apps);
    source.answer = () => without(lost);
    expect(outcomeOf((await collect(...apps)).get('a-0'))).toBe('empty');
  });
});

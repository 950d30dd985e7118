import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { Unseen } from './unseen.js';

const DAY_MS = 24 * 60 * 60 * 1000;

function watcher() {
  const warnings: unknown[] = [];
  const clock = createFakeClock();
  const unseen = new Unseen(
    { clock, warn: (message, fields) => warnings.push({ message, ...fields }) },
    'jobs',
    { things: 'keys', meaning: 'each counts as 0', check: 'the key' },
  );
  return { unseen, clock, warnings };
}

describe('names that nothing was found under', () => {
  it('are told once, with an example and how many', () => {
    const { unseen, warnings } = watcher();
    for (let n = 0; n < 3; n += 1) {
      unseen.missed('a', 'q:a');
      unseen.missed('b', 'q:b');
      unseen.end();
    }
    expect(warnings).toEqual([
      {
        message:
          'nothing has been found yet for 2 of the keys, such as q:a: each counts as 0. If there should be something, check the key',
        metric: 'jobs',
        app: 'a',
        count: 2,
      },
    ]);
  });

  it('are told after a day where others were found, and those alone that never were', async () => {
    const { unseen, clock, warnings } = watcher();
    const collect = (): void => {
      unseen.found('a');
      unseen.missed('b', 'q:b');
      unseen.missed('c', 'q:c');
      unseen.end();
    };
    collect();
    await clock.advance(DAY_MS - 1);
    unseen.found('c');
    collect();
    expect(warnings).toEqual([]);
    await clock.advance(1);
    collect();
    expect(warnings).toMatchObject([{ app: 'b', count: 1 }]);
  });

  it('are nobody where all were found', async () => {
    const { unseen, clock, warnings } = watcher();
    unseen.found('a');
    unseen.end();
    await clock.advance(2 * DAY_MS);
    unseen.missed('a', 'q:a');
    unseen.end();
    expect(warnings).toEqual([]);
  });
});

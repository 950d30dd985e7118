import { expect, it } from 'vitest';
import { aReport } from '../../testing/reports.js';
import { fanOut } from './fan-out.js';

it('tells the others when one recorder throws', () => {
  const seen: string[] = [];
  const failures: unknown[] = [];
  const broken = {
    pass: () => {
      throw new Error('broken');
    },
    fleet: () => undefined,
  };
  const sound = { pass: ({ app }: { app: string }) => void seen.push(app), fleet: () => undefined };
  fanOut([broken, sound], (error) => failures.push(error)).pass(aReport());
  expect(seen).toEqual(['my-app-1']);
  expect(failures).toHaveLength(1);
});

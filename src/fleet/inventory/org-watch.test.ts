import { describe, expect, it } from 'vitest';
import { createOrgFleet, stopByHand, stopped } from '../../testing/org-fleet.js';

const NO_LAG = { delaysMs: { orgListLag: [0, 0] } } as const;

describe('the first list of an organization', () => {
  it('that always ends early is not taken for news: own lists are read instead', async () => {
    const fleet = createOrgFleet({ ...NO_LAG, orgListPageSize: 4 });
    const apps = Array.from({ length: 5 }, (_, i) => `my-app-${i}`);
    for (const app of apps) fleet.addApp(app, 2);
    fleet.start({
      fly: {
        ...fleet.fly,
        listOrgMachines: (org, query, signal) =>
          query.cursor !== null
            ? Promise.reject(new Error('no more of it'))
            : fleet.fly.listOrgMachines(org, query, signal),
      },
    });
    await fleet.clock.advance(30_000);
    for (const app of apps) await stopByHand(fleet, app);
    await fleet.clock.advance(80_000);
    expect(apps.map((app) => stopped(fleet, app))).toEqual([1, 1, 1, 1, 1]);
    await fleet.stop();
  });
});

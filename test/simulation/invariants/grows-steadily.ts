import type { Check, Ground } from '../invariant.js';
import { present } from '../snapshots.js';

/** Longer than any window. */
const LONGEST_MS = 10 * 60_000;

/** Nothing is made beyond the lowest of what passes may have recommended within the window for growing. */
export function growsSteadily(ground: Ground): Check {
  const recommended = new Map<string, { readonly atMs: number; readonly most: number }[]>();
  const keyOf = (by: string, app: string, profile: string): string => `${by} ${app} ${profile}`;
  return {
    onReport(by, { app, policy, samples, proposal }) {
      const profile = ground.planOf(app)?.profile;
      if (profile?.name !== policy.name || proposal === null) return;
      const { growthWindowMs, tolerance } = profile.rules;
      const wish = profile.created;
      const sample = wish === null ? undefined : samples.get(wish.metric);
      if (growthWindowMs === undefined || sample?.kind !== 'value') return;
      const most = wish?.max(sample.value) ?? null;
      if (most === null) return;
      const key = keyOf(by, app, profile.name);
      const atMs = ground.clock.elapsedMs();
      const known = (recommended.get(key) ?? []).filter((each) => atMs - each.atMs < LONGEST_MS);
      // Within a tolerance the count that is there is the recommendation.
      const share = 1 - (tolerance?.down ?? 0);
      recommended.set(key, [...known, { atMs, most: Math.max(1, Math.ceil(most / share)) }]);
    },
    onOwnEffect({ plan, entry, by, snapshot, atMs }) {
      const profile = plan?.profile ?? null;
      const windowMs = profile?.rules.growthWindowMs;
      if (profile === null || windowMs === undefined || snapshot === null) return;
      if (entry.effect !== 'create') return;
      const known = recommended.get(keyOf(by, entry.app, profile.name)) ?? [];
      const lately = known.filter((each) => each.atMs > atMs - windowMs);
      const most = Math.min(...lately.map((each) => each.most));
      const there = present(snapshot).length;
      if (there >= most)
        ground.fail(
          'grows-steadily',
          `${by} creates ${entry.machine ?? ''} of ${entry.app}: ${there} were there, ${most} recommended lately`,
        );
    },
  };
}

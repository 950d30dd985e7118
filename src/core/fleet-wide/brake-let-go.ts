/** How a fleet brake lets apps go whose source keeps to what it says. */

const MINUTE_MS = 60_000;
const LET_GO_SHARE = 0.1;

/** A brake that is on. */
export interface Holding {
  /** From when on some may be let go. */
  readonly letGoAtMs: number;
  /** Apps that want less than their reference, those that were let go among them. */
  wanting(nowMs: number): ReadonlyMap<string, Wanting>;
  letGo(apps: readonly string[], nextAtMs: number): void;
}

/** What an app that is held wants. */
export interface Wanting {
  /** Machines. */
  readonly loss: number;
  /** Its source has been good for long enough. */
  readonly isFresh: boolean;
  readonly isLetGo: boolean;
}

export function both(a: Wanting | undefined, b: Wanting): Wanting {
  if (a === undefined) return b;
  return {
    loss: a.loss + b.loss,
    isFresh: a.isFresh && b.isFresh,
    isLetGo: a.isLetGo && b.isLetGo,
  };
}

/**
 * A tenth of the apps that these brakes hold a minute, the smallest falls first: what they lose is the least.
 * False when it was none.
 */
export function letSomeGo(brakes: readonly Holding[], nowMs: number): boolean {
  if (brakes.some(({ letGoAtMs }) => nowMs < letGoAtMs)) return false;
  const parts = brakes.map((brake) => ({ brake, holds: brake.wanting(nowMs) }));
  const wanting = new Map<string, Wanting>();
  for (const { holds } of parts) {
    for (const [app, each] of holds) wanting.set(app, both(wanting.get(app), each));
  }
  const ready = [...wanting]
    .filter(([, { isFresh, isLetGo }]) => isFresh && !isLetGo)
    .sort(([a, x], [b, y]) => x.loss - y.loss || (a < b ? -1 : 1))
    .slice(0, Math.ceil(wanting.size * LET_GO_SHARE))
    .map(([app]) => app);
  if (ready.length === 0) return false;
  for (const { brake, holds } of parts) {
    // One that falls only later is held for the full time from then.
    const own = ready.filter((app) => holds.has(app));
    brake.letGo(own, nowMs + MINUTE_MS);
  }
  return true;
}

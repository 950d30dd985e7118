import type { Simulator } from '../../src/simulator/index.js';
import { MAX_AGE_MS, SERIES, type MetricName } from './metrics.js';

/** An answer comes so much later than it was computed, at most. */
const ANSWER_MS = 12_000;
const NONE: ReadonlySet<string> = new Set();

/** Apps whose metric ended so long ago that no answer with a value of it can be young enough. */
export function staleApps(sim: Simulator, metric: MetricName): ReadonlySet<string> {
  const maxAgeMs = MAX_AGE_MS[metric];
  if (maxAgeMs === undefined) return NONE;
  const { engine, state } = sim.world;
  const nowMs = engine.nowMs - engine.startMs;
  const stale = [...state.apps.values()].filter(({ metrics }) => {
    const endedAtMs = metrics.get(SERIES[metric])?.endedAtMs ?? nowMs;
    return nowMs - endedAtMs > maxAgeMs + ANSWER_MS;
  });
  return stale.length === 0 ? NONE : new Set(stale.map(({ name }) => name));
}

/** What one count of a policy should be by its expressions, and by what stands in for metrics that they miss. */
import { presentOf } from './clamp.js';
import type { Counts, DecisionInput } from '../model/decision.js';
import { PLAIN_POLICY } from '../model/policy.js';
import { targetWithStandIns } from './stand-in.js';
import { evaluateTarget, LEAST, type Target } from './target.js';
import type { CountName } from '../model/count.js';

export interface Circumstances {
  readonly input: Pick<DecisionInput, 'policy' | 'samples' | 'now' | 'zone'>;
  readonly counts: Counts;
  /** As in `PolicyHistory`. */
  readonly missingSinceMs: Readonly<Record<string, number>>;
}

/** Null when the policy leaves that count alone. */
export function targetOf(name: CountName, circumstances: Circumstances): Target | null {
  const floor = LEAST[name];
  const { input, counts, missingSinceMs } = circumstances;
  const { policy, samples, now, zone } = input;
  const range = policy[name];
  if (range === null) return null;
  const evaluation = { samples, counts, now, zone };
  if (policy.missing === PLAIN_POLICY.missing) {
    return evaluateTarget(name, range, floor, evaluation);
  }
  return targetWithStandIns({
    name,
    range,
    floor,
    evaluation,
    rules: policy.missing,
    missingSinceMs,
    present: presentOf(counts, name),
    healthy: counts[name],
  });
}

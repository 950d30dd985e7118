/** A decision that was made before, computed again from its inputs. */
import type { DecisionInput, Plan, Proposal } from '../model/decision.js';
import type { Grant } from './grant.js';
import { plan } from '../plan/plan.js';
import { propose } from '../decide/propose.js';
import { settle } from './settle.js';

export interface Decided {
  readonly input: DecisionInput;
  readonly grant: Grant | null;
  /** Settled where there is a grant. */
  readonly proposal: Proposal;
  /** Null when it did not come to a plan. */
  readonly plan: Plan | null;
}

/** The same proposal and plan, bit for bit, where the same engine decided. The names of new machines are inputs. */
export function recompute({ input, grant, plan: planned }: Decided): {
  readonly proposal: Proposal;
  readonly plan: Plan | null;
} {
  const fresh = propose(input);
  const proposal = grant === null ? fresh : settle(fresh, grant);
  if (planned === null || grant === null) return { proposal, plan: null };
  const names = planned.creates.map((create) => create.launchId);
  let next = 0;
  const launchIds = (): string => {
    next += 1;
    return names[next - 1] ?? `fas-new-${next}`;
  };
  return { proposal, plan: plan(input, proposal, launchIds) };
}

/** Stored decisions, computed again. */
import { recompute } from '../../core/fleet-wide/recompute.js';
import { firstDifference, type Difference } from './difference.js';
import { hiddenPlan } from '../store/body.js';
import type { PassReport } from '../../seams/events.js';

export type Replayed =
  | { readonly kind: 'same' }
  /** The pass failed before anything was decided. */
  | { readonly kind: 'nothing-decided' }
  | { readonly kind: 'differs'; readonly difference: Difference }
  /** This version cannot run it, for instance because an expression does not compile any more. */
  | { readonly kind: 'impossible'; readonly why: string };

/** Takes stored decisions, and those that were just made: what is hidden before storing is hidden on both sides. */
export function replay({
  input,
  grant,
  proposal,
  plan,
}: Pick<PassReport, 'input' | 'grant' | 'proposal' | 'plan'>): Replayed {
  if (input === null || proposal === null) return { kind: 'nothing-decided' };
  let again: ReturnType<typeof recompute>;
  try {
    again = recompute({ input, grant, proposal, plan });
  } catch (error) {
    return { kind: 'impossible', why: error instanceof Error ? error.message : String(error) };
  }
  const difference = firstDifference(
    { proposal, plan: plan && hiddenPlan(plan) },
    { proposal: again.proposal, plan: again.plan && hiddenPlan(again.plan) },
  );
  return difference === null ? { kind: 'same' } : { kind: 'differs', difference };
}

/** Stored decisions, computed again. */
import { recompute } from '../core/recompute.js';
import type { DecisionOutline, DecisionQuery, RecordedDecision, RecordReader } from '../ports.js';
import { firstDifference, type Difference } from './difference.js';
import { hiddenPlan } from './store/body.js';

export type Replayed =
  | { readonly kind: 'same' }
  /** The pass failed before anything was decided. */
  | { readonly kind: 'nothing-decided' }
  | { readonly kind: 'differs'; readonly difference: Difference }
  /** This version cannot run it, for instance because an expression does not compile any more. */
  | { readonly kind: 'impossible'; readonly why: string };

export function replay({ report }: RecordedDecision): Replayed {
  const { input, grant, proposal, plan } = report;
  if (input === null || proposal === null) return { kind: 'nothing-decided' };
  let again: ReturnType<typeof recompute>;
  try {
    again = recompute({ input, grant, proposal, plan });
  } catch (error) {
    return { kind: 'impossible', why: error instanceof Error ? error.message : String(error) };
  }
  const planned = again.plan && hiddenPlan(again.plan);
  const difference = firstDifference(
    { proposal, plan },
    { proposal: again.proposal, plan: planned },
  );
  return difference === null ? { kind: 'same' } : { kind: 'differs', difference };
}

const PAGE = 200;

/** All that a query matches, in its order, page by page; its limit does not count. */
export async function* everyDecision(
  reader: RecordReader,
  query: Omit<DecisionQuery, 'limit' | 'after'>,
): AsyncGenerator<DecisionOutline> {
  let after: DecisionQuery['after'];
  for (;;) {
    const page = await reader.decisions({
      ...query,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}

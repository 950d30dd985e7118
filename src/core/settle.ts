import type { CountProposal, Proposal } from './decision.js';
import type { Grant } from './grant.js';
import { reason } from './reason.js';

/**
 * Joins the fresh proposal with what was granted on the first look, and only ever lowers: same direction,
 * at most what was granted. More, or the other way, waits for the next grant.
 */
export function settle(fresh: Proposal, grant: Grant): Proposal {
  const created = limit(fresh.created, grant.creates, grant.removals);
  const started = limit(fresh.started, grant.starts, grant.stops);
  const isLowered =
    created?.wanted !== fresh.created?.wanted || started?.wanted !== fresh.started?.wanted;
  const lowered = isLowered && grant.reasons.length === 0 ? [LOWERED] : [];
  return { ...fresh, created, started, reasons: [...fresh.reasons, ...grant.reasons, ...lowered] };
}

const LOWERED = reason('fresh-look-differs', 'the rest waits for the next pass');

function limit(count: CountProposal | null, up: number, down: number): CountProposal | null {
  if (count === null) return null;
  const change = Math.min(up, Math.max(-down, count.wanted - count.current));
  return { ...count, wanted: count.current + change };
}

import type { CountProposal, Proposal } from '../model/decision.js';
import type { Grant } from './grant.js';
import { reason } from '../model/reason.js';
import { traceOf } from '../decide/trace.js';

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
  const said = [...grant.reasons, ...lowered];
  const trace = traceOf('grant', fresh, { created, started }, said);
  const steps = trace === null ? fresh.steps : [...fresh.steps, trace];
  const held = grant.areRemovalsHeld === true ? ({ areRemovalsHeld: true } as const) : {};
  return { ...fresh, created, started, ...held, steps, reasons: [...fresh.reasons, ...said] };
}

const LOWERED = reason('fresh-look-differs', 'the rest waits for the next pass');

function limit(count: CountProposal | null, up: number, down: number): CountProposal | null {
  if (count === null) return null;
  const change = Math.min(up, Math.max(-down, count.wanted - count.current));
  return { ...count, wanted: count.current + change };
}

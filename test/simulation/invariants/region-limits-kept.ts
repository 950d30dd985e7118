import { Deeds, isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { healthy, present } from '../snapshots.js';

/** Removals leave the least of each region, creates do not pass its most. */
export function regionLimitsKept(ground: Ground): Check {
  return {
    onOwnEffect(effect) {
      const limits = effect.plan?.profile?.policy.regionLimits ?? {};
      if (Object.keys(limits).length === 0) return;
      if (effect.entry.effect === 'create') onCreate(ground, effect);
      const isBegun = effect.entry.effect === 'destroy' && !isForced(effect);
      if (markedGoal(effect) === 'destroy' || isBegun) onRemoval(ground, effect);
    },
  };
}

function limitsOf({ plan }: OwnEffect, region: string): { min: number; max: number | null } {
  return plan?.profile?.policy.regionLimits[region] ?? { min: 0, max: null };
}

function onRemoval(ground: Ground, effect: OwnEffect): void {
  const { entry, by, snapshot } = effect;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  // What was under way by the list had been judged when it began.
  if (snapshot === null || seen === undefined || seen.mark !== null || seen.state === 'failed')
    return;
  const { removals } = new Deeds(ground, effect, snapshot, 'own');
  const left = healthy(snapshot).filter(
    (m) => m.region === seen.region && m.state !== 'failed' && !removals.has(m.id),
  ).length;
  const { min } = limitsOf(effect, seen.region);
  if (left < min)
    ground.fail(
      'region-limits',
      `${by} ${entry.effect} ${seen.id} of ${entry.app}: ${left} left in ${seen.region}, at least ${min} wanted`,
    );
}

function onCreate(ground: Ground, effect: OwnEffect): void {
  const { entry, by, machine, snapshot } = effect;
  if (machine === undefined || snapshot === null) return;
  const { region } = machine;
  const made = new Deeds(ground, effect, snapshot, 'own').creates.filter(
    (deed) => deed.machine?.region === region,
  ).length;
  const there = present(snapshot).filter((m) => m.region === region).length;
  const { max } = limitsOf(effect, region);
  if (max !== null && there + made > max)
    ground.fail(
      'region-limits',
      `${by} created ${machine.id} of ${entry.app}: ${there} were in ${region}, ${made} made since, at most ${max} wanted`,
    );
}

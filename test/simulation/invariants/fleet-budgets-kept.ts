import { isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import type { StateStore } from '../../../src/seams/store.js';

const MINUTE_MS = 60_000;
/** A call may arrive so much later than its pass believes to have ended. */
const MARGIN_MS = 500;

interface Deed {
  readonly by: string;
  readonly atMs: number;
  readonly state: StateStore | undefined;
}

/**
 * In no minute are more machines made or begun to be taken away than the fleet's budgets allow, by one process and by
 * those that follow each other on one lasting state. Without what was before, nothing is taken away in the first minute.
 */
export function fleetBudgetsKept(ground: Ground): Check {
  const made: Deed[] = [];
  const taken: Deed[] = [];

  const judge = (deeds: Deed[], most: number | null, effect: OwnEffect, what: string): void => {
    const { by, atMs, entry } = effect;
    const state = ground.autoscalers.get(by)?.state;
    const deed: Deed = { by, atMs, state };
    deeds.push(deed);
    while (deeds.length > 0 && (deeds[0]?.atMs ?? atMs) <= atMs - MINUTE_MS) deeds.shift();
    if (most === null) return;
    const within = deeds.filter(
      (each) => each.atMs > atMs - MINUTE_MS + MARGIN_MS && each.state === deed.state,
    );
    if (within.length <= most) return;
    const whose = new Set(within.map((each) => each.by)).size > 1 ? ' with the one before it' : '';
    ground.fail(
      'fleet-budgets',
      `${by} ${what} ${entry.machine ?? ''} of ${entry.app}: ${within.length} within a minute${whose}, at most ${most}`,
    );
  };

  return {
    onOwnEffect(effect) {
      const { maxCreatesPerMinute, maxRemovalsPerMinute } = ground.plan;
      if (effect.entry.effect === 'create') judge(made, maxCreatesPerMinute, effect, 'creates');
      if (!beginsRemoval(effect)) return;
      judge(taken, maxRemovalsPerMinute, effect, 'removes');
      if (maxRemovalsPerMinute !== null) judgeYouth(ground, effect);
    },
  };
}

function beginsRemoval(effect: OwnEffect): boolean {
  const { entry, snapshot } = effect;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  if (seen?.mark != null) return false;
  return markedGoal(effect) !== null || (entry.effect === 'destroy' && !isForced(effect));
}

function judgeYouth(ground: Ground, { by, atMs, entry }: OwnEffect): void {
  const process = ground.autoscalers.get(by);
  if (process === undefined || atMs - process.startedAtMs >= MINUTE_MS) return;
  const isFirst = ground.autoscalers.all.find(({ state }) => state === process.state) === process;
  if (isFirst) {
    ground.fail(
      'fleet-budgets',
      `${by} removes ${entry.machine ?? ''} of ${entry.app} in its first minute`,
    );
  }
}

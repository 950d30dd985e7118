import type { Action, ActionOutcome } from '../../../src/core/model/decision.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import type { PassReport } from '../../../src/seams/events.js';

/** Effects whose report should have come long ago: a pass is bounded by its timeout, the lease and the queue. */
const REPORT_WITHIN_MS = 5 * 60_000;

const UNDER_WAY_MS = 1000;

interface Open {
  readonly effect: OwnEffect;
  readonly what: string;
}

/** Each action has a decision that explains it: a report of its pass names the machine, the step and the reason. */
export function explained(ground: Ground): Check {
  const open = new Map<string, Open[]>();
  /** Process and app -> what the newest report told, and when. */
  const toldLast = new Map<string, { told: ReadonlySet<string>; atMs: number }>();

  const complain = (isDue: (effect: OwnEffect) => boolean): void => {
    for (const [key, effects] of open) {
      const [by = ''] = key.split(' ');
      // A process that was killed had no time to tell.
      if (ground.autoscalers.get(by)?.isKilled === true) open.delete(key);
      else if (effects.some(({ effect }) => isDue(effect))) {
        for (const { what } of effects)
          ground.fail('explained', `${key}: no report tells of ${what}`);
        open.delete(key);
      }
    }
  };

  return {
    onOwnEffect(effect) {
      const key = `${effect.by} ${effect.entry.app}`;
      const what = stepOf(effect);
      const last = toldLast.get(key);
      // A call that was cut off may still be on its way when the report is written.
      const isTold =
        what !== null && last?.told.has(what) === true && effect.atMs - last.atMs < UNDER_WAY_MS;
      if (what !== null && !isTold) open.set(key, [...(open.get(key) ?? []), { effect, what }]);
    },
    onReport(by, report) {
      const key = `${by} ${report.app}`;
      const own = report.outcomes.flatMap(stepsTold);
      const before = toldLast.get(key);
      // Another policy of the app may have told of its part in the same pass.
      const isSamePass =
        before !== undefined && ground.clock.elapsedMs() - before.atMs < UNDER_WAY_MS;
      const told = new Set([...own, ...(isSamePass ? before.told : [])]);
      toldLast.set(key, { told, atMs: ground.clock.elapsedMs() });
      for (const outcome of report.outcomes) judge(ground, by, report, outcome);
      const left = (open.get(key) ?? []).filter(({ what }) => !told.has(what));
      if (left.length === 0) open.delete(key);
      else open.set(key, left);
      const nowMs = ground.clock.elapsedMs();
      complain(({ atMs }) => nowMs - atMs > REPORT_WITHIN_MS);
    },
    onEnd: () => complain(({ atMs }) => ground.clock.elapsedMs() - atMs > REPORT_WITHIN_MS),
  };
}

function judge(
  ground: Ground,
  by: string,
  report: PassReport,
  { action, errorCode }: ActionOutcome,
): void {
  const { code, detail } = action.reason;
  if (detail === '' || !report.reasons.some((reason) => reason.code === code)) {
    ground.fail(
      'explained',
      `${by} ${report.app}: ${action.kind} for ${code} "${detail}", not among ${report.reasons.map((r) => r.code).join(', ')}`,
    );
  }
  if (errorCode === 'internal')
    ground.fail('explained', `${by} ${report.app}: ${action.kind} failed by a mistake of ours`);
}

/** What an outcome tells, in the words of `stepOf`; steps that were planned and not done may have been sent in vain. */
function stepsTold({ action }: ActionOutcome): string[] {
  if (action.kind === 'create')
    return [`create ${action.launchId}`, `destroy ${action.launchId}`, 'volume-create'];
  return action.steps.map((step) => `${step} ${action.machineId}`);
}

export type Kind = Action['kind'];

function stepOf({ entry, machine }: OwnEffect): string | null {
  switch (entry.effect) {
    case 'create':
      return `create ${String(entry.detail['name'])}`;
    case 'destroy':
      return entry.detail['isForced'] === true
        ? `destroy ${machine?.name ?? ''}`
        : `destroy ${entry.machine ?? ''}`;
    case 'metadata': {
      const patch = entry.detail['patch'] as Record<string, string | null> | undefined;
      return `${patch?.['fas-remove'] == null ? 'unmark' : 'mark'} ${entry.machine ?? ''}`;
    }
    case 'volume-create':
      return 'volume-create';
    case 'start':
    case 'stop':
    case 'suspend':
    case 'cordon':
    case 'uncordon':
      return `${entry.effect} ${entry.machine ?? ''}`;
    default:
      return `${entry.effect} ${entry.machine ?? ''}`;
  }
}

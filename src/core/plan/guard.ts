/** The last question before each call: is what was decided still true of this machine and this release? */
import type { MachineAction, RemovalMark, Step } from '../model/decision.js';
import { busyOf, drainOf } from '../machines/drain.js';
import type { Instant } from '../time/instant.js';
import type { Machine, Release } from '../model/machine.js';
import { BLUE_GREEN_KEY, removalMark } from '../machines/marks.js';
import type { Orders } from '../model/orders.js';
import type { Policy } from '../model/policy.js';
import { protectionOf } from '../machines/protect.js';
import { isOvertaken, releasePhase } from '../machines/release.js';
import { isDraining } from '../model/removal-rules.js';
import type { Samples } from '../model/sample.js';
import { frozenBy } from '../model/scheduled.js';
import { isGone } from '../machines/states.js';
import type { AppMemory } from '../model/app-memory.js';

export interface GuardContext {
  readonly policy: Policy;
  /** The release that was read under the lease. */
  readonly decidedRelease: Release | null;
  readonly now: Instant;
  /** As in `AppMemory`. */
  readonly clockJumpedAtMs: number | null;
  /** The newest, for what machines are busy with. Absent: nobody knows, so all are busy. */
  readonly samples?: Samples;
  /** As in `AppMemory`. Absent: nothing is known of when draining began. */
  readonly drains?: AppMemory['drains'];
  /** As in `AppMemory`. */
  readonly oldProtects?: AppMemory['oldProtects'];
  /** What operators and the fleet brake say by now that was not decided on. Absent: nothing. */
  readonly ordersBegun?: Orders;
  /** Whether we hold the lease of that machine. */
  readonly isHeldByUs: (machineId: string) => boolean;
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly detail: string };

const GO: Verdict = { ok: true };
const no = (detail: string): Verdict => ({ ok: false, detail });

/** In which states a step makes sense. Absent: in all. */
const STATES: Readonly<Partial<Record<Step, readonly string[]>>> = {
  mark: ['started'],
  stop: ['started'],
  suspend: ['started'],
  destroy: ['stopped', 'suspended', 'failed', 'created'],
  start: ['stopped', 'suspended', 'created'],
};

/** What a freeze that begins meanwhile lets through: taking a mark back, which leaves a machine as it was. */
const NEITHER: ReadonlySet<Step> = new Set(['uncordon', 'unmark']);

const REMOVING: ReadonlySet<Step> = new Set(['mark', 'cordon', 'stop', 'suspend', 'destroy']);

function mayActNow(release: Release | null, isRemoval: boolean, context: GuardContext): Verdict {
  if (isOvertaken(context.decidedRelease, release)) return no('another release began');
  const phase = releasePhase(
    release,
    context.policy.releaseMaxAgeMs,
    context.now,
    context.clockJumpedAtMs,
  );
  if (phase === 'running') return no('a release is running');
  if (phase === 'overdue' && isRemoval) return no('a release has been running for too long');
  return GO;
}

function mayChange(isRemoval: boolean, { policy, now, ordersBegun }: GuardContext): Verdict {
  if (ordersBegun !== undefined) {
    const spared = isRemoval ? 'out' : 'in';
    if (ordersBegun.pauses.some(({ mode }) => mode !== spared)) return no('a pause began');
    if (isRemoval && isBraked(policy, ordersBegun)) return no('the fleet brake is on');
  }
  if (policy.schedules.length === 0) return GO;
  const frozen = frozenBy(policy.schedules, now.wallMs);
  return (isRemoval ? frozen.in : frozen.out) ? no('a freeze began') : GO;
}

function isBraked(policy: Policy, { braked }: Orders): boolean {
  return Object.keys(braked).some((metric) =>
    [policy.created, policy.started].some(
      (range) => range?.min.variables.has(metric) || range?.max.variables.has(metric),
    ),
  );
}

/** `machine` and `release` as read just now; null: the machine does not exist any more. */
export function mayStep(
  action: MachineAction,
  step: Step,
  machine: Machine | null,
  release: Release | null,
  context: GuardContext,
): Verdict {
  const isRemoval = REMOVING.has(step);
  const timely = mayActNow(release, isRemoval, context);
  if (!timely.ok) return timely;
  const allowed = NEITHER.has(step) ? GO : mayChange(isRemoval, context);
  if (!allowed.ok) return allowed;
  if (machine === null || isGone(machine)) return no('the machine is gone');
  if (machine.hostStatus !== 'ok' || machine.config === null || machine.unread !== undefined)
    return no('the machine cannot be seen well');
  if (machine.version !== action.version) return no('the machine was updated by somebody else');
  if (machine.lease !== undefined && !context.isHeldByUs(machine.id)) {
    return no(`its lease is held by ${machine.lease.owner || 'somebody else'}`);
  }
  const states = STATES[step];
  if (states !== undefined && !states.includes(machine.state)) return no(`it is ${machine.state}`);
  return isRemoval ? mayRemove(action, step, machine, release, context) : GO;
}

function mayRemove(
  action: MachineAction,
  step: Step,
  machine: Machine,
  release: Release | null,
  context: GuardContext,
): Verdict {
  if ((machine.config?.standbys ?? []).length > 0) return no('it is a standby');
  const tag = machine.metadata[BLUE_GREEN_KEY];
  if (
    tag === 'safe_to_destroy' ||
    (tag !== undefined && release !== null && release.status !== 'complete')
  ) {
    return no('it is part of a blue-green deploy');
  }
  // From its mark on, a machine is ours to remove; before that a cordon is somebody else's.
  const mark = removalMark(machine);
  const isMarked = mark !== null;
  if (step !== 'mark' && action.mark !== undefined && !isMarked) return no('its mark is gone');
  if (machine.isCordoned && !isMarked) return no('somebody else cordoned it');
  const protection = protectionOf(machine, context.now.wallMs, context.oldProtects);
  if (protection === 'own') return no('it is protected');
  return mark !== null && (step === 'stop' || step === 'suspend') ? mayLeave(mark, context) : GO;
}

/** A machine that is waited for may be busy again. */
function mayLeave(mark: RemovalMark, context: GuardContext): Verdict {
  const { policy, samples = new Map(), drains = {}, now } = context;
  const rules = policy.removal;
  if (!isDraining(rules)) return GO;
  const drain = drainOf(mark, { rules, busy: busyOf(rules, samples), drains, now });
  return drain.isOver ? GO : no(`it is ${drain.detail}`);
}

export function mayCreate(release: Release | null, context: GuardContext): Verdict {
  const timely = mayActNow(release, false, context);
  return timely.ok ? mayChange(false, context) : timely;
}

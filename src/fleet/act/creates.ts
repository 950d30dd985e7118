/** The creates of a plan, one after another, and what their outcomes mean for the next ones. */
import { instant } from '../../seams/clock.js';
import type { ActionOutcome, CreateAction } from '../../core/model/decision.js';
import type { AppError } from '../../core/model/errors.js';
import { mayCreate } from '../../core/plan/guard.js';
import type { Machine, Release } from '../../core/model/machine.js';
import {
  afterCreate,
  afterCreateFailed,
  afterDestroy,
  afterNoCapacity,
} from '../../core/memory/memory.js';
import { createOnce } from './create.js';
import type { Effects } from './effects.js';
import { flyError } from '../base/failure.js';
import type { Turn } from './turn.js';

/** None of these is because of what was asked for: the next pass may simply try again. A timeout leaves that open, if it was sent. */
const NO_FAULT: ReadonlySet<string> = new Set([
  'aborted',
  'fly-rate-limited',
  'fly-quota',
  'fly-timeout',
]);

export async function runCreates(
  turn: Turn,
  actions: readonly CreateAction[],
  effects: Effects,
): Promise<ActionOutcome[]> {
  const outcomes: ActionOutcome[] = [];
  const between: Between = { release: UNREAD, givingBack: [] };
  const fullRegions = new Set<string>();
  /** Why none of the rest is begun. */
  let stop: string | null = null;
  for (const action of actions) {
    if (effects.areCreatesHeld()) stop ??= 'the organization is at its machine limit';
    const isFull = fullRegions.has(action.region);
    if (stop !== null || isFull) {
      outcomes.push(held(action, stop ?? `no capacity in ${action.region}`));
      continue;
    }
    const outcome = await runCreate(turn, action, effects, between);
    outcomes.push(outcome);
    if (outcome.errorCode === 'fly-no-capacity') fullRegions.add(action.region);
    else if (outcome.result !== 'done') stop = 'an earlier create of this pass was not done';
  }
  await Promise.all(between.givingBack);
  return outcomes;
}

const UNREAD = 'unread';

/** What one create leaves for the next, so that they follow each other as fast as Fly allows. */
interface Between {
  /** Read after the one before, and nothing was sent since: it is the read before the next one too. */
  release: Release | null | typeof UNREAD;
  /** Leases of new machines. */
  readonly givingBack: Promise<void>[];
}

async function runCreate(
  turn: Turn,
  action: CreateAction,
  effects: Effects,
  between: Between,
): Promise<ActionOutcome> {
  const known = between.release;
  between.release = UNREAD;
  try {
    const release = known === UNREAD ? await turn.readRelease() : known;
    const verdict = mayCreate(release, turn.guard());
    if (!verdict.ok) return held(action, verdict.detail);
  } catch (error) {
    return held(action, flyError(error).message);
  }
  let machine: Machine;
  try {
    machine = await createOnce(turn, action);
  } catch (error) {
    return failed(turn, action, flyError(error), effects);
  }
  const now = instant(turn.clock);
  effects.made(machine);
  const destroysItself = action.config.auto_destroy === true;
  const about = {
    launchId: action.launchId,
    releaseId: turn.decidedRelease?.id ?? null,
    ...(destroysItself ? ({ destroysItself } as const) : {}),
  };
  effects.remember((memory) => afterCreate(memory, machine, action.group, now, about));
  return settleCreate(turn, action, machine, effects, between);
}

/** Once the machine exists: a release that began meanwhile knows nothing of it, so it is taken back. */
async function settleCreate(
  turn: Turn,
  action: CreateAction,
  machine: Machine,
  effects: Effects,
  between: Between,
): Promise<ActionOutcome> {
  const done: ActionOutcome = {
    action,
    result: 'done',
    machineId: machine.id,
    stepsDone: [],
  };
  try {
    const release = await turn.readRelease();
    if (!turn.isOvertakenBy(release)) {
      between.release = release;
      between.givingBack.push(turn.lease.release(machine.id));
      return done;
    }
    const detail = await undoCreate(turn, machine);
    if (detail !== null) return { ...done, detail };
    effects.gone(machine.id);
    effects.remember((memory) => afterDestroy(memory, machine.id));
    return { ...done, result: 'undone', detail: 'a release began meanwhile' };
  } catch (error) {
    // The machine is there; whether it stays is for the next pass to judge.
    return { ...done, detail: flyError(error).message };
  }
}

/** Null when it is undone; otherwise why it is left alone. */
async function undoCreate(turn: Turn, created: Machine): Promise<string | null> {
  const machine = await turn.readMachine(created.id);
  if (machine === null) return 'it is gone already';
  if (machine.unread !== undefined)
    return 'a release began, and what Fly says of it cannot be read';
  if (machine.version !== created.version) return 'a release began and took it over';
  if (machine.lease !== undefined && !turn.lease.isHeldByUs(machine.id)) {
    return 'a release began and somebody else holds its lease';
  }
  const nonce = turn.lease.nonceFor(machine.id);
  await turn.sendRegardless((signal) =>
    turn.fly.destroyByForce(turn.app, machine.id, nonce, signal),
  );
  turn.lease.forget(machine.id);
  return null;
}

function failed(
  turn: Turn,
  action: CreateAction,
  error: AppError,
  effects: Effects,
): ActionOutcome {
  const { code, message } = error;
  const now = instant(turn.clock);
  if (code === 'fly-no-capacity') {
    effects.remember((memory) => afterNoCapacity(memory, action.region, now));
  } else if (error.isAmbiguous || !NO_FAULT.has(code)) {
    effects.remember((memory) => afterCreateFailed(memory, action.group, now));
  }
  if (code === 'fly-quota') effects.holdCreates();
  if (error.isAmbiguous) effects.countOneMore();
  const result = code === 'aborted' && !error.isAmbiguous ? 'held' : 'failed';
  return { ...held(action, message), result, errorCode: code };
}

function held(action: CreateAction, detail: string): ActionOutcome {
  return { action, result: 'held', machineId: null, stepsDone: [], detail };
}

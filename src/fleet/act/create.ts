/** One create, once: whatever the answer, there is at most one machine of the launch id. */
import type { CreateAction } from '../../core/model/decision.js';
import { AppError } from '../../core/model/errors.js';
import { isUnnamed, type Machine, type MachineConfig } from '../../core/model/machine.js';
import { aborted, flyError } from '../base/failure.js';
import { LEASE_TTL_MS } from './lease.js';
import type { Turn } from './turn.js';

/** How often the same create is sent when its answers leave its effect in doubt. */
const ATTEMPTS = 3;
/** The list may be behind the create; after so long it is looked at again. */
const LIST_LAG_MS = 2000;

/** Resolves with the new machine; its lease is the turn's when the answer brought the nonce. */
export async function createOnce(turn: Turn, action: CreateAction): Promise<Machine> {
  const config = await withVolumes(turn, action);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendCreate(turn, action, config);
    } catch (error) {
      const failure = flyError(error);
      const isNameTaken = failure.code === 'fly-name-taken';
      if (!failure.isAmbiguous && !isNameTaken) {
        // Not sent again for want of time: what became of the first one is still open.
        throw attempt > 1 && failure.code === 'aborted' ? inDoubt(failure) : failure;
      }
      const found = await resolveDoubt(turn, action.launchId);
      if (found !== null) return found;
      // A taken name says that the machine exists: there is nothing to repeat.
      if (isNameTaken || attempt >= ATTEMPTS) throw inDoubt(failure);
    }
  }
}

/** The machine that a create in doubt has made; null when there is none and the create may be repeated. */
async function resolveDoubt(turn: Turn, name: string): Promise<Machine | null> {
  try {
    const found = await lookUp(turn, name);
    if (found !== null && isUnnamed(found)) throw withoutId(name);
    if (found === null && turn.isOvertakenBy(await turn.readRelease())) {
      throw aborted('a release began');
    }
    return found;
  } catch (error) {
    throw inDoubt(flyError(error));
  }
}

/** Nobody could watch it, give back its lease or take it back: it is left to the passes that can read it. */
function withoutId(name: string): AppError {
  const message = `${name} is there, and its id cannot be read`;
  return new AppError('fly-bad-answer', message, { owner: 'remote' });
}

function inDoubt(error: AppError): AppError {
  const message = `it is not known whether the create took effect: ${error.message}`;
  return new AppError(error.code, message, { owner: 'remote', isAmbiguous: true, cause: error });
}

async function sendCreate(
  turn: Turn,
  action: CreateAction,
  config: MachineConfig,
): Promise<Machine> {
  await turn.keepLease();
  const request = {
    name: action.launchId,
    region: action.region,
    config,
    skipLaunch: !action.isLaunched,
    leaseTtlMs: LEASE_TTL_MS,
  };
  const askedAtMs = turn.clock.elapsedMs();
  const created = await turn.sendCreate((signal) =>
    turn.fly.createMachine(turn.app, request, signal),
  );
  if (created.nonce !== null) turn.lease.adopt(created.machine.id, created.nonce, askedAtMs);
  return created.machine;
}

/** Volumes come first, since a machine is placed where its volume is. One that is left over is used by the next create. */
async function withVolumes(turn: Turn, action: CreateAction): Promise<MachineConfig> {
  if (action.newVolumes.length === 0) return action.config;
  const made: string[] = [];
  for (const request of action.newVolumes) {
    await turn.keepLease();
    const volume = await turn.send((signal) => turn.fly.createVolume(turn.app, request, signal));
    made.push(volume.id);
  }
  const mounts = (action.config.mounts ?? []).map((mount) =>
    mount.volume === undefined ? { ...mount, volume: made.shift() } : mount,
  );
  return { ...action.config, mounts };
}

/** The machine of that name, looked for twice; null when it is nowhere. */
async function lookUp(turn: Turn, name: string): Promise<Machine | null> {
  const find = async (): Promise<Machine | null> => {
    const machines = await turn.read((signal) => turn.fly.listMachines(turn.app, signal));
    return machines.find((machine) => machine.name === name) ?? null;
  };
  const found = await find();
  if (found !== null) return found;
  await turn.pause(LIST_LAG_MS);
  return find();
}

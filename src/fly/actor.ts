import { AppError } from '../core/model/errors.js';
import { leaseAnswerSchema } from './answers/lease.js';
import { fieldOf } from './answers/fields.js';
import { readMachine } from './answers/machine.js';
import { toVolume, volumeSchema } from './answers/volume.js';
import { machinePath, machinesPath, volumesPath } from './paths.js';
import type { LimitedAction } from './rate-limits.js';
import { decode, unlike, type MachinesCall, type Transport } from './transport.js';
import type { FlyActor, Lease } from '../seams/fly.js';

/** One thing that can be done to a machine. */
interface Step {
  /** For messages. */
  readonly verb: string;
  readonly action: LimitedAction;
  readonly method: MachinesCall['method'];
  /** Below the machine's own path. */
  readonly below: string;
}

const START: Step = { verb: 'start', action: 'start', method: 'POST', below: '/start' };
const STOP: Step = { verb: 'stop', action: 'stop', method: 'POST', below: '/stop' };
const SUSPEND: Step = { verb: 'suspend', action: 'suspend', method: 'POST', below: '/suspend' };
const DESTROY: Step = { verb: 'destroy', action: 'destroy', method: 'DELETE', below: '' };
const FORCE: Step = { ...DESTROY, verb: 'destroy by force', below: '?force=true' };
const CORDON: Step = { verb: 'cordon', action: 'cordon', method: 'POST', below: '/cordon' };
const UNCORDON: Step = { verb: 'uncordon', action: 'uncordon', method: 'POST', below: '/uncordon' };
const MARK: Step = { verb: 'mark', action: 'metadata', method: 'PATCH', below: '/metadata' };
const LEASE: Step = { verb: 'lease', action: 'lease', method: 'POST', below: '/lease' };
const REFRESH: Step = { ...LEASE, verb: 'refresh lease of' };
const RELEASE: Step = { ...LEASE, verb: 'release lease of', method: 'DELETE' };

function callOf(
  step: Step,
  app: string,
  id: string,
  nonce: string | null,
  body?: unknown,
): MachinesCall {
  return {
    what: `${step.verb} machine ${id} of ${app}`,
    isRead: false,
    method: step.method,
    path: machinePath(app, id) + step.below,
    action: step.action,
    limitKey: id,
    nonce,
    ...(body === undefined ? {} : { body }),
  };
}

export function createActor(transport: Transport): FlyActor {
  /** `isDone` tells the errors that mean that it has been done already. */
  const run = async (
    call: MachinesCall,
    signal: AbortSignal,
    isDone: (error: AppError) => boolean = () => false,
  ): Promise<void> => {
    try {
      await transport.machines(call, signal);
    } catch (error) {
      if (!(error instanceof AppError && isDone(error))) throw error;
    }
  };
  const lease = async (call: MachinesCall, signal: AbortSignal): Promise<Lease> =>
    decode(leaseAnswerSchema, call, await transport.machines(call, signal));

  return {
    ...createCreates(transport),
    startMachine: (app, id, nonce, signal) =>
      run(callOf(START, app, id, nonce), signal, startsAlready),
    // An empty object, not an empty body: the machine's own signal and timeout then apply.
    stopMachine: (app, id, nonce, signal) => run(callOf(STOP, app, id, nonce, {}), signal),
    suspendMachine: (app, id, nonce, signal) => run(callOf(SUSPEND, app, id, nonce), signal),
    destroyMachine: (app, id, nonce, signal) =>
      run(callOf(DESTROY, app, id, nonce), signal, isGone),
    destroyByForce: (app, id, nonce, signal) => run(callOf(FORCE, app, id, nonce), signal, isGone),
    cordonMachine: (app, id, nonce, signal) => run(callOf(CORDON, app, id, nonce), signal),
    uncordonMachine: (app, id, nonce, signal) => run(callOf(UNCORDON, app, id, nonce), signal),
    patchMetadata: (app, id, patch, nonce, signal) =>
      run(callOf(MARK, app, id, nonce, { metadata: patch }), signal),
    acquireLease: (app, id, ttlMs, description, signal) =>
      lease(callOf(LEASE, app, id, null, { ttl: wholeSeconds(ttlMs), description }), signal),
    refreshLease: (app, id, nonce, ttlMs, signal) =>
      lease(callOf(REFRESH, app, id, nonce, { ttl: wholeSeconds(ttlMs) }), signal),
    // Held by somebody else means that ours had expired.
    releaseLease: (app, id, nonce, signal) =>
      run(callOf(RELEASE, app, id, nonce), signal, (error) => isGone(error) || isHeld(error)),
  };
}

function createCreates(
  transport: Transport,
): Pick<FlyActor, 'createTurn' | 'createMachine' | 'createVolume'> {
  return {
    createTurn: (app, signal) => transport.free('create-machine', app, signal),
    async createMachine(app, request, signal) {
      const call: MachinesCall = {
        what: `create machine ${request.name} of ${app}`,
        isRead: false,
        method: 'POST',
        path: machinesPath(app),
        action: 'create-machine',
        limitKey: app,
        body: {
          name: request.name,
          region: request.region,
          skip_launch: request.skipLaunch,
          lease_ttl: wholeSeconds(request.leaseTtlMs),
          config: request.config,
        },
      };
      const answer = await transport.machines(call, signal);
      const machine = readMachine(answer.json, '');
      // Its name is known: who looks for it finds out what became of the create.
      if (machine.unread !== undefined) throw unlike(call, answer, machine.unread);
      const nonce = fieldOf(answer.json, 'nonce');
      return { machine, nonce: typeof nonce === 'string' && nonce !== '' ? nonce : null };
    },
    async createVolume(app, request, signal) {
      const call: MachinesCall = {
        what: `create volume ${request.name} of ${app}`,
        isRead: false,
        method: 'POST',
        path: volumesPath(app),
        action: 'create-volume',
        limitKey: app,
        body: {
          name: request.name,
          region: request.region,
          size_gb: request.sizeGb,
          encrypted: request.isEncrypted,
        },
      };
      return toVolume(decode(volumeSchema, call, await transport.machines(call, signal)));
    },
  };
}

function startsAlready(error: AppError): boolean {
  return error.code === 'fly-conflict' && /still attempting to start/i.test(error.message);
}

function isGone(error: AppError): boolean {
  return error.code === 'fly-not-found';
}

function isHeld(error: AppError): boolean {
  return error.code === 'fly-lease-held';
}

/** Up: a lease that lives longer than we think is harmless, one that ends sooner is not. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

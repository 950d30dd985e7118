import { requireLease, acquireLease } from './leases.js';
import { MachineCourse } from './machine-course.js';
import { normalizeConfig, registerMachine } from './machine-launch.js';
import type { LaunchRequest } from './machine-launch.js';
import { ApiError } from './model.js';
import type { Actor, SimApp, SimConfig, SimMachine, SimState } from './model.js';
import { stopTimeoutMs } from './stop-timeout.js';
import { obstacleToSuspend } from './suspend-rules.js';
import type { World } from './world.js';

/** What machines do: each call begins a course that the timeline carries on. Refusals are `ApiError`s in Fly's words. */
export class MachineLife {
  readonly #course: MachineCourse;

  constructor(readonly world: World) {
    this.#course = new MachineCourse(world);
  }

  launch(app: SimApp, request: LaunchRequest, actor: Actor): SimMachine {
    const { world } = this;
    const machine = registerMachine(world, app, request, actor);
    world.engine.log.write({
      kind: 'state',
      atMs: world.engine.nowMs,
      app: app.name,
      machine: machine.id,
      from: null,
      to: 'created',
    });
    if (request.leaseTtlMs !== undefined && request.leaseTtlMs > 0) {
      const lease = { ttlMs: request.leaseTtlMs, owner: actor.name };
      acquireLease(world, machine, lease, { ...actor, nonce: null });
    }
    world.changed(machine);
    const { engine, conditions } = world;
    const isDoomed = engine.chance(conditions.createFailureRate);
    this.#course.later(machine, engine.config.delaysMs.created, () => {
      if (isDoomed) this.#course.failToLaunch(machine);
      else if (request.skipLaunch === true) this.#course.enter(machine, 'stopped', 'update');
      else this.#course.boot(machine, engine.config.delaysMs.starting);
    });
    return machine;
  }

  start(machine: SimMachine, actor: Actor): { readonly previousState: SimState } {
    const { engine } = this.world;
    this.#admit(machine, actor);
    const { state } = machine;
    if (state === 'started' || state === 'starting' || state === 'restarting') {
      return this.#startAgain(state);
    }
    if (state === 'replacing') {
      throw new ApiError(412, 'failed_precondition: machine getting replaced, refusing to start');
    }
    if (state !== 'stopped' && state !== 'suspended') {
      const text = `failed_precondition: unable to start machine from current state: '${state}'`;
      throw new ApiError(412, text);
    }
    if (machine.activeUntilMs > engine.nowMs) {
      throw new ApiError(412, 'failed_precondition: machine still active, refusing to start');
    }
    if (machine.host.isFull) {
      throw new ApiError(
        409,
        'aborted: could not reserve resource for machine: insufficient memory available to fulfill request on the current host',
      );
    }
    this.#record('start', machine, actor);
    const { starting, resuming } = engine.config.delaysMs;
    machine.restartCount = 0;
    this.#course.boot(machine, state === 'suspended' ? resuming : starting, 'user');
    return { previousState: state };
  }

  stop(
    machine: SimMachine,
    request: { readonly signal?: string; readonly timeoutMs?: number },
    actor: Actor,
  ): void {
    const { engine } = this.world;
    this.#admit(machine, actor);
    const { state } = machine;
    if (state === 'stopped' || state === 'stopping') return;
    if (
      state !== 'started' &&
      state !== 'starting' &&
      state !== 'suspended' &&
      state !== 'restarting'
    ) {
      const text = `failed_precondition: unable to stop machine from current state: '${state}'`;
      throw new ApiError(412, text);
    }
    this.#record('stop', machine, actor, { ...request, from: state });
    if (state === 'suspended') {
      this.#course.enter(machine, 'stopped', 'stop', 'user');
      return;
    }
    this.#course.enter(machine, 'stopping', 'stop', 'user');
    const limitMs = request.timeoutMs ?? stopTimeoutMs(machine.config);
    const tookMs = Math.min(engine.draw(engine.config.delaysMs.stopping), limitMs);
    this.#course.later(machine, [tookMs, tookMs], () => {
      const isKilled = tookMs >= limitMs;
      this.#course.endProcess(machine, {
        exitCode: isKilled ? 137 : 0,
        isOom: false,
        wasRequested: true,
      });
      this.#course.enterStopped(machine);
    });
  }

  suspend(machine: SimMachine, actor: Actor): void {
    this.#admit(machine, actor);
    const { state } = machine;
    if (state === 'suspended' || state === 'suspending') return;
    if (state !== 'started') {
      const text = `failed_precondition: unable to suspend machine from current state: '${state}'`;
      throw new ApiError(412, text);
    }
    const obstacle = obstacleToSuspend(machine);
    if (obstacle !== null) {
      throw new ApiError(412, `failed_precondition: unable to suspend machine: ${obstacle}`);
    }
    this.#record('suspend', machine, actor);
    this.#course.enter(machine, 'suspending', 'suspend', 'user');
    this.#course.later(machine, this.world.engine.config.delaysMs.suspending, () => {
      this.#course.enter(machine, 'suspended', 'suspend');
    });
  }

  restart(machine: SimMachine, actor: Actor): void {
    this.#admit(machine, actor);
    if (machine.state !== 'started' && machine.state !== 'stopped') {
      const text = `failed_precondition: unable to restart machine from current state: '${machine.state}'`;
      throw new ApiError(412, text);
    }
    this.#record('restart', machine, actor);
    this.#course.restart(machine, 'user');
  }

  signal(machine: SimMachine, signal: string, actor: Actor): void {
    this.#admit(machine, actor);
    if (machine.state !== 'started') {
      throw new ApiError(412, 'failed_precondition: machine is not started');
    }
    this.#record('signal', machine, actor, { signal });
  }

  /** The whole configuration is replaced; the machine comes back as it was, started or not. */
  update(
    machine: SimMachine,
    request: {
      readonly config: SimConfig;
      readonly currentVersion?: string;
      readonly skipLaunch?: boolean;
    },
    actor: Actor,
  ): void {
    const { engine } = this.world;
    this.#admit(machine, actor);
    if (request.currentVersion !== undefined && request.currentVersion !== machine.version) {
      throw new ApiError(409, 'aborted: machine update failed due to concurrent update');
    }
    if (machine.state === 'destroying') {
      throw new ApiError(
        412,
        "failed_precondition: unable to update machine from current state: 'destroying'",
      );
    }
    const isUpdating = machine.state === 'replacing';
    const isRunning = ['started', 'starting', 'restarting'].includes(machine.state);
    const wasRunning = isUpdating ? machine.startsAfterUpdate : isRunning;
    machine.startsAfterUpdate = wasRunning && request.skipLaunch !== true;
    machine.version = engine.ulid();
    machine.config = normalizeConfig(request.config);
    this.#record('update', machine, actor, { version: machine.version });
    this.#course.enter(machine, 'replacing', 'update', 'user');
    this.#course.later(machine, engine.config.delaysMs.replacing, () => {
      if (machine.startsAfterUpdate) this.#course.boot(machine, engine.config.delaysMs.starting);
      else this.#course.enter(machine, 'stopped', 'update');
    });
  }

  destroy(machine: SimMachine, isForced: boolean, actor: Actor): void {
    this.#admit(machine, actor);
    const { state } = machine;
    if (state === 'destroying') return;
    const isAtRest = ['stopped', 'suspended', 'failed', 'created'].includes(state);
    if (!isForced && !isAtRest) {
      throw new ApiError(
        412,
        'failed_precondition: unable to destroy machine, not currently stopped, suspended, failed or created',
      );
    }
    this.#record('destroy', machine, actor, { isForced, from: state, version: machine.version });
    this.#course.vanish(machine, 'user');
  }

  setCordon(machine: SimMachine, isCordoned: boolean, actor: Actor): void {
    this.#admit(machine, actor);
    this.#record(isCordoned ? 'cordon' : 'uncordon', machine, actor);
    if (machine.isCordoned === isCordoned) return;
    machine.isCordoned = isCordoned;
    if (isCordoned) machine.cordonedAtMs = this.world.engine.nowMs;
    this.world.changed(machine);
  }

  /** Null and "" remove a key. Neither restarts the machine nor makes a new version. */
  patchMetadata(
    machine: SimMachine,
    patch: Readonly<Record<string, string | null>>,
    requiredVersion: string | undefined,
    actor: Actor,
  ): void {
    this.#admit(machine, actor);
    if (requiredVersion !== undefined && requiredVersion !== machine.version) {
      throw new ApiError(412, 'failed_precondition: machine version mismatch');
    }
    const metadata = { ...machine.config.metadata };
    for (const [key, value] of Object.entries(patch)) {
      if (value === null || value === '') delete metadata[key];
      else metadata[key] = value;
    }
    machine.config = { ...machine.config, metadata };
    this.#record('metadata', machine, actor, { patch });
    this.world.changed(machine);
  }

  /** The process of a started machine ends by itself; its restart policy decides what comes next. */
  crash(
    machine: SimMachine,
    exit: { readonly exitCode: number; readonly isOom?: boolean },
    actor: Actor,
  ): void {
    if (machine.state !== 'started') return;
    this.#record('crash', machine, actor, exit);
    const { restart, auto_destroy: isAutoDestroyed } = machine.config;
    const policy = restart?.policy ?? 'on-failure';
    const wantsRestart = policy === 'always' || (policy === 'on-failure' && exit.exitCode !== 0);
    const isRestarting = wantsRestart && machine.restartCount < (restart?.max_retries ?? 10);
    const { exitCode, isOom } = exit;
    this.#course.endProcess(machine, {
      exitCode,
      isOom: isOom === true,
      wasRequested: false,
      isRestarting,
    });
    if (isRestarting) {
      machine.restartCount++;
      this.#course.restart(machine);
    } else if (isAutoDestroyed === true) {
      this.#course.vanish(machine, 'flyd');
    } else {
      this.#course.enterStopped(machine);
    }
  }

  /** What every change needs: a host that answers, the lease, and a machine that is not gone. */
  #admit(machine: SimMachine, actor: Actor): void {
    if (machine.state === 'destroyed') throw new ApiError(404, 'machine not found');
    requireLease(this.world.engine, machine, actor);
    if (machine.host.status === 'unreachable') {
      throw new ApiError(503, 'unavailable: the host of the machine cannot be reached');
    }
  }

  #startAgain(state: SimState): { readonly previousState: SimState } {
    const { engine } = this.world;
    const { repeatedStart } = engine.config;
    const isConflict =
      repeatedStart === 'conflict' || (repeatedStart === 'either' && engine.chance(0.5));
    if (isConflict) throw new ApiError(409, 'aborted: machine still attempting to start');
    return { previousState: state };
  }

  #record(
    effect: Parameters<World['record']>[0],
    machine: SimMachine,
    actor: Actor,
    detail: Readonly<Record<string, unknown>> = {},
  ): void {
    this.world.record(effect, machine.app.name, machine.id, actor, detail);
  }
}

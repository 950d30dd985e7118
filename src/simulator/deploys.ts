import type { Engine } from './engine.js';
import { acquireLease, currentLease, releaseLease } from './leases.js';
import { DeployRefused } from './deploy-scripts.js';
import { blueGreen, rolling } from './deploy-scripts.js';
import type { DeployRun, Script } from './deploy-scripts.js';
import type { MachineLife } from './machine-life.js';
import { ApiError } from './model.js';
import type { Actor, SimMachine, SimRelease } from './model.js';
import type { World } from './world.js';

export interface DeployOptions {
  readonly strategy: 'rolling' | 'bluegreen';
  /** Default: a new tag of the app's own repository. */
  readonly image?: string;
  /** Killed hard so long after its begin: the release stays `running`, the leases expire by themselves. */
  readonly killAfterMs?: number;
  /** Stopped by its user: the release becomes `interrupted`, the leases are given back. */
  readonly interruptAfterMs?: number;
  /** The machine of this number, from 0, does not come up: the release becomes `failed`. */
  readonly failsAt?: number;
}

export interface Deploy {
  readonly app: string;
  readonly release: SimRelease;
  readonly startedAtMs: number;
  readonly status: 'running' | 'complete' | 'failed' | 'interrupted' | 'killed';
}

const LEASE_TTL_MS = 13_000;
const REFRESH_MS = 4000;
const ACQUIRE_RETRY_MS = 500;
const ACQUIRE_LIMIT_MS = 60_000;

/** `fly deploy`, as far as others can see it: the release, leases, cordons, updates, creates and destroys. */
export class Deploys {
  readonly #running = new Set<Run>();

  constructor(
    readonly engine: Engine,
    readonly world: World,
    readonly life: MachineLife,
  ) {}

  /** Deploys that still run. */
  get running(): readonly Deploy[] {
    this.engine.catchUp();
    return [...this.#running];
  }

  /** Begins now; the rest happens as time goes by. Throws when there is no such app. */
  start(appName: string, options: DeployOptions): Deploy {
    this.engine.catchUp();
    const app = this.world.apps.get(appName);
    if (app === undefined) throw new Error(`no app is named ${appName}`);
    const version = (app.releases.at(-1)?.version ?? 0) + 1;
    const release = this.world.addRelease(
      app,
      {
        status: 'running',
        imageRef: options.image ?? `registry.fly.io/${appName}:deployment-${version}`,
        description: 'Release',
        reason: 'deploy',
        createdAtMs: this.engine.nowMs,
      },
      FLYCTL,
    );
    const run = new Run(this.engine, this.world, this.life, app.name, release, options);
    this.#running.add(run);
    run.begin(() => this.#running.delete(run));
    return run;
  }
}

const FLYCTL: Actor = {
  name: 'flyctl',
  userAgent: 'flyctl/0.3.200',
  requestId: null,
  isAnswerLost: false,
  nonce: null,
};

class Run implements Deploy, DeployRun {
  status: Deploy['status'] = 'running';
  readonly startedAtMs: number;
  readonly #nonces = new Map<SimMachine, string>();

  constructor(
    readonly engine: Engine,
    readonly world: World,
    readonly life: MachineLife,
    readonly app: string,
    readonly release: SimRelease,
    readonly options: DeployOptions,
  ) {
    this.startedAtMs = engine.nowMs;
  }

  begin(ended: () => void): void {
    const script = this.options.strategy === 'rolling' ? rolling(this) : blueGreen(this);
    const { killAfterMs, interruptAfterMs } = this.options;
    if (killAfterMs !== undefined) {
      this.engine.after(killAfterMs, () => this.#end('killed', ended));
    }
    if (interruptAfterMs !== undefined) {
      this.engine.after(interruptAfterMs, () => this.#end('interrupted', ended));
    }
    this.engine.after(REFRESH_MS, () => this.#refresh());
    this.#step(script, ended);
  }

  /** Machines that a deploy works on: living ones of the app's own groups. */
  machines(): readonly SimMachine[] {
    const app = this.world.apps.get(this.app);
    return [...(app?.machines.values() ?? [])].filter(
      ({ state, config }) =>
        state !== 'destroyed' &&
        state !== 'destroying' &&
        !config.metadata?.['fly_process_group']?.startsWith('fly_app_'),
    );
  }

  actorFor(machine: SimMachine): Actor {
    return { ...FLYCTL, nonce: this.#nonces.get(machine) ?? null };
  }

  *acquire(machines: readonly SimMachine[]): Script {
    for (const machine of machines) {
      const untilMs = this.engine.nowMs + ACQUIRE_LIMIT_MS;
      while (currentLease(machine, this.engine.nowMs) !== null) {
        if (this.engine.nowMs >= untilMs) throw new DeployRefused('a lease could not be had');
        yield ACQUIRE_RETRY_MS;
      }
      if (machine.state !== 'destroyed') this.adopt(machine);
    }
  }

  /** Takes the lease of a machine that nobody holds. */
  adopt(machine: SimMachine): void {
    const request = { ttlMs: LEASE_TTL_MS, owner: 'flyctl', description: 'deploy' };
    const lease = acquireLease(this.world, machine, request, FLYCTL);
    this.#nonces.set(machine, lease.nonce);
  }

  #step(script: Script, ended: () => void): void {
    if (this.status !== 'running') return;
    try {
      const { done, value } = script.next();
      if (done === true) this.#end('complete', ended);
      else this.engine.after(value, () => this.#step(script, ended));
    } catch (error) {
      // Whatever refuses a step ends a deploy as it would end flyctl; anything else is a defect of the simulator.
      if (!(error instanceof ApiError) && !(error instanceof DeployRefused)) throw error;
      this.#end('failed', ended);
    }
  }

  #refresh(): void {
    if (this.status !== 'running') return;
    for (const [machine, nonce] of this.#nonces) {
      if (currentLease(machine, this.engine.nowMs)?.nonce !== nonce) continue;
      const request = { ttlMs: LEASE_TTL_MS, owner: 'flyctl' };
      acquireLease(this.world, machine, request, { ...FLYCTL, nonce });
    }
    this.engine.after(REFRESH_MS, () => this.#refresh());
  }

  #end(status: Exclude<Deploy['status'], 'running'>, ended: () => void): void {
    if (this.status !== 'running') return;
    this.status = status;
    ended();
    if (status === 'killed') return;
    for (const [machine, nonce] of this.#nonces) {
      if (currentLease(machine, this.engine.nowMs)?.nonce !== nonce) continue;
      releaseLease(this.world, machine, { ...FLYCTL, nonce });
    }
    const app = this.world.apps.get(this.app);
    if (app !== undefined) this.world.setReleaseStatus(app, this.release, status, FLYCTL);
  }
}

import type { Engine } from './engine.js';
import { currentLease } from './leases.js';
import { registerMachine } from './machine-launch.js';
import type { MachineLife } from './machine-life.js';
import { PLATFORM } from './model.js';
import type {
  Actor,
  ReleaseStatus,
  SimApp,
  SimConfig,
  SimLease,
  SimMachine,
  SimRelease,
  SimState,
  SimVolume,
} from './model.js';
import { loadAt, SetValues, USUAL_WORK_MS } from './workloads.js';
import type { LoadShape, MetricSource } from './workloads.js';
import type { World } from './world.js';

const TEST: Actor = { ...PLATFORM, name: 'test' };

export interface AppOptions {
  /** Slug; default the first organization. */
  readonly org?: string;
  /** How many machines it begins with, in `started`; default 1. */
  readonly machines?: number;
  /** Of these, the last so many are `stopped` instead; default 0. */
  readonly stopped?: number;
  readonly region?: string;
  /** Process group; null leaves the metadata out. Default `app`. */
  readonly group?: string | null;
  /** Of its first release; null: no release. Default `complete`. */
  readonly release?: ReleaseStatus | null;
  /** Merged over the usual configuration of its machines. */
  readonly config?: Partial<SimConfig>;
}

export interface MachineOptions {
  readonly name?: string;
  readonly region?: string;
  readonly state?: SimState;
  readonly group?: string | null;
  readonly config?: Partial<SimConfig>;
  readonly isCordoned?: boolean;
}

/** The world as tests and demonstrations see and change it: at once, without leases, limits or delays. */
export class WorldControl {
  constructor(
    readonly engine: Engine,
    readonly state: World,
    readonly life: MachineLife,
  ) {}

  get apps(): ReadonlyMap<string, SimApp> {
    this.engine.catchUp();
    return this.state.apps;
  }

  /** Throws when there is none of that name. */
  app(name: string): SimApp {
    const app = this.apps.get(name);
    if (app === undefined) throw new Error(`no app is named ${name}`);
    return app;
  }

  /** Machines as they truly are, oldest first, without those already destroyed. */
  machines(app: string): readonly SimMachine[] {
    return [...this.app(app).machines.values()].filter(({ state }) => state !== 'destroyed');
  }

  machine(app: string, id: string): SimMachine | null {
    return this.apps.get(app)?.machines.get(id) ?? null;
  }

  /** Leases that are held now, by machine id. */
  leases(app: string): ReadonlyMap<string, SimLease> {
    const held = new Map<string, SimLease>();
    for (const machine of this.machines(app)) {
      const lease = currentLease(machine, this.engine.nowMs);
      if (lease !== null) held.set(machine.id, lease);
    }
    return held;
  }

  /** Newest last. */
  releases(app: string): readonly SimRelease[] {
    return this.app(app).releases;
  }

  /** An app with its first release and its first machines. */
  addApp(name: string, options: AppOptions = {}): SimApp {
    this.engine.catchUp();
    const org = this.state.orgs.get(options.org ?? [...this.state.orgs.keys()][0] ?? '');
    if (org === undefined) throw new Error(`no organization is named ${options.org}`);
    const app = this.state.addApp(name, org, TEST);
    const status = options.release === undefined ? 'complete' : options.release;
    if (status !== null) this.addRelease(name, status);
    const count = options.machines ?? 1;
    for (let i = 0; i < count; i++) {
      const isStopped = i >= count - (options.stopped ?? 0);
      this.addMachine(name, {
        state: isStopped ? 'stopped' : 'started',
        ...(options.region === undefined ? {} : { region: options.region }),
        ...(options.group === undefined ? {} : { group: options.group }),
        ...(options.config === undefined ? {} : { config: options.config }),
      });
    }
    return app;
  }

  removeApp(name: string): void {
    this.state.removeApp(this.app(name), TEST);
  }

  /** A machine of the newest release that is in its state from the start. */
  addMachine(appName: string, options: MachineOptions = {}): SimMachine {
    const app = this.app(appName);
    const machine = registerMachine(
      this.state,
      app,
      {
        config: mergedConfig(usualConfig(app, options.group), options.config),
        region: options.region ?? this.engine.config.regions[0] ?? 'fra',
        isCordoned: options.isCordoned === true,
        ...(options.name === undefined ? {} : { name: options.name }),
      },
      TEST,
    );
    this.state.setState(machine, options.state ?? 'started');
    this.state.listing.publish(machine);
    return machine;
  }

  /** Something that the state machine would not do by itself. */
  setMachineState(machine: SimMachine, state: SimState): void {
    this.engine.catchUp();
    machine.course++;
    this.state.setState(machine, state);
  }

  addRelease(appName: string, status: ReleaseStatus = 'complete'): SimRelease {
    const app = this.app(appName);
    const version = (app.releases.at(-1)?.version ?? 0) + 1;
    return this.state.addRelease(
      app,
      {
        status,
        imageRef: `registry.fly.io/${appName}:deployment-${version}`,
        description: 'Release',
        reason: 'deploy',
        createdAtMs: this.engine.nowMs,
      },
      TEST,
    );
  }

  setReleaseStatus(appName: string, status: ReleaseStatus): void {
    const app = this.app(appName);
    const newest = app.releases.at(-1);
    if (newest !== undefined) this.state.setReleaseStatus(app, newest, status, TEST);
  }

  addVolume(appName: string, name: string, region?: string): SimVolume {
    const home = region ?? this.engine.config.regions[0] ?? 'fra';
    const request = { name, region: home, sizeGb: 1, isEncrypted: true };
    return this.state.addVolume(this.app(appName), request, TEST);
  }

  /** The app's metric follows the shape from now on, as Prometheus and the app's own exposition see it. */
  setLoad(
    appName: string,
    metric: string,
    shape: LoadShape,
    options: Pick<Partial<MetricSource>, 'emitter' | 'labels' | 'workMs'> = {},
  ): void {
    const app = this.app(appName);
    const seed = (this.engine.seed ^ Math.imul(app.numericId, 0x9e3779b1)) >>> 0;
    app.metrics.set(metric, {
      emitter: options.emitter ?? 'outside',
      labels: options.labels ?? {},
      workMs: options.workMs ?? USUAL_WORK_MS,
      isScraped: true,
      valueAt: (tMs) => loadAt(shape, tMs, seed),
      endedAtMs: null,
    });
  }

  /** A value from now on, seen at once. Null: it ends, and the last value shows until Prometheus looks no further back. */
  setMetric(appName: string, metric: string, value: number | null): void {
    const { metrics } = this.app(appName);
    const tMs = this.engine.nowMs - this.engine.startMs;
    const known = metrics.get(metric);
    if (value === null) {
      if (known !== undefined) known.endedAtMs = tMs;
      return;
    }
    const values = this.#values.get(known ?? NO_SOURCE) ?? new SetValues();
    values.set(tMs, value);
    if (known !== undefined && this.#values.has(known)) {
      known.endedAtMs = null;
      return;
    }
    const source: MetricSource = {
      emitter: 'outside',
      labels: {},
      workMs: USUAL_WORK_MS,
      isScraped: false,
      valueAt: (atMs) => values.at(atMs),
      endedAtMs: null,
    };
    this.#values.set(source, values);
    metrics.set(metric, source);
  }

  /** The true value of an app's metric now; null when it emits none. */
  metricNow(appName: string, metric: string): number | null {
    const source = this.app(appName).metrics.get(metric);
    if (source === undefined || source.endedAtMs !== null) return null;
    return source.valueAt(this.engine.nowMs - this.engine.startMs);
  }

  /** At a time since the world began, as the platform's own clock counts. */
  at(tMs: number, run: () => void): void {
    this.engine.at(this.engine.startMs + tMs, run);
  }

  readonly #values = new WeakMap<MetricSource, SetValues>();
}

const NO_SOURCE: MetricSource = {
  emitter: 'outside',
  labels: {},
  workMs: USUAL_WORK_MS,
  isScraped: false,
  valueAt: () => null,
  endedAtMs: null,
};

/** Metadata is merged key by key, everything else replaced. */
function mergedConfig(usual: SimConfig, own: Partial<SimConfig> = {}): SimConfig {
  return { ...usual, ...own, metadata: { ...usual.metadata, ...own.metadata } };
}

/** As `fly deploy` leaves it. */
function usualConfig(app: SimApp, group: string | null = 'app'): SimConfig {
  const release = app.releases.at(-1);
  const groupMetadata: Record<string, string> = group === null ? {} : { fly_process_group: group };
  const releaseMetadata: Record<string, string> =
    release === undefined
      ? {}
      : { fly_release_id: release.id, fly_release_version: String(release.version) };
  return {
    image: release?.imageRef ?? `registry.fly.io/${app.name}:latest`,
    guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 256 },
    env: group === null ? {} : { FLY_PROCESS_GROUP: group, PRIMARY_REGION: 'fra' },
    metadata: { fly_platform_version: 'v2', ...groupMetadata, ...releaseMetadata },
    restart: { policy: 'on-failure', max_retries: 10 },
    init: {},
  };
}

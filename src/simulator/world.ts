import type { Engine } from './engine.js';
import type { EffectKind } from './event-log.js';
import type { Oddity } from './odd-answers.js';
import { OrgListing } from './org-listing.js';
import { ApiError } from './model.js';
import type {
  Actor,
  SimApp,
  SimHost,
  SimMachine,
  SimOrg,
  SimRelease,
  SimState,
  SimVolume,
} from './model.js';

/** What the platform suffers from at the moment; the fault controls write it. */
export interface Conditions {
  createFailureRate: number;
  createFailure: 'failed' | 'vanishes';
  /** Most machines that a region holds; absent: no limit. */
  readonly regionLimits: Map<string, number>;
  /** Regions that the organization's list cannot read. */
  readonly unreadableRegions: Set<string>;
  /** Regions in which the organization uses more memory than it is allowed. */
  readonly regionsOverQuota: Set<string>;
  /** Machines of which one field is odd in each answer, by id. */
  readonly oddMachines: Map<string, Oddity & { readonly sinceMs: number }>;
  /** True: no volume's host has room for a machine. */
  isVolumeHostFull: boolean;
}

/** Organizations, apps and what belongs to them, and the record of each change. */
export class World {
  readonly orgs = new Map<string, SimOrg>();
  readonly apps = new Map<string, SimApp>();
  readonly hosts = new Map<string, readonly SimHost[]>();
  readonly listing: OrgListing;
  readonly conditions: Conditions;
  /** Raised by each change of apps and releases, so that GraphQL answers can be kept until then. */
  catalogRevision = 0;
  #nextOrder = 1;

  constructor(readonly engine: Engine) {
    this.listing = new OrgListing(engine);
    this.conditions = {
      createFailureRate: engine.config.createFailureRate,
      createFailure: 'failed',
      regionLimits: new Map(),
      unreadableRegions: new Set(),
      regionsOverQuota: new Set(),
      oddMachines: new Map(),
      isVolumeHostFull: false,
    };
  }

  nextOrder(): number {
    return this.#nextOrder++;
  }

  addOrg(slug: string, name: string): SimOrg {
    const org: SimOrg = {
      id: this.engine.word(24),
      numericId: 10_000 + this.nextOrder(),
      slug,
      name,
      machineLimit: null,
      machineCount: 0,
    };
    this.orgs.set(slug, org);
    return org;
  }

  addApp(name: string, org: SimOrg, actor: Actor): SimApp {
    if (this.apps.has(name)) {
      throw new ApiError(422, 'Validation failed: Name has already been taken', 'name_taken');
    }
    const app: SimApp = {
      id: this.engine.word(16),
      numericId: 100_000 + this.nextOrder(),
      name,
      org,
      createdAtMs: this.engine.nowMs,
      machines: new Map(),
      releases: [],
      volumes: new Map(),
      metrics: new Map(),
    };
    this.apps.set(name, app);
    this.catalogRevision++;
    this.record('app-create', name, null, actor);
    return app;
  }

  removeApp(app: SimApp, actor: Actor): void {
    this.apps.delete(app.name);
    for (const machine of app.machines.values()) {
      if (machine.destroyedAtMs === null) app.org.machineCount--;
      // Whatever was under way must not go on for machines that are no more.
      machine.course++;
      machine.state = 'destroyed';
      machine.destroyedAtMs ??= this.engine.nowMs;
      this.listing.drop(machine);
    }
    this.catalogRevision++;
    this.record('app-destroy', app.name, null, actor);
  }

  addRelease(app: SimApp, release: Omit<SimRelease, 'id' | 'version'>, actor: Actor): SimRelease {
    const version = (app.releases.at(-1)?.version ?? 0) + 1;
    const added: SimRelease = { id: this.engine.word(28), version, ...release };
    app.releases.push(added);
    this.catalogRevision++;
    this.record('release', app.name, null, actor, { version, status: added.status });
    return added;
  }

  setReleaseStatus(
    app: SimApp,
    release: SimRelease,
    status: SimRelease['status'],
    actor: Actor,
  ): void {
    release.status = status;
    this.catalogRevision++;
    this.record('release', app.name, null, actor, { version: release.version, status });
  }

  /** A host of the region, drawn; regions appear as they are named. */
  hostIn(region: string): SimHost {
    let hosts = this.hosts.get(region);
    if (hosts === undefined) {
      hosts = Array.from({ length: this.engine.config.hostsPerRegion }, () => ({
        id: this.engine.hex(4),
        region,
        status: 'ok' as const,
        isFull: false,
      }));
      this.hosts.set(region, hosts);
    }
    const usable = hosts.filter((host) => host.status === 'ok' && !host.isFull);
    const host = this.engine.pick(usable) ?? hosts[0];
    if (host === undefined) throw new Error(`the region ${region} has no hosts`);
    return host;
  }

  addVolume(
    app: SimApp,
    request: { name: string; region: string; sizeGb: number; isEncrypted: boolean },
    actor: Actor,
  ): SimVolume {
    const volume: SimVolume = {
      id: `vol_${this.engine.word(16)}`,
      app,
      name: request.name,
      region: request.region,
      host: this.hostIn(request.region),
      isEncrypted: request.isEncrypted,
      createdAtMs: this.engine.nowMs,
      sizeGb: request.sizeGb,
      state: 'created',
      attachedMachineId: null,
    };
    app.volumes.set(volume.id, volume);
    this.record('volume-create', app.name, volume.id, actor, { name: volume.name });
    return volume;
  }

  /** How many machines the region holds, of all organizations. */
  countIn(region: string): number {
    let count = 0;
    for (const app of this.apps.values()) {
      for (const machine of app.machines.values()) {
        if (machine.region === region && machine.destroyedAtMs === null) count++;
      }
    }
    return count;
  }

  record(
    effect: EffectKind,
    app: string,
    machine: string | null,
    actor: Actor,
    detail: Readonly<Record<string, unknown>> = {},
  ): void {
    this.engine.log.write({
      kind: 'effect',
      atMs: this.engine.nowMs,
      effect,
      requestId: actor.requestId,
      actor: actor.name,
      userAgent: actor.userAgent,
      app,
      machine,
      isAnswerLost: actor.isAnswerLost,
      detail,
    });
  }

  setState(machine: SimMachine, to: SimState): void {
    const from = machine.state;
    machine.state = to;
    this.changed(machine);
    this.engine.log.write({
      kind: 'state',
      atMs: this.engine.nowMs,
      app: machine.app.name,
      machine: machine.id,
      from,
      to,
    });
  }

  /** Call it after each change of what the API shows of a machine. */
  changed(machine: SimMachine): void {
    machine.revision++;
    machine.updatedAtMs = this.engine.nowMs;
    this.listing.announce(machine);
  }
}

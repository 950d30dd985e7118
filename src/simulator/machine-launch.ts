import type { Engine } from './engine.js';
import { ApiError } from './model.js';
import type { Actor, SimApp, SimConfig, SimMachine, SimState, SimVolume } from './model.js';
import type { World } from './world.js';

export interface LaunchRequest {
  readonly name?: string;
  readonly region?: string;
  readonly config: SimConfig;
  readonly skipLaunch?: boolean;
  readonly leaseTtlMs?: number;
  readonly isCordoned?: boolean;
}

/** Makes the machine's record, with everything that a create call is refused for; it does not set it going. */
export function registerMachine(
  world: World,
  app: SimApp,
  request: LaunchRequest,
  actor: Actor,
): SimMachine {
  if (request.config.image === undefined || request.config.image === '') {
    throw new ApiError(400, 'invalid config.image, image cannot be empty');
  }
  const { engine } = world;
  refuseUsedName(app, request.name);
  const { machineLimit } = app.org;
  if (machineLimit !== null && app.org.machineCount >= machineLimit) {
    throw new ApiError(
      422,
      'Your organization has reached its machine limit. Please contact billing@fly.io',
    );
  }
  const region = request.region ?? engine.config.regions[0] ?? 'fra';
  refuseFullRegion(world, region);
  const volumes = volumesFor(world, app, request.config, region);
  const machine = newMachine(world, app, request, region, volumes[0]);
  for (const volume of volumes) volume.attachedMachineId = machine.id;
  if (app.machines.size === 0) world.catalogRevision++;
  app.machines.set(machine.id, machine);
  app.org.machineCount++;
  world.record('create', app.name, machine.id, actor, {
    name: machine.name,
    region,
    skipLaunch: request.skipLaunch === true,
    version: machine.version,
    metadata: machine.config.metadata ?? {},
  });
  return machine;
}

function newMachine(
  world: World,
  app: SimApp,
  request: LaunchRequest,
  region: string,
  volume: SimVolume | undefined,
): SimMachine {
  const { engine } = world;
  const version = engine.ulid();
  const machine: SimMachine = {
    id: engine.hex(14),
    app,
    name:
      request.name ?? `${engine.word(6)}-${engine.word(6)}-${1000 + (world.nextOrder() % 9000)}`,
    region,
    host: volume?.host ?? world.hostIn(region),
    privateIp: `fdaa:0:${engine.hex(2)}:a7b:${engine.hex(4)}:${engine.hex(4)}:${engine.hex(4)}:2`,
    createdAtMs: engine.nowMs,
    order: world.nextOrder(),
    state: 'created',
    version,
    updatedAtMs: engine.nowMs,
    config: normalizeConfig(request.config),
    isCordoned: request.isCordoned === true,
    cordonedAtMs: null,
    lease: null,
    events: [],
    restartCount: 0,
    startsAfterUpdate: false,
    activeUntilMs: 0,
    destroyedAtMs: null,
    listedAtMs: null,
    revision: 0,
    course: 0,
  };
  pushEvent(engine, machine, 'launch', 'created', 'user');
  return machine;
}

function refuseUsedName(app: SimApp, name: string | undefined): void {
  if (name === undefined) return;
  for (const machine of app.machines.values()) {
    if (machine.name === name && machine.state !== 'destroyed') {
      const text = `already_exists: unique machine name violation, machine ID ${machine.id} already exists with name "${name}"`;
      throw new ApiError(409, text);
    }
  }
}

export function refuseFullRegion(world: World, region: string): void {
  const limit = world.conditions.regionLimits.get(region);
  if (limit !== undefined && world.countIn(region) >= limit) {
    throw new ApiError(422, 'could not find a candidate host', 'insufficient_capacity');
  }
}

function volumesFor(
  world: World,
  app: SimApp,
  config: SimConfig,
  region: string,
): readonly SimVolume[] {
  return (config.mounts ?? []).map((mount) => {
    const id = mount.volume ?? '';
    const volume = app.volumes.get(id);
    if (volume === undefined || volume.state !== 'created') {
      throw new ApiError(404, `not_found: volume ${id} not found`);
    }
    if (volume.region !== region) {
      throw new ApiError(412, `failed_precondition: volume ${id} is in region ${volume.region}`);
    }
    if (volume.attachedMachineId !== null) {
      const text = `failed_precondition: volume already claimed by machine ${volume.attachedMachineId}`;
      throw new ApiError(412, text);
    }
    if (world.conditions.isVolumeHostFull || volume.host.isFull || volume.host.status !== 'ok') {
      const text = `insufficient resources to create new machine with existing volume id '${id}'`;
      throw new ApiError(412, text, 'volume_placement_capacity');
    }
    return volume;
  });
}

/** Answers write `autostop` as a boolean, but for "suspend". */
export function normalizeConfig(config: SimConfig): SimConfig {
  if (config.services === undefined) return config;
  const services = config.services.map((service) => {
    const { autostop } = service;
    if (autostop !== 'off' && autostop !== 'stop') return service;
    return { ...service, autostop: autostop === 'stop' };
  });
  return { ...config, services };
}

/** Newest first; Fly keeps the latest only. */
export function pushEvent(
  engine: Engine,
  machine: SimMachine,
  type: string,
  status: SimState,
  source: 'flyd' | 'user',
  request?: { readonly [key: string]: string | number | boolean | null | object },
): void {
  const event = {
    id: engine.ulid(),
    type,
    status,
    source,
    timestamp: engine.nowMs,
    ...(request === undefined ? {} : { request: request as never }),
  };
  machine.events = [event, ...machine.events.slice(0, 19)];
}

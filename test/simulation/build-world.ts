/** Puts a planned app into the simulated Fly. */
import type { SimConfig, Simulator } from '../../src/simulator/index.js';
import { facesOf, type AppPlan } from './fleet-plan.js';
import { BUSY_SERIES, SERIES } from './metrics.js';

const VOLUME = 'data';

/** Whatever the platform suffers from at the moment: the app is simply there. */
export function buildApp(sim: Simulator, plan: AppPlan): void {
  const { conditions, orgs } = sim.world.state;
  const limits = [...conditions.regionLimits];
  const quotas = [...orgs.values()].map((org) => [org, org.machineLimit] as const);
  const isVolumeHostFull = conditions.isVolumeHostFull;
  conditions.isVolumeHostFull = false;
  conditions.regionLimits.clear();
  for (const [org] of quotas) org.machineLimit = null;
  addAll(sim, plan);
  conditions.isVolumeHostFull = isVolumeHostFull;
  for (const [region, limit] of limits) conditions.regionLimits.set(region, limit);
  for (const [org, limit] of quotas) org.machineLimit = limit;
}

function addAll(sim: Simulator, plan: AppPlan): void {
  const { world } = sim;
  world.addApp(plan.name, { machines: 0, release: plan.hasRelease ? 'complete' : null });
  for (const face of facesOf(plan)) addGroup(sim, face);
  for (let i = 0; i < plan.otherMachines; i += 1) {
    world.addMachine(plan.name, { region: plan.region, group: 'batch' });
  }
  if (plan.hasStandby) addStandby(sim, plan);
  if (plan.hasConsole) {
    world.addMachine(plan.name, { region: plan.region, group: 'fly_app_console' });
  }
  for (const series of new Set(Object.values(SERIES))) {
    world.setLoad(plan.name, series, plan.load);
  }
  if (plan.profile?.isBusyKnown === true) {
    const { workMs } = plan;
    world.setLoad(plan.name, BUSY_SERIES, plan.load, { emitter: 'machines', workMs });
  }
}

function addGroup(sim: Simulator, plan: AppPlan): void {
  const { world } = sim;
  for (let i = 0; i < plan.machines; i += 1) {
    world.addMachine(plan.name, {
      region: plan.region,
      group: plan.group,
      state: i >= plan.machines - plan.stopped ? 'stopped' : 'started',
      config: { ...commonConfig(plan), ...mounts(sim, plan) },
    });
  }
  for (let i = 0; i < (plan.spareVolumes ?? 0); i += 1)
    world.addVolume(plan.name, VOLUME, plan.region);
}

function commonConfig(plan: AppPlan): Partial<SimConfig> {
  return {
    restart: { policy: plan.restart, max_retries: 3 },
    ...(plan.stopTimeout === null ? {} : { stop_config: { timeout: plan.stopTimeout } }),
  };
}

function mounts(sim: Simulator, plan: AppPlan): Partial<SimConfig> {
  if (plan.spareVolumes === null) return {};
  const volume = sim.world.addVolume(plan.name, VOLUME, plan.region);
  return { mounts: [{ volume: volume.id, path: '/data', name: VOLUME }] };
}

/** As the first deploy leaves it: stopped, for one of the machines. */
function addStandby(sim: Simulator, plan: AppPlan): void {
  const watched = sim.world.machines(plan.name)[0];
  if (watched === undefined) return;
  sim.world.addMachine(plan.name, {
    region: plan.region,
    group: plan.group,
    state: 'stopped',
    config: { standbys: [watched.id], env: { FLY_STANDBY_FOR: watched.id } },
  });
}

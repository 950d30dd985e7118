/** The end of all trouble: what faults left behind is put right, as the people who run the apps would. */
import type { Clock } from '../../src/seams/clock.js';
import type { Simulator } from '../../src/simulator/index.js';
import type { Autoscalers } from './autoscalers.js';
import type { FleetPlan } from './fleet-plan.js';
import { PROTECT_KEY } from './machine-troubles.js';
import { BUSY_SERIES, SERIES } from './metrics.js';
import { isReserved, markOf } from './snapshots.js';

const TAG = 'fly_bluegreen_deployment_tag';
const IN_TRANSIT: ReadonlySet<string> = new Set([
  'starting',
  'stopping',
  'restarting',
  'replacing',
]);

export function calm({
  sim,
  clock,
  plan,
  autoscalers,
}: {
  readonly clock: Clock;
  readonly sim: Simulator;
  readonly plan: FleetPlan;
  readonly autoscalers: Autoscalers;
}): void {
  sim.faults.clear();
  for (const app of plan.apps) {
    if (!sim.world.apps.has(app.name)) continue;
    for (const series of new Set(Object.values(SERIES))) {
      sim.world.setLoad(app.name, series, { kind: 'flat', level: app.finalLevel });
    }
    if (app.profile?.isBusyKnown === true) {
      const shape = { kind: 'flat', level: app.finalLevel } as const;
      const { workMs } = app;
      sim.world.setLoad(app.name, BUSY_SERIES, shape, { emitter: 'machines', workMs });
    }
    unprotect(sim, app.name);
    tidy(sim, app.name);
  }
  if (autoscalers.alive.length === 0) autoscalers.start();
  void resumeAll(autoscalers, clock);
}

/** Also what a process that has just begun finds of before. */
async function resumeAll(autoscalers: Autoscalers, clock: Clock): Promise<void> {
  await clock.sleep(5000);
  for (const { operator } of autoscalers.alive) await operator.resume(null, null);
}

/** Whoever asked for a machine to stay has had it; deploys have copied the wish to others. */
function unprotect(sim: Simulator, app: string): void {
  for (const machine of sim.world.machines(app)) {
    const { [PROTECT_KEY]: _, ...metadata } = machine.config.metadata ?? {};
    machine.config = { ...machine.config, metadata };
    machine.revision += 1;
  }
}

/** Stuck machines come to rest, cordons of others and left-over greens are cleared away, and an open release is deployed anew. */
function tidy(sim: Simulator, app: string): void {
  const isDeploying = sim.deploys.running.some((deploy) => deploy.app === app);
  if (isDeploying) return;
  for (const machine of sim.world.machines(app)) {
    if (IN_TRANSIT.has(machine.state)) sim.world.setMachineState(machine, 'stopped');
    if (machine.isCordoned && markOf(machine) === null) machine.isCordoned = false;
    const { [TAG]: _, ...metadata } = machine.config.metadata ?? {};
    if (!isReserved(machine)) machine.config = { ...machine.config, metadata };
    machine.revision += 1;
  }
  const release = sim.world.releases(app).at(-1);
  if (release !== undefined && release.status !== 'complete') {
    sim.deploys.start(app, { strategy: 'rolling' });
  }
}

import type { Engine } from './engine.js';
import type { MachineLife } from './machine-life.js';
import type { Actor, SimConfig, SimMachine, SimRelease, SimState } from './model.js';

/** A course of steps; each yielded number is a pause in milliseconds. */
export type Script = Generator<number, void, undefined>;

/** What a script needs of the deploy that runs it. */
export interface DeployRun {
  readonly engine: Engine;
  readonly life: MachineLife;
  readonly release: SimRelease;
  readonly options: { readonly failsAt?: number };
  machines(): readonly SimMachine[];
  actorFor(machine: SimMachine): Actor;
  acquire(machines: readonly SimMachine[]): Script;
  adopt(machine: SimMachine): void;
}

/** The deploy gives up. */
export class DeployRefused extends Error {
  override readonly name = 'DeployRefused';
}

const LOOK_MS = 500;
const CHECKS_MS = 5000;
const BLUE_GREEN_TAG = 'fly_bluegreen_deployment_tag';
const SETTLED: ReadonlySet<SimState> = new Set([
  'started',
  'stopped',
  'suspended',
  'failed',
  'destroyed',
]);

/** Leases on all machines, then one after the other is updated in place. */
export function* rolling(run: DeployRun): Script {
  const machines = run.machines();
  yield* run.acquire(machines);
  for (const [index, machine] of machines.entries()) {
    if (machine.state === 'destroyed') continue;
    const config = released(run, machine.config);
    run.life.update(machine, { config }, run.actorFor(machine));
    yield* settle(machine);
    if (run.options.failsAt === index) throw new DeployRefused('a machine did not come up');
    yield LOOK_MS;
  }
}

/** Green machines beside the blue ones; traffic moves when all greens pass their checks, then the blues go. */
export function* blueGreen(run: DeployRun): Script {
  const blues = run.machines();
  yield* run.acquire(blues);
  const greens = blues.map((blue) => launchGreen(run, blue));
  try {
    for (const [index, green] of greens.entries()) {
      yield* settle(green);
      if (run.options.failsAt === index || green.state === 'failed') {
        throw new DeployRefused('a green machine did not come up');
      }
    }
    yield CHECKS_MS;
  } catch (error) {
    for (const green of greens) {
      if (green.state !== 'destroyed') run.life.destroy(green, true, run.actorFor(green));
    }
    throw error;
  }
  for (const green of greens) run.life.setCordon(green, false, run.actorFor(green));
  yield LOOK_MS;
  const left = blues.filter(({ state }) => state !== 'destroyed');
  for (const blue of left) {
    run.life.setCordon(blue, true, run.actorFor(blue));
    const patch = { [BLUE_GREEN_TAG]: 'safe_to_destroy' };
    run.life.patchMetadata(blue, patch, undefined, run.actorFor(blue));
  }
  yield CHECKS_MS;
  for (const blue of left) {
    if (blue.state === 'started') run.life.stop(blue, {}, run.actorFor(blue));
    yield* settle(blue);
    if (blue.state !== 'destroyed') run.life.destroy(blue, true, run.actorFor(blue));
  }
}

function launchGreen(run: DeployRun, blue: SimMachine): SimMachine {
  const config = released(run, blue.config);
  const metadata = {
    ...config.metadata,
    [BLUE_GREEN_TAG]: String(run.release.createdAtMs),
    fly_flyctl_bluegreen_launch_id: run.engine.ulid(),
  };
  const green = run.life.launch(
    blue.app,
    {
      region: blue.region,
      config: { ...config, metadata },
      skipLaunch: blue.state !== 'started',
      isCordoned: true,
    },
    run.actorFor(blue),
  );
  run.adopt(green);
  return green;
}

/** The same configuration with the new release's image and marks. */
function released(run: DeployRun, config: SimConfig): SimConfig {
  return {
    ...config,
    image: run.release.imageRef,
    metadata: {
      ...config.metadata,
      fly_release_id: run.release.id,
      fly_release_version: String(run.release.version),
    },
  };
}

function* settle(machine: SimMachine): Script {
  while (!SETTLED.has(machine.state)) yield LOOK_MS;
}

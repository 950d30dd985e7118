import type { Clock } from '../seams/clock.js';
import type { HttpClient } from '../seams/http.js';
import { Deploys } from './deploys.js';
import { Engine } from './engine.js';
import type { LogEntry } from './event-log.js';
import { Faults } from './faults.js';
import { MachineLife } from './machine-life.js';
import { ServerCore } from './server-core.js';
import { completeConfig } from './settings.js';
import type { SimulatorConfig, SimulatorSettings } from './settings.js';
import { WorldControl } from './world-control.js';
import { World } from './world.js';

export interface SimulatorOptions {
  readonly clock: Clock;
  /** The same seed, the same calls at the same times: the same world. */
  readonly seed: number;
  /** Slugs; default one, `my-org`. */
  readonly orgs?: readonly string[];
  readonly config?: SimulatorSettings;
}

/** A local Fly: Machines API, GraphQL and managed Prometheus of whole organizations. */
export interface Simulator {
  readonly clock: Clock;
  readonly config: SimulatorConfig;
  /** Serves a request in process; any scheme and host will do, the path decides. */
  readonly handle: HttpClient;
  readonly world: WorldControl;
  readonly faults: Faults;
  readonly deploys: Deploys;
  /** Everything that happened, oldest first; brought up to date by each request and each look at the world. */
  readonly log: readonly LogEntry[];
  /** Hears each entry as it is written; returns the function that ends it. */
  subscribe(listener: (entry: LogEntry) => void): () => void;
  /** Milliseconds since the world began. */
  elapsedMs(): number;
  /** Lets everything happen that is due by now. */
  catchUp(): void;
}

export function createSimulator(options: SimulatorOptions): Simulator {
  const config = completeConfig(options.config);
  const engine = new Engine(options.clock, options.seed, config);
  const world = new World(engine);
  const life = new MachineLife(world);
  const faults = new Faults(engine, world, life);
  const core = new ServerCore({ engine, world, life, faults });
  for (const slug of options.orgs ?? ['my-org']) world.addOrg(slug, slug);
  return {
    clock: options.clock,
    config,
    handle: core.handle,
    world: new WorldControl(engine, world, life),
    faults,
    deploys: new Deploys(engine, world, life),
    get log() {
      return engine.log.entries;
    },
    subscribe: (listener) => engine.log.subscribe(listener),
    elapsedMs() {
      engine.catchUp();
      return engine.nowMs - engine.startMs;
    },
    catchUp: () => engine.catchUp(),
  };
}

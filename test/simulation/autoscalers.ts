/** The autoscaler processes of a run: started, stopped, killed and replaced as the troubles want it. */
import type { Clock } from '../../src/seams/clock.js';
import { createMemoryStateStore } from '../../src/state/memory-store.js';
import type { Simulator } from '../../src/simulator/index.js';
import { startAutoscaler, type Autoscaler } from './autoscaler.js';
import type { FleetPlan } from './fleet-plan.js';
import type { Tap } from './wire.js';
import type { StateStore } from '../../src/seams/store.js';
import type { FleetEvent, PassReport } from '../../src/seams/events.js';

export interface AutoscalersOptions {
  readonly sim: Simulator;
  readonly clock: Clock;
  readonly plan: FleetPlan;
  readonly seed: number;
  readonly tapOf: (name: string) => Tap;
  readonly onReport: (name: string, report: PassReport) => void;
  readonly onFleet: (name: string, event: FleetEvent) => void;
  readonly onStart: (process: Autoscaler) => void;
  readonly onCrash: (name: string, error: unknown) => void;
}

export class Autoscalers {
  readonly all: Autoscaler[] = [];
  readonly #options: AutoscalersOptions;

  constructor(options: AutoscalersOptions) {
    this.#options = options;
  }

  get alive(): readonly Autoscaler[] {
    return this.all.filter((process) => !process.isKilled && !process.isStopping);
  }

  start(): Autoscaler {
    const { sim, clock, plan, seed, tapOf, onReport, onFleet, onStart, onCrash } = this.#options;
    const number = this.all.length + 1;
    const name = `process-${number}`;
    const process = startAutoscaler({
      name,
      seed: (seed ^ Math.imul(number, 0x9e3779b1)) >>> 0,
      plan,
      clock,
      handle: sim.handle,
      tap: tapOf(name),
      state: this.#stateOfNext(),
      onReport: (report) => onReport(name, report),
      onFleet: (event) => onFleet(name, event),
      onCrash: (error) => onCrash(name, error),
    });
    this.all.push(process);
    onStart(process);
    return process;
  }

  /** A volume is at one machine at a time: a second process beside another begins with an empty one. Memory ends with its process. */
  #stateOfNext(): StateStore {
    const isDurable = this.#options.plan.hasDurableState;
    const isAlone = this.all.every(({ endedAtMs }) => endedAtMs !== null);
    const last = this.all.reduce<Autoscaler | null>(
      (latest, each) => ((each.endedAtMs ?? 0) >= (latest?.endedAtMs ?? 0) ? each : latest),
      null,
    );
    if (isDurable && isAlone && last !== null) return last.state;
    return createMemoryStateStore({ isDurable });
  }

  get(name: string): Autoscaler | undefined {
    return this.all.find((process) => process.name === name);
  }
}

import { pushEvent } from './machine-launch.js';
import type { SimMachine, SimState } from './model.js';
import type { RangeMs } from './settings.js';
import type { World } from './world.js';

export interface ProcessEnd {
  readonly exitCode: number;
  readonly isOom: boolean;
  readonly wasRequested: boolean;
  readonly isRestarting?: boolean;
}

/** How a machine goes from state to state by itself once a course is set. */
export class MachineCourse {
  constructor(readonly world: World) {}

  /** Whatever was planned for the machine before no longer happens. */
  enter(
    machine: SimMachine,
    state: SimState,
    event: string,
    source: 'flyd' | 'user' = 'flyd',
  ): void {
    machine.course++;
    pushEvent(this.world.engine, machine, event, state, source);
    this.world.setState(machine, state);
  }

  /** Happens after a drawn delay, unless the machine took another course by then. */
  later(machine: SimMachine, delay: RangeMs, run: () => void): void {
    const { engine } = this.world;
    const { course } = machine;
    engine.after(engine.draw(delay), () => {
      if (machine.course === course) run();
    });
  }

  boot(machine: SimMachine, delay: RangeMs, source: 'flyd' | 'user' = 'flyd'): void {
    this.enter(machine, 'starting', 'start', source);
    this.later(machine, delay, () => this.enter(machine, 'started', 'start'));
  }

  restart(machine: SimMachine, source: 'flyd' | 'user' = 'flyd'): void {
    this.enter(machine, 'restarting', 'restart', source);
    this.later(machine, this.world.engine.config.delaysMs.restarting, () =>
      this.enter(machine, 'started', 'start'),
    );
  }

  failToLaunch(machine: SimMachine): void {
    if (this.world.conditions.createFailure === 'vanishes') this.vanish(machine, 'flyd');
    else this.enter(machine, 'failed', 'launch');
  }

  /** The host still cleans up for a moment; a start is refused until then. */
  enterStopped(machine: SimMachine): void {
    const { engine } = this.world;
    machine.activeUntilMs = engine.nowMs + engine.draw(engine.config.delaysMs.stillActive);
    this.enter(machine, 'stopped', 'stop');
  }

  vanish(machine: SimMachine, source: 'flyd' | 'user'): void {
    const { engine, listing } = this.world;
    this.enter(machine, 'destroying', 'destroy', source);
    this.later(machine, engine.config.delaysMs.destroying, () => {
      machine.destroyedAtMs = engine.nowMs;
      machine.lease = null;
      machine.app.org.machineCount--;
      for (const volume of machine.app.volumes.values()) {
        if (volume.attachedMachineId === machine.id) volume.attachedMachineId = null;
      }
      this.enter(machine, 'destroyed', 'destroy');
      engine.after(engine.config.deletedListedMs, () => {
        machine.app.machines.delete(machine.id);
        listing.drop(machine);
      });
    });
  }

  /** The process ended: only an event; what follows is the caller's. */
  endProcess(machine: SimMachine, end: ProcessEnd): void {
    const { engine } = this.world;
    pushEvent(engine, machine, 'exit', 'stopped', 'flyd', {
      exit_event: {
        exit_code: end.exitCode,
        guest_exit_code: end.exitCode,
        guest_signal: -1,
        oom_killed: end.isOom,
        requested_stop: end.wasRequested,
        restarting: end.isRestarting === true,
        signal: -1,
        exited_at: new Date(engine.nowMs).toISOString(),
      },
      restart_count: machine.restartCount,
    });
  }
}

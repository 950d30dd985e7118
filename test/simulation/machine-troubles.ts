/** What people say of single machines, and what nobody knows of them. */
import { BUSY_SERIES } from './metrics.js';
import { MINUTE_MS, machineOf, type TroubleDefinitions } from './trouble-kind.js';
import type { Simulator } from '../../src/simulator/index.js';
import type { Stage } from './stage.js';

export const PROTECT_KEY = 'fas-protect';

export const MACHINE_TROUBLES = {
  /** Somebody works on a machine and asks that it stays. */
  protect: {
    weight: 3,
    lengthMs: [MINUTE_MS, 20 * MINUTE_MS],
    strike: (stage) => {
      const machine = machineOf(stage, ({ state }) => state !== 'destroying');
      if (machine === undefined) return;
      const untilMs = stage.clock.now() + (stage.untilMs - stage.atMs);
      const value = stage.chance.pick([
        'true',
        machine.id,
        `${machine.id} ${Math.floor(untilMs / 1000)}`,
        String(Math.floor(untilMs / 1000)),
        new Date(untilMs).toISOString(),
      ]);
      protect(stage, machine.app.name, machine.id, value);
      stage.at(stage.untilMs, () => protect(stage, machine.app.name, machine.id, null));
    },
  },
  /** One that is on its way out is needed by somebody after all. */
  'protect-leaving': {
    weight: 3,
    lengthMs: [MINUTE_MS, 10 * MINUTE_MS],
    strike: (stage) => {
      const app = stage.app();
      if (app === undefined) return;
      for (const { id, config } of stage.sim.world.machines(app.name)) {
        if (config.metadata?.['fas-remove'] === undefined) continue;
        protect(stage, app.name, id, 'true');
        stage.at(stage.untilMs, () => protect(stage, app.name, id, null));
      }
    },
  },
  /** For so long nobody knows what machines are busy with. */
  'lost-busy': {
    weight: 2,
    lengthMs: [6 * MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const { sim } = stage;
      const app = stage.app();
      if (app === undefined || app.profile?.isBusyKnown !== true) return;
      sim.world.setMetric(app.name, BUSY_SERIES, null);
      stage.at(stage.untilMs, () => {
        if (!sim.world.apps.has(app.name)) return;
        const { workMs } = app;
        sim.world.setLoad(app.name, BUSY_SERIES, app.load, { emitter: 'machines', workMs });
      });
    },
  },
} satisfies TroubleDefinitions;

/** Machines that people protect, by their ids: what copies carry says nothing of this. */
const PROTECTED = new WeakMap<Simulator, Set<string>>();

export function isProtectedByPeople(sim: Simulator, id: string): boolean {
  return PROTECTED.get(sim)?.has(id) === true;
}

/** As a POST to the key would, at once. */
export function protect({ sim }: Stage, app: string, id: string, value: string | null): void {
  const machine = sim.world.machine(app, id);
  if (machine === null) return;
  const protectedIds = PROTECTED.get(sim) ?? new Set();
  PROTECTED.set(sim, protectedIds);
  if (value === null) protectedIds.delete(id);
  else protectedIds.add(id);
  const { [PROTECT_KEY]: _, ...rest } = machine.config.metadata ?? {};
  machine.config = {
    ...machine.config,
    metadata: value === null ? rest : { ...rest, [PROTECT_KEY]: value },
  };
  machine.revision += 1;
}

/** What happens between a look at a machine and what was decided on it. Drawn apart, since each strikes but once. */
import { acquireLease } from '../../src/simulator/leases.js';
import { ApiError, PLATFORM, type SimMachine } from '../../src/simulator/model.js';
import { protect } from './machine-troubles.js';
import { ACTS, MINUTE_MS, type TroubleDefinitions } from './trouble-kind.js';
import type { Stage } from './stage.js';

const FLYCTL = { ...PLATFORM, name: 'flyctl', userAgent: 'flyctl/0.3.200' };
const MACHINE = /\/apps\/([^/]+)\/machines\/([^/?]+)(?:\?|$)/;
const LEASE_MS = 20_000;

const MEDDLES = [
  'protect',
  'lease',
  'update',
  'start',
  'end',
  'cordon',
  'host',
  'destroy',
  'unmark',
] as const;

export const ACT_TROUBLES = {
  /** Somebody else does something to a machine that we are about to act on; we read it once more just before. */
  'meddle-in-act': {
    weight: 4,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      const how = stage.chance.pick(MEDDLES);
      stage.setTrap({
        fits: (method, url) => method === 'GET' && MACHINE.test(url),
        isBefore: true,
        spring: (_process, url) => {
          const [, app = '', id = ''] = MACHINE.exec(url) ?? [];
          const machine = stage.sim.world.machine(app, id);
          if (machine !== null && machine.state !== 'destroyed') meddle(stage, machine, how);
        },
      });
    },
  },
  /** A release that is over before anybody looks again: nothing says that it ran, but that it is another one. */
  'quick-release': {
    weight: 1,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const path = chance.pick([...ACTS, MACHINE]);
      const status = chance.pick(['complete', 'failed', 'interrupted'] as const);
      stage.setTrap({
        fits: (method, url) => (method === 'GET') === (path === MACHINE) && path.test(url),
        isBefore: path === MACHINE || chance.is(0.5),
        spring: (_process, url) => {
          const app = /\/apps\/([^/]+)\//.exec(url)?.[1] ?? '';
          const isDeploying = sim.deploys.running.some((deploy) => deploy.app === app);
          if (sim.world.apps.has(app) && !isDeploying) sim.world.addRelease(app, status);
        },
      });
    },
  },
} satisfies TroubleDefinitions;

function meddle(stage: Stage, machine: SimMachine, how: (typeof MEDDLES)[number]): void {
  const { sim } = stage;
  const { life, state: world } = sim.world;
  const app = machine.app.name;
  switch (how) {
    case 'protect':
      protect(stage, app, machine.id, 'true');
      stage.at(stage.untilMs, () => protect(stage, app, machine.id, null));
      return;
    case 'lease':
      asOthers(() => acquireLease(world, machine, { ttlMs: LEASE_MS, owner: 'flyctl' }, FLYCTL));
      return;
    case 'update':
      asOthers(() => life.update(machine, { config: machine.config }, FLYCTL));
      return;
    case 'start':
      // As Fly's proxy does, which asks for no lease.
      if (machine.state === 'stopped') sim.world.setMachineState(machine, 'started');
      return;
    case 'end':
      sim.faults.crash(machine, { exitCode: 0 });
      return;
    case 'cordon':
      asOthers(() => life.setCordon(machine, true, FLYCTL));
      stage.at(stage.untilMs, () => asOthers(() => life.setCordon(machine, false, FLYCTL)));
      return;
    case 'host': {
      const { id } = machine.host;
      sim.faults.setHostStatus(id, 'unknown');
      stage.at(stage.untilMs, () => sim.faults.setHostStatus(id, 'ok'));
      return;
    }
    case 'destroy':
      asOthers(() => life.destroy(machine, true, FLYCTL));
      return;
    case 'unmark':
      asOthers(() => life.patchMetadata(machine, { 'fas-remove': null }, undefined, FLYCTL));
      return;
  }
}

/** Fly may refuse it, as when we hold the lease. */
function asOthers(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

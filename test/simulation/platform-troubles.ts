/** Fly's own troubles: hosts, regions, quotas, machines. */
import { ORG } from './autoscaler.js';
import { REGIONS } from './fleet-plan.js';
import { MINUTE_MS, machineOf, type TroubleDefinitions } from './trouble-kind.js';
import type { Stage } from './stage.js';

export const PLATFORM_TROUBLES = {
  'host-outage': {
    weight: 3,
    lengthMs: [MINUTE_MS, 14 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const host = hostOf(stage);
      if (host === undefined) return;
      sim.faults.setHostStatus(host, chance.pick(['unknown', 'unreachable']));
      stage.at(stage.untilMs, () => sim.faults.setHostStatus(host, 'ok'));
    },
  },
  'host-full': {
    weight: 1,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      const { sim } = stage;
      const host = hostOf(stage);
      if (host === undefined) return;
      sim.faults.setHostFull(host, true);
      stage.at(stage.untilMs, () => sim.faults.setHostFull(host, false));
    },
  },
  'region-full': {
    weight: 1,
    lengthMs: [MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const region = stage.chance.pick(REGIONS);
      stage.sim.faults.setRegionLimit(region, 0);
      stage.at(stage.untilMs, () => stage.sim.faults.setRegionLimit(region, null));
    },
  },
  quota: {
    weight: 1,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      stage.sim.faults.setOrgLimit(ORG, 1);
      stage.at(stage.untilMs, () => stage.sim.faults.setOrgLimit(ORG, null));
    },
  },
  'volume-hosts-full': {
    weight: 1,
    lengthMs: [MINUTE_MS, 4 * MINUTE_MS],
    strike: (stage) => {
      stage.sim.faults.setVolumeHostsFull(true);
      stage.at(stage.untilMs, () => stage.sim.faults.setVolumeHostsFull(false));
    },
  },
  'failing-creates': {
    weight: 2,
    lengthMs: [MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      sim.faults.setCreateFailures(chance.pick([0.3, 1]), chance.pick(['failed', 'vanishes']));
      stage.at(stage.untilMs, () => sim.faults.setCreateFailures(0));
    },
  },
  crash: {
    weight: 3,
    lengthMs: [0, 0],
    strike: (stage) => {
      const machine = machineOf(stage, ({ state }) => state === 'started');
      if (machine !== undefined)
        stage.sim.faults.crash(machine, { exitCode: 1, isOom: stage.chance.is(0.3) });
    },
  },
  'stuck-machine': {
    weight: 1,
    lengthMs: [3 * MINUTE_MS, 14 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const machine = machineOf(stage, ({ state }) => state === 'started' || state === 'stopped');
      if (machine === undefined) return;
      const state = chance.pick(['starting', 'stopping', 'restarting', 'replacing'] as const);
      sim.world.setMachineState(machine, state);
      stage.at(stage.untilMs, () => {
        if (machine.state === state)
          sim.world.setMachineState(machine, chance.is(0.5) ? 'started' : 'stopped');
      });
    },
  },
} satisfies TroubleDefinitions;

function hostOf(stage: Stage): string | undefined {
  return machineOf(stage, () => true)?.host.id;
}

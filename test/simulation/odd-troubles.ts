/** Answers of Fly that are odd, or not Fly's. They are drawn apart, so that what was drawn before there were such stays as it was. */
import { REGIONS } from './fleet-plan.js';
import { MINUTE_MS, SECOND_MS, machineOf, type TroubleDefinitions } from './trouble-kind.js';

const ODD = [
  'list-org-machines',
  'list-apps',
  'list-volumes',
  'get-machine',
  'acquire-lease',
  'create-machine',
] as const;

const BEHIND_A_GATEWAY = [
  'list-machines',
  'list-machines',
  'get-machine',
  'list-volumes',
  'create-machine',
  'delete-machine',
  null,
] as const;

export const ODD_TROUBLES = {
  /** Of some machines of an app one field cannot be read, wherever they are told of. */
  'odd-machines': {
    weight: 4,
    lengthMs: [30 * SECOND_MS, 14 * MINUTE_MS],
    strike: (stage) => {
      for (let i = stage.chance.whole(2, 5); i > 0; i -= 1) {
        const machine = machineOf(stage, ({ state }) => state !== 'destroying');
        if (machine === undefined) return;
        stage.sim.faults.setOdd(machine, true);
        stage.at(stage.untilMs, () => stage.sim.faults.setOdd(machine, false));
      }
    },
  },
  /** Now and then one object of an answer is odd. */
  'odd-answers': {
    weight: 3,
    lengthMs: [MINUTE_MS, 10 * MINUTE_MS],
    strike: ({ sim, chance, atMs, untilMs }) => {
      sim.faults.add({
        kind: 'odd-entry',
        action: chance.pick(ODD),
        probability: chance.pick([0.2, 0.6, 1]),
        fromMs: atMs,
        untilMs,
      });
    },
  },
  /** Something before Fly answers in its place. */
  gateway: {
    weight: 2,
    lengthMs: [20 * SECOND_MS, 5 * MINUTE_MS],
    strike: ({ sim, chance, atMs, untilMs }) => {
      const action = chance.pick(BEHIND_A_GATEWAY);
      sim.faults.add({
        kind: 'gateway-page',
        ...(action === null ? {} : { action }),
        probability: chance.pick([0.2, 0.6, 1]),
        fromMs: atMs,
        untilMs,
      });
    },
  },
  'region-over-quota': {
    weight: 2,
    lengthMs: [MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const region = stage.chance.pick(REGIONS);
      stage.sim.faults.setRegionQuota(region, true);
      stage.at(stage.untilMs, () => stage.sim.faults.setRegionQuota(region, false));
    },
  },
} satisfies TroubleDefinitions;

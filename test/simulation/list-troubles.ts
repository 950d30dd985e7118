/** Lists that lack machines and do not say so. They are drawn apart, so that what else is drawn stays as it was. */
import type { FaultRule } from '../../src/simulator/index.js';
import { REGIONS } from './fleet-plan.js';
import { MINUTE_MS, SECOND_MS, type TroubleDefinitions } from './trouble-kind.js';
import type { Stage } from './stage.js';

export const LIST_TROUBLES = {
  'own-lists-lack-region': {
    weight: 3,
    lengthMs: [MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => rule(stage, 'list-machines', { region: stage.chance.pick(REGIONS) }),
  },
  'own-lists-lack-some': {
    weight: 2,
    lengthMs: [30 * SECOND_MS, 4 * MINUTE_MS],
    strike: (stage) => rule(stage, 'list-machines', { probability: stage.chance.pick([0.3, 1]) }),
  },
  'all-lists-lack-region': {
    weight: 2,
    lengthMs: [MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const region = stage.chance.pick(REGIONS);
      rule(stage, 'list-machines', { region });
      rule(stage, 'list-org-machines', { region });
    },
  },
} satisfies TroubleDefinitions;

function rule(stage: Stage, action: string, fault: Partial<FaultRule>): void {
  const { atMs: fromMs, untilMs } = stage;
  const kind = 'silent-partial-list';
  stage.sim.faults.add({ kind, ...fault, surface: 'machines', action, fromMs, untilMs });
}

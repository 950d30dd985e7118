/** Troubles of the organization's machine list. They are drawn apart, for fleets that are seen through it. */
import type { FaultRule } from '../../src/simulator/index.js';
import { REGIONS } from './fleet-plan.js';
import { MINUTE_MS, SECOND_MS, type TroubleDefinitions } from './trouble-kind.js';
import type { Stage } from './stage.js';

export const ORG_LIST_TROUBLES = {
  'org-list-out': {
    weight: 2,
    lengthMs: [30 * SECOND_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const kinds = ['unavailable-before', 'reset-before', 'hung-before', 'non-json'] as const;
      rule(stage, { kind: stage.chance.pick(kinds), probability: stage.chance.pick([0.5, 1]) });
    },
  },
  'org-list-refused': {
    weight: 2,
    lengthMs: [30 * SECOND_MS, 12 * MINUTE_MS],
    strike: (stage) => rule(stage, { kind: 'unavailable-before', status: 403 }),
  },
  /** Entries are missing, and nothing says so. */
  'org-list-lies': {
    weight: 3,
    lengthMs: [MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => rule(stage, { kind: 'silent-partial-list' }),
  },
  'region-unreadable': {
    weight: 3,
    lengthMs: [MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const region = stage.chance.pick(REGIONS);
      stage.sim.faults.setRegionUnreadable(region, true);
      stage.at(stage.untilMs, () => stage.sim.faults.setRegionUnreadable(region, false));
    },
  },
} satisfies TroubleDefinitions;

function rule(stage: Stage, fault: Omit<FaultRule, 'fromMs' | 'untilMs'>): void {
  const { atMs: fromMs, untilMs } = stage;
  stage.sim.faults.add({
    ...fault,
    surface: 'machines',
    action: 'list-org-machines',
    fromMs,
    untilMs,
  });
}

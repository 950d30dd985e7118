/** Metrics that lie or are gone, whatever the source says of itself. */
import { SERIES } from './metrics.js';
import { MINUTE_MS, SECOND_MS, type TroubleDefinitions } from './trouble-kind.js';

export const METRIC_TROUBLES = {
  'lying-metric': {
    weight: 3,
    lengthMs: [30 * SECOND_MS, 5 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const plan = stage.app();
      if (plan === undefined) return;
      const level = chance.pick([0, 0, 300, 3000, Number.POSITIVE_INFINITY]);
      const set = (isLying: boolean): void => {
        if (!sim.world.apps.has(plan.name)) return;
        for (const series of new Set(Object.values(SERIES))) {
          sim.world.setLoad(plan.name, series, isLying ? { kind: 'flat', level } : plan.load);
        }
      };
      set(true);
      stage.at(stage.untilMs, () => set(false));
    },
  },
  'lying-source': {
    weight: 2,
    lengthMs: [2 * MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const { sim, plan, chance } = stage;
      const series = chance.pick([...new Set(Object.values(SERIES))]);
      const set = (isLying: boolean): void => {
        for (const app of plan.apps) {
          if (!sim.world.apps.has(app.name) || app.profile === null) continue;
          const load = isLying ? { kind: 'flat' as const, level: 0 } : app.load;
          sim.world.setLoad(app.name, series, load);
        }
        stage.lie(series, isLying);
      };
      set(true);
      stage.at(stage.untilMs, () => set(false));
    },
  },
  'lost-metric': {
    weight: 2,
    lengthMs: [6 * MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const { sim } = stage;
      const plan = stage.app();
      if (plan === undefined) return;
      const series = [...new Set(Object.values(SERIES))];
      for (const name of series) sim.world.setMetric(plan.name, name, null);
      stage.at(stage.untilMs, () => {
        if (!sim.world.apps.has(plan.name)) return;
        for (const name of series) sim.world.setLoad(plan.name, name, plan.load);
      });
    },
  },
} satisfies TroubleDefinitions;

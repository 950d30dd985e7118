/** A source that answers, and has not looked at what it measures for a while. Drawn apart. */
import { SERIES } from './metrics.js';
import { MINUTE_MS, SECOND_MS, type TroubleDefinitions } from './trouble-kind.js';

export const STALE_TROUBLES = {
  'source-falls-behind': {
    weight: 1,
    lengthMs: [90 * SECOND_MS, 4.5 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance, plan } = stage;
      const series = chance.pick([...new Set(Object.values(SERIES))]);
      const struck = plan.apps.filter(
        ({ name, profile }) => profile !== null && sim.world.apps.has(name) && chance.is(0.4),
      );
      for (const { name } of struck) sim.world.setMetric(name, series, null);
      stage.at(stage.untilMs, () => {
        for (const { name, load } of struck) {
          const source = sim.world.apps.get(name)?.metrics.get(series);
          // Another trouble may have begun with it since.
          if (source?.endedAtMs != null) sim.world.setLoad(name, series, load);
        }
      });
    },
  },
} satisfies TroubleDefinitions;

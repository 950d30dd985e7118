/** What happens to the autoscaler itself. */
import { ACTS, MINUTE_MS, SECOND_MS, type TroubleDefinitions } from './trouble-kind.js';

export const PROCESS_TROUBLES = {
  /** The process dies at once and is started again after a while. */
  kill: {
    weight: 3,
    lengthMs: [SECOND_MS, 90 * SECOND_MS],
    strike: (stage) => {
      const { autoscalers, chance, untilMs } = stage;
      const { alive } = autoscalers;
      if (alive.length > 0) chance.pick(alive).kill();
      stage.at(untilMs, () => {
        if (autoscalers.alive.length === 0) autoscalers.start();
      });
    },
  },
  /** It dies in the middle of acting: as something is sent, or as the answer comes. */
  'kill-in-act': {
    weight: 4,
    lengthMs: [2 * MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const path = stage.chance.pick(ACTS);
      stage.setTrap({
        fits: (method, url) => method !== 'GET' && path.test(url),
        isBefore: stage.chance.is(0.3),
        spring: (process) => process.kill(),
      });
    },
  },
  /** As in a rolling deploy of the autoscaler: two at once, then the older or the younger goes. */
  twins: {
    weight: 4,
    lengthMs: [MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const { autoscalers, chance, atMs, untilMs } = stage;
      const { intervalMs } = stage.plan;
      const [older] = autoscalers.alive;
      if (older === undefined || autoscalers.alive.length > 1) return;
      // In step with the older one they get in each other's way the most.
      const ticks = Math.ceil((atMs - older.startedAtMs) / intervalMs);
      const startMs = chance.is(0.6) ? older.startedAtMs + ticks * intervalMs : atMs;
      stage.at(Math.min(startMs, untilMs), () => autoscalers.start());
      stage.at(untilMs, () => {
        if (autoscalers.alive.length < 2) return;
        const leaving = chance.is(0.6) ? older : autoscalers.alive.at(-1);
        if (leaving === undefined) return;
        if (chance.is(0.5)) leaving.kill();
        else void leaving.stop();
      });
    },
  },
  /** Its configuration is read anew, perhaps in the middle of acting. */
  reload: {
    weight: 2,
    lengthMs: [SECOND_MS, 3 * MINUTE_MS],
    strike: (stage) => {
      const { autoscalers, chance, untilMs } = stage;
      const reload = (): void => {
        for (const process of autoscalers.alive) process.reload();
      };
      reload();
      if (chance.is(0.5)) stage.at(untilMs, reload);
    },
  },
} satisfies TroubleDefinitions;

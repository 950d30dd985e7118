import { isWindowOpen } from '../../core/time/window.js';
import type { CollectorContext } from '../../seams/schema.js';
import type { ScheduleSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

/** Asks nobody: the number is a function of the time alone. */
export function scheduleCollector(
  settings: ScheduleSettings,
  { clock }: CollectorContext,
): Collector {
  return {
    name: settings['metric-name'],
    type: 'schedule',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      const atMs = clock.now();
      const value = valueAt(settings, atMs);
      for (const app of new Set(apps)) emit(app, { kind: 'value', value, atMs });
    },
    close: async () => undefined,
  };
}

function valueAt(settings: ScheduleSettings, nowMs: number): number {
  const open = settings.windows.filter((each) => isWindowOpen(each, settings['time-zone'], nowMs));
  if (open.length === 0) return settings.default;
  return open.reduce((most, { value }) => Math.max(most, value), -Infinity);
}

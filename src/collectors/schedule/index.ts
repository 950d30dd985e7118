import type { CollectorDefinition } from '../../seams/schema.js';
import { scheduleCollector } from './collector.js';
import { scheduleDocs } from './docs.js';
import { scheduleSchema, type ScheduleSettings } from './settings.js';

export const schedule: CollectorDefinition<ScheduleSettings> = {
  type: 'schedule',
  envPrefix: 'FAS_SCHEDULE',
  schema: scheduleSchema,
  summary: 'A number by the time of day, week or year in a time zone, for floors and ceilings.',
  create: scheduleCollector,
  docs: scheduleDocs,
};

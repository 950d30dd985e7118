import type { CollectorDefinition } from '../../seams/schema.js';
import { temporalCollector } from './collector.js';
import { temporalDocs } from './docs.js';
import { temporalSchema, type TemporalSettings } from './settings.js';

export const temporal: CollectorDefinition<TemporalSettings> = {
  type: 'temporal',
  envPrefix: 'FAS_TEMPORAL',
  schema: temporalSchema,
  summary:
    'The number of running workflows in a Temporal namespace that match a query, or of tasks that wait in a task queue.',
  create: temporalCollector,
  docs: temporalDocs,
};

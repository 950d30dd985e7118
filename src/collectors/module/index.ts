import type { CollectorDefinition } from '../../seams/schema.js';
import { moduleCollector } from './collector.js';
import { moduleDocs } from './docs.js';
import { moduleSchema, type ModuleSettings } from './settings.js';

export const module: CollectorDefinition<ModuleSettings> = {
  type: 'module',
  envPrefix: 'FAS_MODULE',
  schema: moduleSchema,
  summary: 'What a JavaScript module of your own reads.',
  create: moduleCollector,
  docs: moduleDocs,
};

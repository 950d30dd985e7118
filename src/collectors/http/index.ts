import type { CollectorDefinition } from '../../seams/schema.js';
import { httpCollector } from './collector.js';
import { httpDocs } from './docs.js';
import { httpSchema, type HttpSettings } from './settings.js';

export const http: CollectorDefinition<HttpSettings> = {
  type: 'http',
  envPrefix: 'FAS_HTTP',
  schema: httpSchema,
  maxAnswerBytes: 16_000_000,
  summary: 'A number out of the JSON, text or Prometheus exposition at a URL.',
  create: httpCollector,
  docs: httpDocs,
};

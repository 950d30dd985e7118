import type { CollectorDefinition } from '../../seams/schema.js';
import { kedaExternalCollector } from './collector.js';
import { kedaExternalDocs } from './docs.js';
import { kedaExternalSchema, type KedaExternalSettings } from './settings.js';

export const kedaExternal: CollectorDefinition<KedaExternalSettings> = {
  type: 'keda-external',
  envPrefix: 'FAS_KEDA_EXTERNAL',
  schema: kedaExternalSchema,
  summary: 'A metric of an external scaler, as KEDA reads it over gRPC.',
  create: kedaExternalCollector,
  docs: kedaExternalDocs,
};

import type { CollectorDefinition } from '../../seams/schema.js';
import { natsCollector } from './collector.js';
import { natsDocs } from './docs.js';
import { natsSchema, type NatsSettings } from './settings.js';

export const nats: CollectorDefinition<NatsSettings> = {
  type: 'nats',
  envPrefix: 'FAS_NATS',
  schema: natsSchema,
  summary: 'The backlog of a JetStream consumer, or the messages of a stream.',
  create: natsCollector,
  docs: natsDocs,
};

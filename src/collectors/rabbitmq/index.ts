import type { CollectorDefinition } from '../../seams/schema.js';
import { rabbitmqCollector } from './collector.js';
import { rabbitmqDocs } from './docs.js';
import { rabbitmqSchema, type RabbitmqSettings } from './settings.js';

export const rabbitmq: CollectorDefinition<RabbitmqSettings> = {
  type: 'rabbitmq',
  envPrefix: 'FAS_RABBITMQ',
  schema: rabbitmqSchema,
  maxAnswerBytes: 4_000_000,
  summary: 'The messages in a queue of RabbitMQ, or the rate at which they come.',
  create: rabbitmqCollector,
  docs: rabbitmqDocs,
};

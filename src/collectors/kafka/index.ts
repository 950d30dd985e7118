import type { CollectorDefinition } from '../../seams/schema.js';
import { kafkaCollector } from './collector.js';
import { kafkaDocs } from './docs.js';
import { kafkaSchema, partitionsBeside, type KafkaSettings } from './settings.js';

export const kafka: CollectorDefinition<KafkaSettings> = {
  type: 'kafka',
  envPrefix: 'FAS_KAFKA',
  schema: kafkaSchema,
  summary: 'The lag of consumer groups in Kafka, or the number of partitions of topics.',
  companions: partitionsBeside,
  create: kafkaCollector,
  docs: kafkaDocs,
};

import type { CollectorDefinition } from '../../seams/schema.js';
import { redisCollector } from './collector.js';
import { redisDocs } from './docs.js';
import { redisSchema, type RedisSettings } from './settings.js';

export const redis: CollectorDefinition<RedisSettings> = {
  type: 'redis',
  envPrefix: 'FAS_REDIS',
  schema: redisSchema,
  summary: 'The length of a list, set or stream, the jobs of a BullMQ queue, or a number in Redis.',
  create: redisCollector,
  docs: redisDocs,
};

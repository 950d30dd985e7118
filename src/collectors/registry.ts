import type { z } from 'zod';
import type { CollectorDefinition } from '../seams/schema.js';
import { guarded } from './shared/pacing/guard.js';
import { http } from './http/index.js';
import { kedaExternal } from './keda-external/index.js';
import { module } from './module/index.js';
import { kafka } from './kafka/index.js';
import { mysql } from './mysql/index.js';
import { nats } from './nats/index.js';
import { postgres } from './postgres/index.js';
import { prometheus } from './prometheus/index.js';
import { rabbitmq } from './rabbitmq/index.js';
import { redis } from './redis/index.js';
import { sqs } from './sqs/index.js';
import { schedule } from './schedule/index.js';
import { temporal } from './temporal/index.js';

/** In the order of the docs. */
const sources: readonly CollectorDefinition[] = [
  prometheus,
  temporal,
  http,
  schedule,
  postgres,
  mysql,
  redis,
  nats,
  kafka,
  rabbitmq,
  sqs,
  module,
  kedaExternal,
];

/** All kinds of metric sources, in the order of the docs. A schedule asks nobody. */
export const collectorDefinitions: readonly CollectorDefinition[] = sources
  .map((source) => (source === schedule ? source : guarded(source)))
  .map(withoutMaxAge);

/** Silence would let people believe that old data is refused. */
function withoutMaxAge(definition: CollectorDefinition): CollectorDefinition {
  if ('max-age' in (definition.schema as unknown as z.ZodObject).shape) return definition;
  const why =
    'cannot be checked here: this source tells what is there when it is asked, and no time of it';
  return { ...definition, absentSettings: { 'max-age': why } };
}

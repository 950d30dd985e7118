import type { CollectorDefinition } from '../schema.js';
import { guarded } from './guard.js';
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
export const collectorDefinitions: readonly CollectorDefinition[] = sources.map((source) =>
  source === schedule ? source : guarded(source),
);

import type { CollectorDefinition } from '../schema.js';
import { http } from './http/index.js';
import { mysql } from './mysql/index.js';
import { postgres } from './postgres/index.js';
import { prometheus } from './prometheus/index.js';
import { schedule } from './schedule/index.js';
import { temporal } from './temporal/index.js';

/** All kinds of metric sources, in the order of the docs. */
export const collectorDefinitions: readonly CollectorDefinition[] = [
  prometheus,
  temporal,
  http,
  schedule,
  postgres,
  mysql,
];

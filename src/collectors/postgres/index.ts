import type { CollectorDefinition } from '../../seams/schema.js';
import { sqlCollector } from '../shared/sql/sql-collector.js';
import { sqlSchema, type SqlSettings } from '../shared/sql/sql-server.js';
import { postgresDocs } from './docs.js';
import { postgresDriver } from './driver.js';

export const postgres: CollectorDefinition<SqlSettings> = {
  type: 'postgres',
  envPrefix: 'FAS_POSTGRES',
  schema: sqlSchema(postgresDriver),
  summary: 'A number from a query to PostgreSQL or anything else with its protocol.',
  create: (settings, context) => sqlCollector(settings, context, postgresDriver),
  docs: postgresDocs,
};

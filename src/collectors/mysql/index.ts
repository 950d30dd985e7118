import type { CollectorDefinition } from '../../seams/schema.js';
import { sqlCollector } from '../shared/sql/sql-collector.js';
import { sqlSchema, type SqlSettings } from '../shared/sql/sql-server.js';
import { mysqlDocs } from './docs.js';
import { mysqlDriver } from './driver.js';

export const mysql: CollectorDefinition<SqlSettings> = {
  type: 'mysql',
  envPrefix: 'FAS_MYSQL',
  schema: sqlSchema(mysqlDriver),
  summary: 'A number from a query to MySQL or MariaDB.',
  create: (settings, context) => sqlCollector(settings, context, mysqlDriver),
  docs: mysqlDocs,
};

import { afterAll, beforeAll, describe } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { startMariadb, type MariadbServer } from '../../../test/services/mariadb.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { steeredProxy, type SteeredProxy } from '../../testing/steered-proxy.js';
import { mysql } from './index.js';

let database: MariadbServer;

beforeAll(async () => {
  if (needs('mariadbd')) return;
  database = await startMariadb();
  await database.sql(
    `CREATE TABLE jobs (app varchar(99), depth bigint);
    CREATE USER scaler@'127.0.0.1';
    GRANT SELECT ON jobs.jobs TO scaler@'127.0.0.1'`,
  );
}, 180_000);
afterAll(() => database?.stop());

describe.skipIf(needs('mariadbd'))('a real server', () => {
  describeCollectorContract('mysql', {
    server: () =>
      steeredProxy({
        port: database.port,
        questionMark: 'from jobs',
        async setValues(values) {
          const rows = [...values].map(([app, depth]) => `('${app}', ${depth})`);
          await database.sql(`DELETE FROM jobs; INSERT INTO jobs VALUES ${rows.join(', ')}`);
        },
        setOpen: (isOpen) =>
          database.sql(
            `ALTER USER scaler@'127.0.0.1' IDENTIFIED BY '${isOpen ? CONTRACT_SECRET : 'another'}'`,
          ),
      }),
    roundTripsFor500Apps: 1,
    collector: ({ server, clock, timeoutMs, defaultValue }) =>
      mysql.create(
        mysql.schema.parse({
          'metric-name': 'jobs',
          url: `mysql://scaler:${CONTRACT_SECRET}@127.0.0.1:${(server as SteeredProxy).port}/jobs`,
          query: 'select app, depth from jobs',
          'app-column': 'app',
          default: defaultValue,
        }),
        {
          connect: connectHttp,
          clock,
          timeoutMs,
          random: seededRandom(1),
          userAgent: 'test',
          warn: () => undefined,
        },
      ),
  });
});

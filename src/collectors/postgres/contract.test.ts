import { afterAll, beforeAll, describe } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { startPostgres, type PostgresServer } from '../../../test/services/postgres.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { steeredProxy, type SteeredProxy } from '../../testing/steered-proxy.js';
import { postgres } from './index.js';

let database: PostgresServer;

beforeAll(async () => {
  if (needs('postgres')) return;
  database = await startPostgres();
  await database.sql('CREATE TABLE jobs (app text, depth bigint)');
  await database.sql('CREATE ROLE scaler LOGIN');
  await database.sql('GRANT SELECT ON jobs TO scaler');
}, 180_000);
afterAll(() => database?.stop());

describe.skipIf(needs('postgres'))('a real server', () => {
  describeCollectorContract('postgres', {
    server: () =>
      steeredProxy({
        port: database.port,
        questionMark: 'from jobs',
        async setValues(values) {
          await database.sql('DELETE FROM jobs');
          await database.sql('INSERT INTO jobs SELECT * FROM unnest($1::text[], $2::bigint[])', [
            [...values.keys()],
            [...values.values()],
          ]);
        },
        setOpen: (isOpen) =>
          database.sql(`ALTER ROLE scaler PASSWORD '${isOpen ? CONTRACT_SECRET : 'another'}'`),
      }),
    roundTripsFor500Apps: 1,
    collector: ({ server, clock, timeoutMs, defaultValue }) =>
      postgres.create(
        postgres.schema.parse({
          'metric-name': 'jobs',
          url: `postgres://scaler:${CONTRACT_SECRET}@127.0.0.1:${(server as SteeredProxy).port}/postgres`,
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

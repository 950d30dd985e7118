/** Workers and producers of a job table in a real PostgreSQL; the built program reads it with one query for all apps. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../services/needs.js';
import { startPostgres, type PostgresServer } from '../services/postgres.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const PASSWORD = 'scaler-password-1';
const isSkipped = needs('postgres');

let database: PostgresServer;
let fleet: FleetUnderTest;

const produce = (app: string, count: number): Promise<void> =>
  database.sql('INSERT INTO jobs (app) SELECT $1 FROM generate_series(1, $2)', [app, count]);

/** As workers do: takes the oldest that nobody else has. */
const consume = (app: string, count: number): Promise<void> =>
  database.sql(
    `UPDATE jobs SET done_at = now() WHERE id IN (
      SELECT id FROM jobs WHERE app = $1 AND done_at IS NULL ORDER BY id LIMIT $2
      FOR UPDATE SKIP LOCKED)`,
    [app, count],
  );

beforeEach(async () => {
  if (isSkipped) return;
  database = await startPostgres();
  await database.sql(`
    CREATE TABLE jobs (id bigserial, app text, done_at timestamptz);
    CREATE ROLE scaler LOGIN PASSWORD '${PASSWORD}';
    GRANT SELECT ON jobs TO scaler`);
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (isSkipped) return;
  await fleet.stop();
  await database.stop();
});

it.skipIf(isSkipped)(
  'each app follows its own jobs up and down, and holds through an outage',
  async () => {
    await produce('my-app-1', 20);
    await produce('my-app-2', 10);
    await fleet.autoscale({
      FAS_POSTGRES_METRIC_NAME: 'jobs',
      FAS_POSTGRES_URL: `postgres://scaler@127.0.0.1:${database.port}/postgres`,
      FAS_POSTGRES_PASSWORD: PASSWORD,
      FAS_POSTGRES_QUERY: 'select app, count(*) from jobs where done_at is null group by app',
      FAS_POSTGRES_APP_COLUMN: 'app',
    });
    await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
    await Promise.all([consume('my-app-1', 15), produce('my-app-2', 5)]);
    await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });

    await database.sql("ALTER ROLE scaler PASSWORD 'another'");
    await database.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scaler'",
    );
    await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unauthorized');
    await consume('my-app-2', 15);
    await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
    expect(fleet.log()).not.toContain(PASSWORD);
    await database.sql(`ALTER ROLE scaler PASSWORD '${PASSWORD}'`);
    await produce('my-app-1', 5);
    await produce('my-app-2', 5);
    await fleet.reaches({ 'my-app-1': 2, 'my-app-2': 1 });
  },
);

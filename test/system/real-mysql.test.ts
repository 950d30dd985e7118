/** Workers and producers of a job table in a real MariaDB; the built program asks it for each app. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startMariadb, type MariadbServer } from '../services/mariadb.js';
import { needs } from '../services/needs.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const PASSWORD = 'scaler-password-1';
const isSkipped = needs('mariadbd');

let database: MariadbServer;
let fleet: FleetUnderTest;

const produce = (app: string, count: number): Promise<void> =>
  database.sql(`INSERT INTO jobs (app) SELECT ? FROM seq_1_to_${count}`, [app]);

const consume = (app: string, count: number): Promise<void> =>
  database.sql('DELETE FROM jobs WHERE app = ? ORDER BY id LIMIT ?', [app, count]);

beforeEach(async () => {
  if (isSkipped) return;
  database = await startMariadb();
  await database.sql(
    `CREATE TABLE jobs (id bigint AUTO_INCREMENT PRIMARY KEY, app varchar(99));
    CREATE USER scaler@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';
    GRANT SELECT ON jobs.jobs TO scaler@'127.0.0.1'`,
  );
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (isSkipped) return;
  await fleet.stop();
  await database.stop();
});

it.skipIf(isSkipped)('each app follows its own jobs up and down', async () => {
  await produce('my-app-1', 20);
  await produce('my-app-2', 10);
  await fleet.autoscale({
    FAS_MYSQL_METRIC_NAME: 'jobs',
    FAS_MYSQL_URL: `mysql://scaler:${PASSWORD}@127.0.0.1:${database.port}/jobs`,
    FAS_MYSQL_QUERY: "select count(*) from jobs where app = '$APP_NAME'",
  });
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await Promise.all([consume('my-app-1', 15), produce('my-app-2', 5)]);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
  expect(fleet.log()).not.toContain(PASSWORD);
});

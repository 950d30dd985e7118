import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMariadb, type MariadbServer } from '../../../test/services/mariadb.js';
import { needs } from '../../../test/services/needs.js';
import { freePort } from '../../testing/free-port.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { aRealCollector, collectOnce, shown } from '../../testing/collect-once.js';
import { collectAll } from '../../testing/collector-contract.js';
import { mysql } from './index.js';

const PASSWORD = 'scaler%p@ss:word/1';
const certificate = selfSignedCertificate();
let database: MariadbServer;

function url(parameters = '', password = PASSWORD, user = 'scaler'): string {
  const credentials = `${user}:${encodeURIComponent(password)}`;
  return `mysql://${credentials}@127.0.0.1:${database.port}/jobs${parameters}`;
}

const ask = (query: string, more: Readonly<Record<string, unknown>> = {}) =>
  collectOnce(mysql, { url: url(), query, ...more });

describe.skipIf(needs('mariadbd'))('with a real MariaDB', () => {
  beforeAll(async () => {
    database = await startMariadb({ certificate });
    await database.sql(
      `CREATE TABLE jobs (app varchar(99), kind varchar(20), size decimal(10,2));
      INSERT INTO jobs VALUES ('my-app-1', 'a', 1.5), ('my-app-1', 'b', 2), ('o''hara', 'a', 4);
      CREATE TABLE secrets (x int);
      CREATE USER scaler@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';
      GRANT ALL ON jobs.jobs TO scaler@'127.0.0.1';
      CREATE USER certified@'127.0.0.1' IDENTIFIED BY '${PASSWORD}' REQUIRE X509`,
    );
  }, 180_000);
  afterAll(() => database.stop());

  it.each([
    ['unix_timestamp()', 'value'],
    ['unix_timestamp(now() - interval 3 minute)', 'stale'],
    ['now()', 'error'],
  ])('judges the age of a number that was true at %s', async (time, kind) => {
    const more = { 'max-age': '2m', 'time-column': 'at' };
    expect((await ask(`select 1 as n, ${time} as at`, more))?.kind).toBe(kind);
  });

  it.each([
    ['select count(*) from jobs', 3],
    ["select count(*) from jobs where app = '$APP_NAME'", 2],
    ['select count(*) from jobs where app = "$APP_NAME" and $APP_NAME = app', 2],
    ["select count(*) from jobs where concat('x-', app) = 'x-${APP_NAME}'", 2],
    ['select sum(size) from jobs where app = $APP_NAME', 3.5],
    ['select sum(size) from jobs where app = $APP_NAME and false', 'empty'],
    ['select size from jobs where false', 'empty'],
    ['select size from jobs', 'source-ambiguous'],
    ['select cast(9007199254740993 as signed)', 9007199254740992],
    ['select 1.25e0', 1.25],
    ["select 'many'", 'source-bad-answer'],
    ['select app, size from jobs', 'source-query-invalid'],
    ['select no_such_column from jobs', 'source-query-invalid'],
    ['select * from no_such_table', 'source-unauthorized'],
    ['select count(*) from secrets', 'source-unauthorized'],
    ['select 1; select 2', 'source-query-invalid'],
    ['do 1', 'source-query-invalid'],
  ])('%s: %j', async (query, expected) => {
    expect(shown(await ask(query))).toBe(expected);
  });

  it.each(["insert into jobs values ('x', 'x', 1) returning 1", 'delete from jobs'])(
    'changes nothing by %s',
    async (query) => {
      expect(shown(await ask(query))).toBe('source-query-invalid');
      expect(shown(await ask('select count(*) from jobs'))).toBe(3);
    },
  );

  it('binds the name of the app, whatever is in it', async () => {
    const query = "select count(*) from jobs where app = '$APP_NAME'";
    expect(shown(await collectOnce(mysql, { url: url(), query }, "o'hara"))).toBe(1);
    expect(shown(await collectOnce(mysql, { url: url(), query }, "' or true --"))).toBe(0);
  });

  it('reads a row for each app with one query', async () => {
    const collector = aRealCollector(mysql, {
      url: url(),
      query: 'select sum(size) as total, app from jobs group by app',
      'app-column': 'app',
      default: 0,
    });
    const samples = await collectAll(collector, ['my-app-1', "o'hara", 'idle']);
    expect([...samples.values()].map(shown)).toEqual([3.5, 4, 0]);
    await collector.close();
  });

  it('shares few connections between collectors, and finds one that was cut off new', async () => {
    const query = 'select count(*) from information_schema.processlist';
    const perApp = `${query} where '$APP_NAME' <> ''`;
    const collectors = [query, perApp].map((each) =>
      aRealCollector(mysql, { url: url(), query: each }),
    );
    const apps = Array.from({ length: 40 }, (_, index) => `my-app-${index}`);
    await Promise.all(collectors.map((collector) => collectAll(collector, apps)));
    const [first] = collectors;
    const count = shown((await collectAll(first!, ['my-app-1'])).get('my-app-1'));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(4);
    await database.sql("KILL USER scaler@'127.0.0.1'");
    expect((await collectAll(first!, ['my-app-1'])).get('my-app-1')?.kind).toBe('value');
    await Promise.all(collectors.map((collector) => collector.close()));
  });

  it('lets the server end a query that takes too long', async () => {
    await ask('select sleep(60)', { timeout: '500ms' });
    await expect
      .poll(
        () =>
          ask(
            "select count(*) from information_schema.processlist where info like '%sleep(6%' and id <> connection_id()",
          ),
        { timeout: 30_000 },
      )
      .toMatchObject({ value: 0 });
  });

  it.each([
    ['a wrong password', () => url('', 'wrong-password-1'), 'source-unauthorized'],
    ['an unknown database', () => `${url()}x`, 'source-unauthorized'],
    [
      'an unknown host',
      () => url().replace('127.0.0.1', 'no-such-host.invalid'),
      'source-unreachable',
    ],
  ])('names %s without showing the password', async (_, address, code) => {
    const sample = await ask('select 1', { url: address(), default: 0 });
    expect(shown(sample)).toBe(code);
    expect(JSON.stringify(sample)).not.toMatch(/wrong-password|p@ss|p%40ss/);
  });

  it('reports a port where nobody listens', async () => {
    const address = url().replace(`:${database.port}/`, `:${await freePort()}/`);
    expect(shown(await ask('select 1', { url: address }))).toBe('source-unreachable');
  });

  it('checks the certificate of the server, and shows its own', async () => {
    const query =
      "select variable_value <> '' from information_schema.session_status where variable_name = 'ssl_cipher'";
    const ca = { 'ca-data': certificate.cert, 'server-name': 'localhost' };
    const own = { 'cert-data': certificate.cert, 'key-data': certificate.key };
    const certified = { url: url('', PASSWORD, 'certified') };
    expect(shown(await ask(query))).toBe(0);
    expect(shown(await ask(query, ca))).toBe(1);
    expect(shown(await ask(query, { ...ca, 'server-name': 'other' }))).toBe('source-unreachable');
    expect(shown(await ask(query, { url: url('?ssl-mode=REQUIRED') }))).toBe('source-unreachable');
    expect(shown(await ask(query, { url: url('?sslmode=no-verify') }))).toBe(1);
    expect(shown(await ask('select 1', { ...ca, ...certified }))).toBe('source-unauthorized');
    const withOwn = await ask('select 1', {
      ...ca,
      ...own,
      url: url('', PASSWORD, 'certified').replace('/jobs', '/information_schema'),
    });
    expect(shown(withOwn)).toBe(1);
  });
});

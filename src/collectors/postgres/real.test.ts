import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { startPostgres, type PostgresServer } from '../../../test/services/postgres.js';
import { freePort } from '../../testing/free-port.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { aRealCollector, collectOnce, shown } from '../../testing/collect-once.js';
import { collectAll } from '../../testing/collector-contract.js';
import { postgres } from './index.js';

const PASSWORD = 'scaler%p@ss:word/1';
const certificate = selfSignedCertificate();
let database: PostgresServer;

function url(parameters = '', password = PASSWORD): string {
  const user = `scaler:${encodeURIComponent(password)}`;
  return `postgres://${user}@127.0.0.1:${database.port}/postgres${parameters}`;
}

const ask = (query: string, more: Readonly<Record<string, unknown>> = {}) =>
  collectOnce(postgres, { url: url(), query, ...more });

describe.skipIf(needs('postgres'))('with a real PostgreSQL', () => {
  beforeAll(async () => {
    database = await startPostgres({ certificate });
    await database.sql(`
      CREATE TABLE jobs (app text, kind varchar(20), size numeric);
      INSERT INTO jobs VALUES ('my-app-1', 'a', 1.5), ('my-app-1', 'b', 2), ('o''hara', 'a', 4);
      CREATE ROLE scaler LOGIN PASSWORD '${PASSWORD}';
      GRANT ALL ON jobs TO scaler;
      CREATE TABLE secrets (x int)`);
  }, 180_000);
  afterAll(() => database.stop());

  it.each([
    ['select count(*) from jobs', 3],
    ["select count(*) from jobs where app = '$APP_NAME'", 2],
    ['select count(*) from jobs where app = $APP_NAME and $APP_NAME = app', 2],
    ["select count(*) from jobs where 'x-' || app = 'x-${APP_NAME}'", 2],
    ['select sum(size) from jobs where app = $APP_NAME;', 3.5],
    ['select sum(size) from jobs where app = $APP_NAME and false', 'empty'],
    ['select size from jobs where false', 'empty'],
    ['select size from jobs', 'source-ambiguous'],
    ['select 9007199254740993::bigint', 9007199254740992],
    ["select 'NaN'::float8", Number.NaN],
    ["select '-Infinity'::numeric", -Infinity],
    ['select true', 'source-bad-answer'],
    ["select 'many'", 'source-bad-answer'],
    ['select app, size from jobs', 'source-query-invalid'],
    ['select no_such_column from jobs', 'source-query-invalid'],
    ['select * from no_such_table', 'source-query-invalid'],
    ['select count(*) from secrets', 'source-unauthorized'],
    ['select 1; select 2', 'source-query-invalid'],
  ])('%s: %j', async (query, expected) => {
    expect(shown(await ask(query))).toBe(expected);
  });

  it.each([
    ['now()', 'value'],
    ["now() - interval '3 minutes'", 'stale'],
    ["extract(epoch from now() - interval '3 minutes')", 'stale'],
    ['localtimestamp', 'error'],
  ])('judges the age of a number that was true at %s', async (time, kind) => {
    const more = { 'max-age': '2m', 'time-column': 'at' };
    expect((await ask(`select 1 as n, ${time} as at`, more))?.kind).toBe(kind);
  });

  it.each([
    "insert into jobs values ('x', 'x', 1) returning 1",
    'with gone as (delete from jobs returning 1) select count(*) from gone',
    'commit; delete from jobs',
    "select set_config('transaction_read_only', 'off', false)",
  ])('changes nothing by %s', async (query) => {
    expect((await ask(query))?.kind).toBe('error');
    expect(shown(await ask('select count(*) from jobs'))).toBe(3);
  });

  it('binds the name of the app, whatever is in it', async () => {
    const query = "select count(*) from jobs where app = '$APP_NAME'";
    expect(shown(await collectOnce(postgres, { url: url(), query }, "o'hara"))).toBe(1);
    expect(shown(await collectOnce(postgres, { url: url(), query }, "' or true --"))).toBe(0);
  });

  it('reads a row for each app with one query', async () => {
    const collector = aRealCollector(postgres, {
      url: url(),
      query: 'select sum(size) as total, app from jobs group by app',
      'app-column': 'app',
      default: 0,
    });
    const samples = await collectAll(collector, ['my-app-1', "o'hara", 'idle']);
    expect([...samples.values()].map(shown)).toEqual([3.5, 4, 0]);
    await collector.close();
  });

  it('finds the app in a column of a fixed length and in capitals, and asks to look where it finds none', async () => {
    const warnings: string[] = [];
    const rowsOf = async (query: string): Promise<readonly unknown[]> => {
      const collector = aRealCollector(
        postgres,
        { url: url(), query, 'app-column': 'app', default: 0 },
        (message) => warnings.push(message),
      );
      for (let n = 0; n < 2; n += 1) await collectAll(collector, ['my-app-1', 'idle']);
      const samples = await collectAll(collector, ['my-app-1', 'idle']);
      await collector.close();
      return [...samples.values()].map(shown);
    };
    expect(await rowsOf("select 'my-app-1'::char(20) as app, 4 as n")).toEqual([4, 0]);
    expect(await rowsOf("select 'My-App-1' as app, 4 as n")).toEqual([4, 0]);
    expect(await rowsOf("select 'my-app-1' as app, 4 as n where false")).toEqual([0, 0]);
    expect(warnings).toEqual([]);
    expect(await rowsOf("select 'jobs_of_my_app_1' as app, 4 as n")).toEqual([0, 0]);
    expect(warnings).toEqual([expect.stringContaining('such as one of "jobs_of_my_app_1"')]);
  });

  it('shares few connections between collectors, and finds one that was cut off new', async () => {
    const query = "select count(*) from pg_stat_activity where usename = 'scaler'";
    const perApp = `${query} and '$APP_NAME' <> ''`;
    const collectors = [query, perApp].map((each) =>
      aRealCollector(postgres, { url: url(), query: each }),
    );
    const apps = Array.from({ length: 40 }, (_, index) => `my-app-${index}`);
    await Promise.all(collectors.map((collector) => collectAll(collector, apps)));
    const [first] = collectors;
    const count = shown((await collectAll(first!, ['my-app-1'])).get('my-app-1'));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(4);
    await database.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'scaler'",
    );
    expect((await collectAll(first!, ['my-app-1'])).get('my-app-1')?.kind).toBe('value');
    await Promise.all(collectors.map((collector) => collector.close()));
  });

  it('lets the server end a query that takes too long', async () => {
    await ask('select count(*) from pg_sleep(60)', { timeout: '500ms' });
    await expect
      .poll(
        () =>
          ask(
            "select count(*) from pg_stat_activity where query like '%pg_sleep(6%' and pid <> pg_backend_pid()",
          ),
        { timeout: 30_000 },
      )
      .toMatchObject({ value: 0 });
  });

  it.each([
    ['a wrong password', () => url('', 'wrong-password-1'), 'source-unauthorized'],
    ['an unknown database', () => `${url()}x`, 'source-query-invalid'],
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
      'select case when ssl then 1 else 0 end from pg_stat_ssl where pid = pg_backend_pid()';
    const client =
      'select count(*) from pg_stat_ssl where pid = pg_backend_pid() and client_dn is not null';
    const ca = { 'ca-data': certificate.cert };
    const own = { 'cert-data': certificate.cert, 'key-data': certificate.key };
    expect(shown(await ask(query))).toBe(0);
    expect(shown(await ask(query, ca))).toBe(1);
    expect(shown(await ask(query, { ...ca, 'server-name': 'localhost' }))).toBe(1);
    expect(shown(await ask(query, { ...ca, 'server-name': 'other' }))).toBe('source-unreachable');
    expect(shown(await ask(query, { url: url('?sslmode=require') }))).toBe('source-unreachable');
    expect(shown(await ask(query, { url: url('?sslmode=no-verify') }))).toBe(1);
    expect(shown(await ask(client, { ...ca, ...own }))).toBe(1);
  });
});

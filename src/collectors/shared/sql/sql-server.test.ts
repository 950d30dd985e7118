import { describe, expect, it } from 'vitest';
import { mysqlDriver } from '../../mysql/driver.js';
import { postgresDriver } from '../../postgres/driver.js';
import { selfSignedCertificate } from '../../../testing/certificate.js';
import { printableServer, sqlSchema, sqlServerOf } from './sql-server.js';

const schema = sqlSchema(postgresDriver);
const BASE = { 'metric-name': 'm', query: 'select 1' };
const certificate = selfSignedCertificate();

function serverOf(url: string, more: Readonly<Record<string, unknown>> = {}) {
  return sqlServerOf(schema.parse({ ...BASE, url, ...more }), postgresDriver);
}

describe('a server', () => {
  it('is read from its URL', () => {
    const server = serverOf('postgresql://us%40er:p%2Fw@db.example.com:6543/jobs');
    expect(server).toEqual({
      host: 'db.example.com',
      port: 6543,
      user: 'us@er',
      password: 'p/w',
      database: 'jobs',
      tls: null,
    });
    expect(printableServer(server)).toBe('db.example.com:6543/jobs');
  });

  it('has the usual port, and the database of the name of the user', () => {
    expect(serverOf('postgres://scaler@[fdaa::3]')).toMatchObject({
      host: 'fdaa::3',
      port: 5432,
      database: 'scaler',
      password: '',
    });
    expect(printableServer(serverOf('postgres://a@[fdaa::3]/b'))).toBe('[fdaa::3]:5432/b');
    const url = 'mysql://a@db/b';
    const settings = sqlSchema(mysqlDriver).parse({ ...BASE, url });
    expect(sqlServerOf(settings, mysqlDriver).port).toBe(3306);
  });

  it('takes the password that is given apart', () => {
    expect(serverOf('postgres://a:old@db/b', { password: 'new' }).password).toBe('new');
  });

  it.each([
    ['', {}, null],
    ['?sslmode=disable', {}, null],
    ['?sslmode=prefer', {}, null],
    ['?sslmode=require', {}, { isInsecure: false }],
    ['?ssl-mode=VERIFY_IDENTITY', {}, { isInsecure: false }],
    ['?sslmode=no-verify', {}, { isInsecure: true }],
    ['?sslmode=require', { tls: false }, null],
    ['', { tls: true }, { isInsecure: false }],
    ['', { 'server-name': 'db' }, { isInsecure: false, serverName: 'db' }],
    ['', { 'ca-data': certificate.cert }, { ca: certificate.cert.trim() }],
    ['', { 'insecure-skip-verify': true }, { isInsecure: true }],
  ])('with %j and %j has its TLS', (parameters, more, tls) => {
    const server = serverOf(`postgres://a@db/b${parameters}`, more);
    if (tls === null) expect(server.tls).toBeNull();
    else expect(server.tls).toMatchObject(tls);
  });
});

describe('settings are refused:', () => {
  it.each([
    [{ url: 'mysql://a@db/b' }, 'url', 'such as postgres://'],
    [{ url: 'postgres:///b' }, 'url', 'such as postgres://'],
    [{ url: 'postgres://db/b' }, 'url', 'must name a user'],
    [{ url: 'postgres://a:secret%zz@db/b' }, 'url', 'has a %'],
    [{ url: 'postgres://a:secret@db/b?sslmode=maybe' }, 'url', 'unknown sslmode'],
    [{ query: 'select * from jobs_$APP_NAME' }, 'query', 'cannot be part of a name'],
    [{ query: 'select $APP_NAME, 1', 'app-column': 'a' }, 'query', 'with app-column'],
    [{ tls: false, 'server-name': 'db' }, 'tls', 'is off although'],
    [{ 'cert-data': certificate.cert }, 'key-data', 'is needed'],
    [{ 'max-age': '1m' }, 'time-column', 'is needed'],
    [{ 'time-column': 'at' }, 'max-age', 'is needed'],
    [
      { query: 'select a, n', 'app-column': 'a', 'time-column': 'a', 'max-age': '1m' },
      'time-column',
      'must not be the app-column',
    ],
    [{ 'max-age': '1' }, 'max-age', 'not a duration'],
  ])('%j', (settings, key, message) => {
    const { error } = schema.safeParse({ ...BASE, url: 'postgres://a@db/b', ...settings });
    expect(error?.issues.map((issue) => issue.path[0])).toEqual([key]);
    expect(error?.issues[0]?.message).toContain(message);
    expect(error?.message).not.toContain('secret');
  });
});

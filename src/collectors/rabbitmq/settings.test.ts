import { expect, it } from 'vitest';
import { rabbitmqSchema, serverOf } from './settings.js';

const base = { 'metric-name': 'm', queue: 'q' };

function problems(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const result = rabbitmqSchema.safeParse({ ...base, ...settings });
  return result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

it.each([
  [{ url: 'localhost:5672' }, /^url: must be a URL/],
  [{ url: 'amqp://' }, /^url: must be a URL/],
  [{ url: 'amqp://u:%zz@h' }, /^url: has a %/],
  [{ url: 'amqp://h', count: 'rate' }, /^count: must be ready by AMQP/],
  [{ url: 'amqp://h', 'server-name': 'x' }, /^url: must begin with amqps:/],
])('refuses %j', (settings, expected) => {
  expect(problems(settings)).toEqual([expect.stringMatching(expected)]);
});

it('never shows the password of a URL that it refuses', () => {
  expect(problems({ url: 'amqp:secret@' }).join()).not.toContain('secret');
});

it.each([
  ['amqp://h', { host: 'h', port: 5672, username: 'guest', password: 'guest', vhost: '/' }],
  ['amqps://u:p%40@h:1/%2Fx', { port: 1, username: 'u', password: 'p@', vhost: '/x' }],
  ['amqps://u@h', { port: 5671, username: 'u', password: '', tls: { isInsecure: false } }],
  ['http://u:p@h:15672/rabbit/', { apiUrl: 'http://h:15672/rabbit', vhost: '/', tls: null }],
])('reads %s', (url, expected) => {
  expect(serverOf(rabbitmqSchema.parse({ ...base, url }))).toMatchObject(expected);
});

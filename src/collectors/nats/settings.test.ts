import { describe, expect, it } from 'vitest';
import { natsSchema } from './settings.js';

const SEED = `SU${'A'.repeat(56)}`;
const CREDS = `-----BEGIN NATS USER JWT-----\ne.y.z\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------\n`;

function problems(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const all = { 'metric-name': 'x', url: 'nats://h', stream: 's', consumer: 'c', ...settings };
  const parsed = natsSchema.safeParse(all);
  return (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('settings of a NATS source', () => {
  it.each([
    [{}],
    [{ url: 'tls://user:p%40ss@a:4222,b', 'server-name': 'other' }],
    [{ creds: CREDS }],
    [{ creds: CREDS.replaceAll('\n', '\\n') }],
    [{ jwt: 'e.y.z', 'nkey-seed': SEED }],
    [{ consumer: undefined, subject: 'jobs.$APP_NAME.>' }],
    [{ 'missing-consumer': 'messages', subject: 'jobs.$APP_NAME' }],
  ])('are accepted: %j', (settings) => {
    expect(problems(settings)).toEqual([]);
  });

  it.each([
    [{ url: 'http://h' }, 'url: must be a URL such as'],
    [{ url: 'nats://a,tls://b' }, 'url: mixes nats and tls'],
    [{ url: 'nats://%zz@h' }, 'url: has a % that'],
    [{ stream: 'a.b' }, 'stream: must not have'],
    [{ consumer: undefined, value: 'pending' }, 'consumer: is needed'],
    [{ value: 'messages' }, 'consumer: is not for messages'],
    [{ subject: 'x' }, 'subject: is only for'],
    [{ creds: 'x' }, 'creds: must be the content'],
    [{ creds: CREDS, token: 't' }, 'creds: is one way'],
    [{ token: 't', username: 'u' }, 'token: is one way'],
    [{ 'nkey-seed': 'SA' }, 'nkey-seed: must be the seed of a user'],
    [{ password: 'p' }, 'username: is needed'],
  ])('are refused: %j', (settings, message) => {
    expect(problems(settings).join('\n')).toContain(message);
  });
});

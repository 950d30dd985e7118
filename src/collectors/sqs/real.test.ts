import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { motoFolder, startSqs, type SqsServer } from '../../../test/services/sqs.js';
import { aRealCollector, collectOnce, shown } from '../../testing/collect-once.js';
import { collectAll } from '../../testing/collector-contract.js';
import { sqs } from './index.js';
import type { Credentials } from './signature.js';

describe.skipIf(needs('python3', motoFolder()))('a real SQS', () => {
  let server: SqsServer;
  let scaler: Credentials;
  let url: string;

  const as = ({ accessKeyId, secretAccessKey }: Credentials): object => ({
    endpoint: server.endpoint,
    region: server.region,
    'access-key-id': accessKeyId,
    'secret-access-key': secretAccessKey,
  });
  const ask = async (settings: object): Promise<unknown> =>
    shown(await collectOnce(sqs, { ...as(scaler), queue: 'jobs-$APP_NAME', ...settings }));

  beforeAll(async () => {
    server = await startSqs();
    scaler = await server.addUser('scaler', ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl']);
    url = await server.createQueue('jobs-my-app-1');
    await server.send(url, 7);
    await server.receive(url, 2, false);
    await server.send(url, 3, 900);
  }, 240_000);
  afterAll(() => server?.stop());

  it('adds up messages that wait, are in flight and are delayed, or those that are chosen', async () => {
    expect(await ask({})).toBe(10);
    expect(await ask({ count: ['visible'] })).toBe(5);
    expect(await ask({ count: ['in-flight'] })).toBe(2);
    expect(await ask({ count: ['delayed'] })).toBe(3);
    expect(await ask({ count: ['visible', 'delayed'] })).toBe(8);
  });

  it('finds a queue by name, by URL, and in an account', async () => {
    expect(await ask({ queue: url })).toBe(10);
    expect(await ask({ queue: url.replace('my-app-1', '$APP_NAME') })).toBe(10);
    expect(await ask({ 'account-id': '123456789012' })).toBe(10);
    expect(await ask({ queue: url, endpoint: undefined })).toBe(10);
  });

  it('is read with temporary credentials, whose token is needed', async () => {
    const actions = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];
    const role = await server.assumeRole('reader', actions);
    const token = role.sessionToken ?? '';
    expect(token).not.toBe('');
    expect(await ask({ ...as(role), 'session-token': token })).toBe(10);
    expect(await ask(as(role))).toBe('source-unauthorized');
    const another = { ...as(role), queue: 'jobs-$APP_NAME', 'session-token': `${token}x` };
    const sample = await collectOnce(sqs, another);
    expect(shown(sample)).toBe('source-unauthorized');
    expect(JSON.stringify(sample)).not.toContain(token);
  });

  it('has nothing for a queue that does not exist, and its number once it does', async () => {
    const collector = aRealCollector(sqs, { ...as(scaler), queue: 'later-$APP_NAME' });
    const read = async (): Promise<unknown> =>
      shown((await collectAll(collector, ['my-app-3'])).get('my-app-3'));
    expect(await read()).toBe('empty');
    const later = await server.createQueue('later-my-app-3');
    await server.send(later, 1);
    expect(await read()).toBe(1);
    await server.sqs('DeleteQueue', { QueueUrl: later });
    expect(await read()).toBe('empty');
    await collector.close();
    expect(await ask({ queue: 'none' })).toBe('empty');
    expect(await ask({ queue: `${url}-none`, default: 4 })).toBe(4);
  });

  it('says what is refused, and shows nothing of the key', async () => {
    const wrong = { ...scaler, secretAccessKey: 'wrong-secret-0123456789' };
    const nobody = { ...scaler, accessKeyId: 'AKIAWRONG0123456789' };
    for (const credentials of [wrong, nobody]) {
      const sample = await collectOnce(sqs, { ...as(credentials), queue: 'jobs-$APP_NAME' });
      expect(shown(sample)).toBe('source-unauthorized');
      expect(JSON.stringify(sample)).not.toContain(credentials.secretAccessKey);
      expect(JSON.stringify(sample)).not.toContain(credentials.accessKeyId);
    }
    const without = await server.addUser('without', ['sqs:SendMessage']);
    expect(await ask(as(without))).toBe('source-unauthorized');
  });
});

import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../cli/adapters/clock.js';
import { reason } from '../../core/model/reason.js';
import { machines } from '../../testing/builders.js';
import { anApiRig, type ApiRig } from '../../testing/api-rig.js';
import { liveDecision } from './schemas.js';

let api: ApiRig | null = null;
const requests: ClientRequest[] = [];
afterEach(async () => {
  for (const request of requests.splice(0)) request.destroy();
  await api?.close();
  api = null;
});

async function open(apps: readonly string[]): Promise<ApiRig> {
  api = await anApiRig({
    prepare(rig) {
      for (const app of apps) {
        rig.fly.put(app, ...machines(1, {}, `${app}x`));
        rig.queue.values.set(app, 10);
      }
    },
  });
  await api.rig.clock.advance(20_000);
  return api;
}

async function follow(
  rig: ApiRig,
  query = '',
): Promise<{ stream: IncomingMessage; text: () => string }> {
  const request = httpRequest(`${rig.server.url}/api/v1/events${query}`, { agent: false });
  requests.push(request);
  request.on('error', () => undefined);
  request.end();
  const [stream] = (await once(request, 'response')) as [IncomingMessage];
  stream.on('error', () => undefined);
  let text = '';
  stream.on('data', (part: Buffer) => (text += part.toString()));
  return { stream, text: () => text };
}

async function until(isTrue: () => boolean): Promise<void> {
  const clock = systemClock();
  while (!isTrue()) await clock.sleep(2);
}

const decisions = (text: string) =>
  [...text.matchAll(/^event: decision\ndata: (.*)\n\n/gm)].map(([, json]) =>
    liveDecision.parse(JSON.parse(json ?? '')),
  );

describe('live decisions', () => {
  it.each(['', '!x', 'My-App', '%20'])('cannot be asked for of "%s"', async (app) => {
    const answer = await (await open([])).raw('GET', `/api/v1/events?app=${app}`);
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining('must be an app name, or a pattern with * in it'),
    ]);
  });

  it.each([
    ['a'.repeat(257), 'must have 256 characters at most'],
    ['*a'.repeat(17), 'must have 16 stars at most'],
  ])('cannot be asked for of %s', async (app, why) => {
    const answer = await (await open([])).raw('GET', `/api/v1/events?app=${app}`);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(why)]);
  });

  it('tells those that act or whose reasons changed, of the apps asked for', async () => {
    const rig = await open(['my-app-1', 'my-app-2']);
    const { stream, text } = await follow(rig, '?app=*-1');
    expect(stream.headers['content-type']).toBe('text/event-stream');
    // Nothing new.
    await rig.rig.clock.advance(15_000);
    rig.rig.queue.values.set('my-app-1', 20);
    rig.rig.queue.values.set('my-app-2', 20);
    await rig.rig.clock.advance(30_000);
    await until(() => decisions(text()).length >= 2);
    expect(decisions(text())).toMatchObject([
      {
        app: 'my-app-1',
        policy: 'default',
        kind: 'acts',
        metrics: { queue: 20 },
        created: { current: 1, target: { min: 2, max: 2 }, wanted: 2 },
        started: null,
        actions: [{ action: 'create', result: 'done', region: 'iad' }],
        error: null,
      },
      { app: 'my-app-1', kind: 'changed' },
    ]);
  });

  it('tells all of them when asked', async () => {
    const rig = await open(['my-app-1']);
    const { text } = await follow(rig, '?all=true');
    await rig.rig.clock.advance(45_000);
    await until(() => decisions(text()).length === 3);
    expect(decisions(text()).map(({ kind }) => kind)).toEqual(['regular', 'regular', 'regular']);
  });

  it('beats while nothing happens, and stops when nobody listens', async () => {
    const rig = await open([]);
    const before = rig.rig.clock.pendingTimers;
    const { text } = await follow(rig);
    await rig.rig.clock.advance(20_000);
    await until(() => text() === ': connected\n\n: \n\n: \n\n');
    expect(rig.rig.clock.pendingTimers).toBe(before + 1);
    requests.splice(0).forEach((request) => request.destroy());
    await until(() => rig.rig.clock.pendingTimers === before);
  });

  it('cuts off a client that does not read, and only that one', async () => {
    const rig = await open(['my-app-1']);
    const slow = await follow(rig, '?all=true');
    const quick = await follow(rig, '?all=true');
    slow.stream.pause();
    const report = rig.rig.reports.at(-1)!;
    const long = { ...report, reasons: [reason('at-target', 'x'.repeat(100_000))] };
    // Far more than we keep for it, and than systems buffer.
    const count = 200;
    for (let sent = 1; sent <= count; sent += 1) {
      rig.live.recorder.pass(long);
      await until(() => quick.text().length > sent * 100_000);
    }
    expect(decisions(quick.text())).toHaveLength(count);
    const ended = new Promise<void>((resolve) => slow.stream.once('close', resolve));
    slow.stream.resume();
    await ended;
    expect(slow.text().length).toBeLessThan(count * 100_000);
  });

  it('takes a bounded number of clients', async () => {
    const rig = await open([]);
    for (let n = 0; n < 32; n += 1) await follow(rig);
    const refused = await follow(rig);
    expect(refused.stream.statusCode).toBe(503);
  });

  it('refuses what it cannot filter by, and who may not read', async () => {
    const rig = await open([]);
    expect((await follow(rig, '?all=yes')).stream.statusCode).toBe(400);
    const hidden = await rig.raw('GET', '/api/v1/events', { headers: { via: 'x' } });
    expect(hidden.status).toBe(401);
    expect((await rig.raw('HEAD', '/api/v1/events')).status).toBe(200);
  });

  it('ends with the server', async () => {
    const rig = await open([]);
    const { stream } = await follow(rig);
    const ended = once(stream, 'end');
    rig.api.close();
    await ended;
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import { createMemoryStateStore } from '../../state/memory-store.js';
import { ADMIN, anApiRig, type ApiRig } from '../../testing/api-rig.js';
import { machines, T0 } from '../../testing/builders.js';
import type { RecordPageJson } from './record-endpoints.js';
import { endpoints } from './table.js';

let api: ApiRig | null = null;
afterEach(async () => {
  await api?.close();
  api = null;
});

const headers = { authorization: `Bearer ${ADMIN}` };

/** Apps with one machine each, and a queue that wants one more of it; judged once. */
async function open(
  apps: readonly string[] = ['my-app-1'],
  options: Parameters<typeof anApiRig>[0] = {},
): Promise<ApiRig> {
  api = await anApiRig({
    ...options,
    prepare(rig) {
      for (const app of apps) {
        rig.fly.put(app, ...machines(1, {}, `${app}x`));
        rig.queue.values.set(app, 20);
      }
    },
  });
  await api.rig.clock.advance(20_000);
  return api;
}

const post = (rig: ApiRig, path: string, body?: unknown) =>
  rig.ask('POST', path, { headers, body });

describe('apps', () => {
  it('shows an app as its last pass left it', async () => {
    const { body } = await (await open()).ask('GET', '/apps/my-app-1');
    expect(body).toMatchObject({
      app: 'my-app-1',
      policies: [
        {
          policy: 'default',
          metrics: { queue: 20 },
          created: 2,
          createdTarget: { min: 2, max: 2 },
          startedTarget: null,
          lastAction: { text: 'created 1', at: '2026-06-01T00:00:00.000Z' },
          level: 'quiet',
        },
      ],
      pauses: [],
    });
  });

  it('lists them page by page, each once, app-2 before app-10', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `my-app-${i + 1}`);
    const rig = await open(names);
    const seen: string[] = [];
    let after: string | null = '';
    for (let page = 0; after !== null && page < 10; page += 1) {
      const query: string = after === '' ? '' : `&after=${after}`;
      const { body } = await rig.ask('GET', `/apps?limit=5${query}`);
      const { apps, total, next } = body as {
        apps: { app: string }[];
        total: number;
        next: string | null;
      };
      expect(total).toBe(12);
      seen.push(...apps.map(({ app }) => app));
      after = next;
    }
    expect(seen).toEqual(names);
  });

  it('says that there is no such app', async () => {
    const rig = await open();
    expect(await rig.ask('GET', '/apps/other')).toMatchObject({ status: 404 });
    expect(await rig.ask('GET', '/apps/%E0%A4%A')).toMatchObject({ status: 404 });
  });
});

describe('decisions', () => {
  const ids = (body: unknown): number[] =>
    (body as { decisions: { id: number }[] }).decisions.map(({ id }) => id);

  it('come page by page, each once, the newest first', async () => {
    const rig = await open(['my-app-1', 'my-app-2']);
    await rig.rig.clock.advance(60_000);
    const all = ids((await rig.ask('GET', '/decisions')).body);
    expect(all.length).toBeGreaterThan(8);
    const seen: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const after: string = next === '' ? '' : `&after=${next}`;
      const { body } = await rig.ask('GET', `/decisions?limit=3${after}`);
      seen.push(...ids(body));
      next = (body as { next: string | null }).next;
    }
    expect(seen).toEqual(all);
  });

  it('are found by app, policy, time, action, reason and kind', async () => {
    const rig = await open(['my-app-1', 'my-app-2']);
    await rig.rig.clock.advance(30_000);
    const count = async (query: string): Promise<number> =>
      ids((await rig.ask('GET', `/decisions${query}`)).body).length;
    const all = await count('');
    expect(ids((await rig.ask('GET', '/apps/my-app-2/decisions')).body)).toHaveLength(all / 2);
    expect(await count('?app=my-app-2')).toBe(all / 2);
    expect(await count('?policy=other')).toBe(0);
    expect(await count('?kind=acts')).toBe(2);
    expect(await count('?action=create&reason=scale-up')).toBe(2);
    expect(await count('?action=destroy')).toBe(0);
    expect(await count('?reason=at-target')).toBe(all - 2);
    expect(await count('?since=2026-06-01T00:00:10Z')).toBe(all - 2);
    expect(await count('?until=2026-06-01T02:00:00%2B02:00')).toBe(2);
  });

  it('are shown with what they were decided on', async () => {
    const rig = await open();
    const { body } = await rig.ask('GET', '/apps/my-app-1/decisions?action=create');
    const [{ id } = { id: 0 }] = (body as { decisions: { id: number }[] }).decisions;
    expect((await rig.ask('GET', `/decisions/${id}`)).body).toMatchObject({
      id,
      kind: 'acts',
      engine: '1.2.3',
      config: 'abcdef',
      metrics: { queue: 20 },
      machines: [{ state: 'started', region: 'iad', group: 'app' }],
      release: { status: 'complete' },
      granted: { creates: 1 },
      pauses: [],
      braked: {},
    });
  });

  it('are given as they are kept, page by page, with or without what they share', async () => {
    const rig = await open(['my-app-1', 'my-app-2']);
    const kept = async (query: string): Promise<RecordPageJson> => {
      const { status, body } = await rig.ask('GET', `/record${query}`);
      expect(status).toBe(200);
      return body as RecordPageJson;
    };
    const first = await kept('?kinds=acts&order=oldest-first&limit=1');
    expect(first).toMatchObject({ decisions: [{ app: 'my-app-1', kind: 'acts' }], parts: {} });
    const second = await kept(
      `?kinds=acts,changed&order=oldest-first&limit=1&whole=true&after=${first.next}`,
    );
    expect(second).toMatchObject({ decisions: [{ app: 'my-app-2' }], next: null });
    expect(Object.values(second.parts).join('')).toContain('queue / 10');
    const far = { headers: { via: '1.1 proxy' } };
    expect(await rig.ask('GET', '/record', far)).toMatchObject({ status: 401 });
    expect((await rig.ask('GET', '/gaps')).body).toMatchObject({
      gaps: [{ why: 'the disk is full' }],
    });
    expect((await rig.ask('GET', '/gaps?since=2026-01-01T00:00:00Z')).body).toEqual({ gaps: [] });
    expect(await rig.ask('GET', '/record?kinds=acts,all')).toMatchObject({ status: 400 });
  });

  it('tell the gaps of their time', async () => {
    const rig = await open();
    const gaps = async (query: string): Promise<unknown> =>
      ((await rig.ask('GET', `/decisions${query}`)).body as { gaps: unknown }).gaps;
    expect(await gaps('')).toMatchObject([{ why: 'the disk is full', lost: null }]);
    expect(await gaps('?since=2026-01-01T00:00:00Z')).toEqual([]);
    expect(await gaps('?limit=1')).toEqual([]);
  });

  it.each(['999', '0', 'x', '1.5', '-1'])('has none of the id %s', async (id) => {
    expect(await (await open()).ask('GET', `/decisions/${id}`)).toMatchObject({ status: 404 });
  });

  it.each(['after=x', 'action=bogus', 'reason=bogus', 'since=yesterday', 'kind=all', 'limit=501'])(
    'cannot be asked for by %s',
    async (query) => {
      expect(await (await open()).ask('GET', `/decisions?${query}`)).toMatchObject({ status: 400 });
    },
  );

  it('are not there when none are kept', async () => {
    const rig = await open([], { changePorts: (ports) => ({ ...ports, record: null }) });
    for (const path of ['/decisions', '/apps/x/decisions', '/decisions/1', '/record', '/gaps'])
      expect(await rig.ask('GET', path)).toMatchObject({ status: 503 });
  });
});

describe('pauses', () => {
  it('pauses an app, shows it, and resumes it', async () => {
    const rig = await open(['my-app-1', 'my-app-2']);
    const begun = await post(rig, '/apps/my-app-1/pause', {
      mode: 'in',
      for: '2h',
      reason: 'a move',
    });
    expect(begun.body).toMatchObject({
      apps: 1,
      isDurable: false,
      pause: {
        app: 'my-app-1',
        mode: 'in',
        reason: 'a move',
        until: new Date(T0 + 20_000 + 7_200_000).toISOString(),
      },
    });
    expect((await rig.ask('GET', '/apps/my-app-1')).body).toMatchObject({
      pauses: [{ mode: 'in' }],
    });
    expect((await rig.ask('GET', '/apps/my-app-2')).body).toMatchObject({ pauses: [] });
    expect((await rig.ask('GET', '/pauses')).body).toMatchObject({ pauses: [{ mode: 'in' }] });
    const over = await post(rig, '/apps/my-app-1/resume');
    expect(over.body).toMatchObject({ ended: [{ app: 'my-app-1' }], pauses: [] });
    expect((await rig.ask('GET', '/pauses')).body).toMatchObject({ pauses: [] });
    expect(rig.orders.map(({ by, order }) => [by, order.kind])).toEqual([
      ['admin-token', 'pause'],
      ['admin-token', 'resume'],
    ]);
  });

  it('pauses a pattern, and all; resuming an app leaves them, and says so', async () => {
    const rig = await open(['my-app-1', 'my-app-2']);
    expect((await post(rig, '/pause', { app: 'my-app-*' })).body).toMatchObject({ apps: 2 });
    expect((await post(rig, '/pause', { app: null, mode: 'at', count: 3 })).body).toMatchObject({
      apps: 2,
      pause: { app: null, mode: 'at', count: 3 },
    });
    const over = await post(rig, '/apps/my-app-1/resume', {});
    expect(over.body).toMatchObject({ ended: [], pauses: [{ app: null }, { app: 'my-app-*' }] });
    const first = await post(rig, '/resume', { app: 'my-app-*' });
    expect(first.body).toMatchObject({ ended: [{ app: 'my-app-*' }] });
    const rest = await post(rig, '/resume', { app: null });
    expect(rest.body).toMatchObject({ ended: [{ app: null }], pauses: [] });
  });

  it('resumes what was paused by a pattern that is taken no more', async () => {
    const rig = await open([]);
    const app = '*a'.repeat(20);
    const terms = { policy: null, mode: 'all', count: null, reason: '', untilMs: null } as const;
    await rig.running.fleet.operator.pause({ app, ...terms });
    expect(await post(rig, '/pause', { app })).toMatchObject({ status: 400 });
    expect(await post(rig, '/resume', { app })).toMatchObject({ body: { ended: [{ app }] } });
  });

  it('takes a bounded number of pauses, and more once some have ended', async () => {
    const rig = await open([]);
    for (let n = 0; n < 1000; n += 1) {
      await rig.running.fleet.operator.pause({
        app: `my-app-${n}`,
        policy: null,
        mode: 'all',
        count: null,
        reason: '',
        untilMs: null,
      });
    }
    expect(await post(rig, '/pause', { app: 'my-app-*' })).toMatchObject({
      status: 400,
      body: { error: 'there are 1000 pauses already' },
    });
    await post(rig, '/resume', { app: 'my-app-7' });
    expect(await post(rig, '/pause', { app: 'my-app-*' })).toMatchObject({ status: 200 });
  });

  it('ends by itself', async () => {
    const rig = await open();
    await post(rig, '/pause', { app: 'my-app-1', for: '1m' });
    await rig.rig.clock.advance(61_000);
    expect((await rig.ask('GET', '/pauses')).body).toMatchObject({ pauses: [] });
  });

  it('takes an end in any zone', async () => {
    const rig = await open();
    const { body } = await post(rig, '/pause', { app: null, until: '2026-06-02T02:00:00+02:00' });
    expect(body).toMatchObject({ pause: { until: '2026-06-02T00:00:00.000Z' } });
  });

  it.each([
    [{}, 'app'],
    [{ app: 'My App' }, 'app name'],
    [{ app: 7 }, 'app'],
    [{ app: null, mode: 'up' }, 'mode'],
    [{ app: null, mode: 'at' }, 'count'],
    [{ app: null, count: 3 }, 'count'],
    [{ app: null, mode: 'at', count: -1 }, 'count'],
    [{ app: null, mode: 'at', count: 1.5 }, 'count'],
    [{ app: null, for: '2' }, 'duration'],
    [{ app: null, for: '0s' }, '`for` must be above zero'],
    [{ app: null, for: '-1h' }, '`for` must be above zero'],
    [{ app: null, for: '1000000h' }, 'ten years'],
    [{ app: null, for: '1h', until: '2026-06-02T00:00:00Z' }, 'exclude'],
    [{ app: null, until: '2026-05-01T00:00:00Z' }, '`until` must be in the future'],
    [{ app: null, until: '2027-02-30T00:00:00Z' }, 'must be a time'],
    [{ app: null, until: '2026-06-02T00:00:00' }, 'until'],
    [{ app: null, until: 'tomorrow' }, 'until'],
    [{ app: null, policy: 'webb' }, 'there is no policy "webb"'],
    [{ app: null, reason: 'x'.repeat(501) }, 'reason'],
    [{ app: null, hours: 2 }, 'hours'],
    [JSON.parse('{"app": null, "__proto__": {"mode": "in"}}') as object, '__proto__'],
    [[], 'body'],
    ['"x"', 'body'],
    ['null', 'body'],
    ['{"app": nul', 'not JSON'],
  ])('refuses %j', async (body, message) => {
    const rig = await open();
    const answer = await post(rig, '/pause', body);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(message);
    expect((await rig.ask('GET', '/pauses')).body).toMatchObject({ pauses: [] });
    expect(rig.orders).toEqual([]);
  });

  it('refuses a pattern in the place of a name', async () => {
    const answer = await post(await open(), '/apps/my-app-*/pause', {});
    expect(answer).toMatchObject({ status: 400 });
  });

  it('answers 503 when an order cannot be kept, and then it is not in force', async () => {
    const store = createMemoryStateStore();
    const full = new AppError('state-unwritable', 'the disk is full', {
      owner: 'user',
      hint: 'make room',
    });
    const rig = await open([], { state: { ...store, commit: () => Promise.reject(full) } });
    const answer = await post(rig, '/pause', { app: null });
    expect(answer).toMatchObject({
      status: 503,
      body: { error: 'the disk is full', hint: 'make room' },
    });
    expect((await rig.ask('GET', '/pauses')).body).toMatchObject({ pauses: [] });
    expect(rig.orders).toEqual([]);
  });
});

describe('the brake', () => {
  it('is shown, and released', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `my-app-${i + 1}`);
    const rig = await open(names);
    await rig.rig.clock.advance(40_000);
    for (const name of names) rig.rig.queue.values.set(name, 0);
    await rig.rig.clock.advance(20_000);
    const { body } = await rig.ask('GET', '/brake');
    expect(body).toMatchObject({
      isOn: true,
      brakes: [{ metric: 'queue', isOn: true, apps: 5, fallen: 5, since: expect.any(String) }],
    });
    const released = await post(rig, '/brake/queue/release');
    expect(released.body).toMatchObject({ isReleased: true, brake: { isOn: false, since: null } });
    expect(rig.orders).toMatchObject([{ order: { kind: 'release-brake', source: 'queue' } }]);
    expect((await post(rig, '/brake/queue/release')).body).toMatchObject({ isReleased: false });
    expect(rig.orders).toHaveLength(1);
  });

  it('of an unknown metric is not there', async () => {
    const answer = await post(await open(), '/brake/bogus/release');
    expect(answer).toMatchObject({ status: 404, body: { hint: expect.stringContaining('queue') } });
  });
});

describe('a request', () => {
  it.each([
    ['GET', '/nothing', 404, undefined],
    ['GET', '/apps/', 404, undefined],
    ['GET', '/apps/a/b', 404, undefined],
    ['DELETE', '/apps', 405, 'GET, HEAD'],
    ['POST', '/apps', 405, 'GET, HEAD'],
    ['GET', '/pause', 405, 'POST'],
    ['GET', '/apps?limit=0', 400, undefined],
    ['GET', '/apps?limit=x', 400, undefined],
    ['GET', '/apps?limit=1001', 400, undefined],
    ['GET', '/apps?limit=1&limit=2', 400, undefined],
    ['GET', '/apps?bogus=1', 400, undefined],
    ['GET', '/apps?__proto__=1', 400, undefined],
    ['GET', '/pauses?x', 400, undefined],
  ])('%s %s is answered with %d', async (method, path, status, allow) => {
    const answer = await (await open([])).ask(method, path, { headers });
    expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
  });

  it('by HEAD has an answer without a body', async () => {
    const answer = await (await open()).raw('HEAD', '/api/v1/apps');
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(100);
  });

  it('must be JSON, in UTF-8, and short', async () => {
    const rig = await open([]);
    const send = async (body: string, more: Record<string, string>): Promise<number> =>
      (await rig.ask('POST', '/pause', { headers: { ...headers, ...more }, body })).status;
    const body = '{"app":null}';
    expect(await send(body, { 'content-type': 'text/plain' })).toBe(415);
    expect(await send(body, { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
    expect(await send(body, { 'content-encoding': 'gzip' })).toBe(415);
    expect(await send(body, { 'content-type': 'application/json; charset=utf-8' })).toBe(200);
    const long = `{"app":null,"reason":"${'x'.repeat(70_000)}"}`;
    expect(await send(long, {})).toBe(413);
    expect(await send(long, { 'transfer-encoding': 'chunked' })).toBe(413);
    expect(await send(`{"app":null,"reason":"${'x'.repeat(60_000)}"}`, {})).toBe(400);
  });

  it('that fails in a way nobody foresaw tells the log, not the client', async () => {
    const rig = await open([], {
      changePorts: (ports) => ({
        ...ports,
        policies: () => {
          throw new Error('secret of the house');
        },
      }),
    });
    const answer = await post(rig, '/pause', { app: null, policy: 'x' });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret|Error|\bat \//);
    expect(rig.failures).toMatchObject([{ message: 'secret of the house' }]);
  });
});

it('describes itself as the copy in docs does', async () => {
  const { text } = await (await open([])).raw('GET', '/api/v1/openapi.json');
  const document = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`));
});

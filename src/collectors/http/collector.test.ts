import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { HttpFailure, type HttpRequest } from '../../seams/http.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { createHttpResponder, type Reply } from '../../testing/http-responder.js';
import { http } from './index.js';
import { httpSchema } from './settings.js';

const URL_ALL = 'https://jobs.example.com/stats';

async function ask(
  settings: Readonly<Record<string, unknown>>,
  reply: Reply | ((request: HttpRequest) => Reply),
  apps: readonly string[] = ['my-app-1'],
): Promise<{
  readonly samples: ReadonlyMap<string, Sample>;
  readonly sample: Sample | undefined;
  readonly requests: readonly HttpRequest[];
}> {
  const responder = createHttpResponder(typeof reply === 'function' ? reply : () => reply);
  const collector = http.create(
    httpSchema.parse({ 'metric-name': 'jobs', url: URL_ALL, ...settings }),
    {
      connect: () => ({ request: responder.http, close: async () => undefined }),
      clock: createFakeClock(),
      timeoutMs: 1000,
      random: seededRandom(1),
      userAgent: 'test/1',
      warn: () => undefined,
    },
  );
  const samples = await collectAll(collector, apps);
  return { samples, sample: samples.get(apps[0] ?? ''), requests: responder.requests };
}

const codeOf = (sample: Sample | undefined): unknown =>
  sample?.kind === 'error' ? sample.code : sample?.kind;

describe('what is asked', () => {
  it('one request serves all apps when the URL names none', async () => {
    const { samples, requests } = await ask(
      { path: "$.apps[?@.name == '$APP_NAME'].depth" },
      {
        json: {
          apps: [
            { name: 'my-app-1', depth: 3 },
            { name: 'my-app-2', depth: 4 },
          ],
        },
      },
      ['my-app-1', 'my-app-2', 'my-app-3'],
    );
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'GET', url: URL_ALL });
    expect([...samples.values()].map((s) => ('value' in s ? s.value : s.kind))).toEqual([
      3,
      4,
      'empty',
    ]);
  });

  it('each app is asked for when the URL or the body names it', async () => {
    const url = 'http://$APP_NAME.internal:8080/stats?app=${APP_NAME}';
    const byUrl = await ask({ url, format: 'text' }, { body: ' 5\n' }, ['my-app-1', 'my-app-2']);
    expect(byUrl.requests.map((request) => request.url)).toEqual([
      'http://my-app-1.internal:8080/stats?app=my-app-1',
      'http://my-app-2.internal:8080/stats?app=my-app-2',
    ]);
    const byBody = await ask({ body: '{"app": "$APP_NAME"}' }, { json: 5 });
    expect(byBody.requests[0]).toMatchObject({ method: 'POST', body: '{"app": "my-app-1"}' });
    expect(byBody.sample).toMatchObject({ value: 5 });
  });

  it('an app whose own URL is not found has no value; a shared URL that is not is an error', async () => {
    const gateways: readonly Reply[] = [
      { body: '<html><h1>404</h1></html>' },
      { body: '404', headers: { 'content-type': 'text/html; charset=utf-8' } },
      { json: { message: 'no Route matched with those values' } },
      { headers: { server: 'envoy' } },
    ];
    for (const page of gateways) {
      const settings = { url: `${URL_ALL}/$APP_NAME`, default: 1 };
      const { sample } = await ask(settings, Object.assign({ status: 404 }, page));
      expect(sample, JSON.stringify(page)).toMatchObject({ kind: 'error' });
    }
    const behindEnvoy = { server: 'envoy', 'x-envoy-upstream-service-time': '3' };
    const behind = { status: 404, headers: behindEnvoy, json: { error: 'no such queue' } };
    const answered = await ask({ url: `${URL_ALL}/$APP_NAME` }, behind);
    expect(answered.sample).toMatchObject({ kind: 'empty' });
    const own = await ask({ url: `${URL_ALL}/$APP_NAME` }, { status: 404 });
    expect(own.sample?.kind).toBe('empty');
    const shared = await ask({ default: 1 }, { status: 404 });
    expect(codeOf(shared.sample)).toBe('source-query-invalid');
  });

  it.each([
    [{ token: 't' }, { authorization: 'Bearer t' }],
    [{ username: 'u', password: 'p' }, { authorization: `Basic ${btoa('u:p')}` }],
    [{ headers: { 'X-Key': 'a, b' } }, { 'x-key': 'a, b' }],
    [{ headers: 'X-Key: a: b\nAccept: text/csv\n' }, { 'x-key': 'a: b', accept: 'text/csv' }],
    [{}, { 'user-agent': 'test/1', accept: 'application/json, */*;q=0.1' }],
  ])('with %j it sends %j', async (settings, headers) => {
    const { requests } = await ask(settings, { json: 1 });
    expect(requests[0]?.headers).toMatchObject(headers);
  });
});

describe('what is made of an answer', () => {
  it.each<readonly [Readonly<Record<string, unknown>>, Reply, unknown]>([
    [{ path: '$.a' }, { json: { a: 1.5 } }, 1.5],
    [{ path: '$.a' }, { body: '{"a": "9007199254740993"}' }, 9007199254740992],
    [{ path: '$.a' }, { json: { a: null } }, 'empty'],
    [{ path: '$.b' }, { json: { a: 1 } }, 'empty'],
    [{ path: '$.a' }, { json: { a: 'NaN' } }, 'not-a-number'],
    [{ path: '$.a' }, { json: { a: true } }, 'source-bad-answer'],
    [{ path: '$.a' }, { json: { a: 'many' } }, 'source-bad-answer'],
    [{ path: '$.a' }, { json: { a: '' } }, 'source-bad-answer'],
    [{ path: '$.a' }, { json: { a: [1] } }, 'source-bad-answer'],
    [{ path: '$.a' }, { body: '{"a": 1' }, 'source-bad-answer'],
    [{ path: '$.a[*]' }, { json: { a: [1, 2] } }, 'source-ambiguous'],
    [{ path: '$.a[*]', combine: 'sum' }, { json: { a: [1, 2, 6] } }, 9],
    [{ path: '$.a[*]', combine: 'max' }, { json: { a: [1, 2, 6] } }, 6],
    [{ path: '$.a[*]', combine: 'min' }, { json: { a: [1, 2, 6] } }, 1],
    [{ path: '$.a[*]', combine: 'avg' }, { json: { a: [1, 2, 6] } }, 3],
    [{ format: 'text' }, { body: '12\n' }, 12],
    [{ format: 'text' }, { body: '' }, 'empty'],
    [{ format: 'text' }, { body: 'twelve' }, 'source-bad-answer'],
    [{ format: 'text', pattern: '^depth=(\\d+)$' }, { body: 'a=1\ndepth=8\n' }, 8],
    [{ format: 'text', pattern: '\\d+' }, { body: 'about 8 jobs' }, 8],
    [{ format: 'text', pattern: '\\d+' }, { body: 'no jobs' }, 'empty'],
    [{ format: 'prometheus', selector: 'q{app="$APP_NAME"}' }, { body: 'q{app="my-app-1"} 2' }, 2],
    [{ format: 'prometheus', selector: 'q' }, { body: '<html>' }, 'source-bad-answer'],
    [{}, { status: 401 }, 'source-unauthorized'],
    [{}, { status: 403 }, 'source-unauthorized'],
    [{}, { status: 429 }, 'source-rate-limited'],
    [{}, { status: 503 }, 'source-unavailable'],
    [{}, { status: 504 }, 'source-timeout'],
    [{}, { status: 302 }, 'source-bad-answer'],
    [{}, new HttpFailure('refused', 'no'), 'source-unreachable'],
    [{}, new HttpFailure('truncated', 'half'), 'source-bad-answer'],
  ])('%j: %j is %j', async (settings, reply, outcome) => {
    const { sample } = await ask(settings, reply);
    expect(sample?.kind === 'value' ? sample.value : codeOf(sample)).toBe(outcome);
  });

  it('shows no secret that the server echoes, and no query string', async () => {
    const secrets = ['token-12345678', 'header-12345678', 'query-12345678'];
    const { sample } = await ask(
      {
        url: `${URL_ALL}?key=${secrets[2]}`,
        token: secrets[0],
        headers: { 'x-key': secrets[1] },
      },
      { status: 500, body: `you sent ${secrets.join(' ')}` },
    );
    expect(codeOf(sample)).toBe('source-unavailable');
    expect(JSON.stringify(sample)).toContain('you sent ***');
    for (const secret of secrets) expect(JSON.stringify(sample)).not.toContain(secret);
  });
});

describe('settings are refused:', () => {
  it.each([
    [{ url: 'ftp://a' }, 'url'],
    [{ url: 'https://u:p@a' }, 'url'],
    [{ path: 'depth' }, 'path'],
    [{ path: '$.a', format: 'text' }, 'path'],
    [{ format: 'text', pattern: '(' }, 'pattern'],
    [{ format: 'prometheus' }, 'selector'],
    [{ format: 'prometheus', selector: 'sum(a)' }, 'selector'],
    [{ headers: 'no colon' }, 'headers'],
    [{ headers: { 'a b': 'c' } }, 'headers'],
    [{ headers: { a: 'b\r\nc: d' } }, 'headers'],
    [{ username: 'u' }, 'password'],
    [{ token: 't', username: 'u', password: 'p' }, 'token'],
    [{ 'max-age': '1m' }, 'time-path'],
  ])('%j', (settings, key) => {
    const { error } = httpSchema.safeParse({ 'metric-name': 'm', url: URL_ALL, ...settings });
    expect(error?.issues.map((issue) => issue.path[0])).toEqual([key]);
  });
});

describe('max-age', () => {
  const NOW_MS = createFakeClock().now();
  const path = { path: '$.n', 'time-path': '$.at', 'max-age': '2m' };
  const selector = { format: 'prometheus', selector: 'jobs', combine: 'sum', 'max-age': '2m' };

  it.each<readonly [object, Reply, object]>([
    [path, { json: { n: 5, at: NOW_MS - 120_000 } }, { kind: 'value', atMs: NOW_MS - 120_000 }],
    [path, { json: { n: 5, at: NOW_MS - 120_001 } }, { kind: 'stale', value: 5, ageMs: 120_001 }],
    [path, { json: { n: 5, at: new Date(NOW_MS).toISOString() } }, { kind: 'value', value: 5 }],
    [path, { json: { n: 5 } }, { kind: 'error', code: 'source-bad-answer' }],
    [path, { json: { n: 5, at: 'today' } }, { kind: 'error', code: 'source-bad-answer' }],
    [path, { json: { at: 5 } }, { kind: 'empty' }],
    [selector, { body: `jobs 5 ${NOW_MS - 1000}` }, { kind: 'value', atMs: NOW_MS - 1000 }],
    [selector, { body: `jobs NaN ${NOW_MS - 130_000}` }, { kind: 'stale' }],
    // Of several series the oldest counts.
    [
      selector,
      { body: `jobs{a="1"} 5 ${NOW_MS}\njobs{a="2"} 6 ${NOW_MS - 130_000}` },
      { kind: 'stale', value: 11 },
    ],
    [selector, { body: `jobs{a="1"} 5 ${NOW_MS}\njobs{a="2"} 6` }, { code: 'source-bad-answer' }],
    [selector, { body: 'other 1' }, { kind: 'empty' }],
  ])('%j of %j is %j', async (settings, reply, expected) => {
    expect((await ask({ ...settings }, reply)).sample).toMatchObject(expected);
  });

  it.each([
    ['max-age', { format: 'text', 'max-age': '2m' }],
    ['time-path', { 'max-age': '2m' }],
    ['time-path', { 'time-path': '$.at' }],
    ['time-path', { ...selector, 'time-path': '$.at' }],
  ])('%s is refused in %j', (key, settings) => {
    const parsed = httpSchema.safeParse({ 'metric-name': 'jobs', url: URL_ALL, ...settings });
    expect(parsed.error?.issues.map((issue) => issue.path[0])).toContain(key);
  });
});

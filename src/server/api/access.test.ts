import { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { callerOf } from './access.js';
import { ADMIN, anApiRig, READER, type ApiRig, type AskOptions } from '../../testing/api-rig.js';

let api: ApiRig | null = null;
afterEach(async () => {
  await api?.close();
  api = null;
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function open(tokens: Parameters<typeof anApiRig>[0] = {}): Promise<ApiRig> {
  api = await anApiRig(tokens);
  return api;
}

async function reading(rig: ApiRig, options?: AskOptions): Promise<number> {
  return (await rig.ask('GET', '/apps', options)).status;
}

async function changing(rig: ApiRig, options: AskOptions = {}): Promise<number> {
  return (await rig.ask('POST', '/apps/my-app-1/pause', { body: {}, ...options })).status;
}

function answerTo(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => (answer += part.toString()));
    socket.once('end', () => resolve(answer));
    socket.once('error', reject);
  });
}

describe('reading', () => {
  it.each(['localhost', 'localhost:9090', '127.0.0.1:1', '127.1.2.3', '[::1]:9090', 'LOCALHOST'])(
    'is open on loopback to Host %s',
    async (host) => {
      expect(await reading(await open(), { headers: { host } })).toBe(200);
    },
  );

  it('is open on every loopback address', async () => {
    expect(await reading(await open({ host: '127.0.0.2' }))).toBe(200);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:9090',
    '127.0.0.1.evil.example',
    'my-autoscaler.internal:9090',
    '10.0.0.1',
    '[fdaa::3]:9090',
  ])('needs a token when the Host is %j, as a rebound name would have it', async (host) => {
    expect(await reading(await open(), { headers: { host } })).toBe(401);
  });

  it.each([
    'GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nHost: evil.example',
    'GET /api/v1/apps HTTP/1.1\r\nHost: evil.example\r\nHost: localhost',
    'GET /api/v1/apps HTTP/1.0',
  ])('needs a token with two Hosts, or none: %j', async (head) => {
    const { server } = await open();
    expect(await answerTo(server.url, `${head}\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 401 /,
    );
  });

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'Forwarded',
    'Via',
    'X-Real-IP',
    'Fly-Client-IP',
    'Fly-Forwarded-Port',
    'True-Client-IP',
    'CF-Connecting-IP',
  ])('needs a token when a proxy added %s', async (name) => {
    expect(await reading(await open(), { headers: { [name]: '127.0.0.1' } })).toBe(401);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['fdaa:0:1::3', false],
    ['1.127.0.0', false],
    ['::ffff:1.127.0.0', false],
    ['::11', false],
    ['', false],
  ])('trusts the address %j: %s', (address, isTrusted) => {
    const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address });
    const request = new IncomingMessage(socket);
    request.headersDistinct = { host: ['localhost'] };
    const caller = callerOf(request, { readToken: READER, adminToken: ADMIN });
    expect(caller === 'loopback').toBe(isTrusted);
  });

  it('is open to both tokens wherever they come from', async () => {
    const rig = await open();
    for (const token of [READER, ADMIN]) {
      const headers = { ...bearer(token), via: '1.1 proxy', host: 'evil.example' };
      expect(await reading(rig, { headers })).toBe(200);
    }
  });

  it.each(['wrong', '', `${READER}x`, READER.slice(1), READER.toUpperCase()])(
    'is refused with the wrong token %j, on loopback too',
    async (token) => {
      expect(await reading(await open(), { headers: bearer(token) })).toBe(401);
    },
  );

  it('takes no other scheme, and says which it takes', async () => {
    const rig = await open();
    const basic = `Basic ${Buffer.from(`x:${READER}`).toString('base64')}`;
    const answer = await rig.ask('GET', '/apps', { headers: { authorization: basic } });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(await reading(rig, { headers: { authorization: `bearer ${READER}` } })).toBe(200);
  });

  it('says what to set when no token is set at all, and takes none that is empty', async () => {
    const rig = await open({ tokens: { readToken: null, adminToken: null } });
    const answer = await rig.ask('GET', '/apps', { headers: { via: 'x' } });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ hint: expect.stringContaining('FAS_READ_TOKEN') });
    for (const token of ['', 'null', 'undefined']) {
      expect(await reading(rig, { headers: bearer(token) })).toBe(401);
    }
  });

  it('has no CORS, and hides the description as all else', async () => {
    const rig = await open();
    const origin = { origin: 'https://evil.example' };
    const answer = await rig.ask('GET', '/apps', { headers: { ...origin, ...bearer(READER) } });
    expect(answer.status).toBe(200);
    const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'));
    expect(names).toEqual([]);
    const preflight = await rig.raw('OPTIONS', '/api/v1/apps', { headers: origin });
    expect(preflight.status).toBe(405);
    const hidden = await rig.raw('GET', '/api/v1/openapi.json', { headers: { via: 'x' } });
    expect(hidden.status).toBe(401);
  });

  it.each<Readonly<Record<string, string>>>([
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:1' },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:9090', host: 'localhost:9090' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ])('is refused to a page of another origin in a browser on this machine: %j', async (headers) => {
    const rig = await open();
    for (const path of ['/apps', '/events', '/decisions', '/pauses', '/openapi.json']) {
      const answer = await rig.raw('GET', `/api/v1${path}`, { headers });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.text).toContain('pages of another origin');
    }
  });

  it.each<Readonly<Record<string, string>>>([
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:9090', host: 'LOCALHOST:9090' },
  ])('is open to a page of its own, and to who types the address: %j', async (headers) => {
    expect(await reading(await open(), { headers })).toBe(200);
  });

  it('opens no stream to a page of another origin through a proxy that adds a token', async () => {
    const rig = await open();
    const headers = { ...bearer(READER), 'sec-fetch-site': 'cross-site', via: '1.1 proxy' };
    expect((await rig.raw('GET', '/api/v1/events', { headers })).status).toBe(403);
    expect(await reading(rig, { headers })).toBe(200);
  });

  it('leaves metrics and health open to all', async () => {
    const rig = await open();
    for (const path of ['/metrics', '/livez', '/readyz']) {
      const answer = await rig.raw('GET', path, { headers: { via: 'x', host: 'evil.example' } });
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });
});

describe('changing', () => {
  it('needs the admin token on loopback too', async () => {
    const rig = await open();
    expect(await changing(rig)).toBe(401);
    expect(await changing(rig, { headers: bearer('wrong') })).toBe(401);
    expect(await changing(rig, { headers: bearer(READER) })).toBe(403);
    expect(rig.orders).toEqual([]);
    expect(await changing(rig, { headers: bearer(ADMIN) })).toBe(200);
    expect(rig.orders).toMatchObject([{ by: 'admin-token', order: { kind: 'pause' } }]);
  });

  it('is not possible without an admin token, which the answer says', async () => {
    const rig = await open({ tokens: { adminToken: null } });
    for (const headers of [{}, bearer(READER)]) {
      const answer = await rig.ask('POST', '/resume', { body: { app: null }, headers });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({
        error: expect.stringContaining('no admin token is set'),
      });
    }
    expect(await changing(rig, { headers: bearer(ADMIN) })).toBe(401);
  });
});

it('never says a token', async () => {
  const rig = await open();
  const answers = await Promise.all([
    rig.raw('GET', '/api/v1/apps', { headers: bearer(`${ADMIN}x`) }),
    rig.raw('GET', '/api/v1/openapi.json'),
  ]);
  for (const { text, headers } of answers) {
    expect(text + JSON.stringify(headers)).not.toContain(ADMIN);
  }
});

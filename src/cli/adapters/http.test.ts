import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectHttp, HttpConnection } from '../../seams/http.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { connectHttp } from './http.js';

const open: { server: Server }[] = [];
const connections: HttpConnection[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  await Promise.all(connections.splice(0).map((each) => each.close()));
  for (const { server } of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
});

async function listen(server: Server, scheme = 'http'): Promise<string> {
  open.push({ server });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

function connect(options?: Parameters<typeof connectHttp>[0]): HttpConnection {
  const connection = connectHttp(options);
  connections.push(connection);
  return connection;
}

function get(url: string, options?: Parameters<typeof connectHttp>[0]): Promise<unknown> {
  return connect(options).request({ method: 'GET', url, headers: {} }, never);
}

describe('HTTP over sockets', () => {
  it('is what rooms ask for', () => {
    const asked: ConnectHttp = connectHttp;
    expect(asked).toBe(connectHttp);
  });

  it('sends method, path, headers and body, and answers with any status', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.writeHead(418, { 'x-two': ['a', 'b'], 'content-type': 'text/plain' });
        response.end(
          `${request.method} ${request.url} ${String(request.headers['x-one'])} ${body}`,
        );
      });
    });
    const response = await connect().request(
      { method: 'PATCH', url: `${url}/v1/x?y=%20z`, headers: { 'x-one': '1' }, body: 'grün' },
      never,
    );
    expect(response.status).toBe(418);
    expect(response.headers['x-two']).toBe('a, b');
    expect(response.body).toBe('PATCH /v1/x?y=%20z 1 grün');
  });

  it('uses a connection again and never opens more than the bound', async () => {
    let sockets = 0;
    const server = createServer((_, response) => response.end('ok'));
    server.on('connection', () => (sockets += 1));
    const url = await listen(server);
    const { request } = connect({ maxConnections: 2 });
    const all = Array.from({ length: 10 }, () =>
      request({ method: 'GET', url, headers: {} }, never),
    );
    await Promise.all(all);
    expect(sockets).toBe(2);
  });

  it('tells a refused connection from an unknown name', async () => {
    const url = await serve(() => undefined);
    const { server } = open.pop()!;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await expect(get(url)).rejects.toMatchObject({ kind: 'refused', isUnsent: true });
    await expect(get('http://no-such-host.invalid/')).rejects.toMatchObject({ kind: 'unresolved' });
  });

  it('tells a broken connection from a body cut short', async () => {
    const reset = await serve((request) => request.socket.resetAndDestroy());
    await expect(get(reset)).rejects.toMatchObject({ kind: 'reset', isUnsent: false });
    const closed = await serve((request) => request.socket.end());
    await expect(get(closed)).rejects.toMatchObject({ kind: 'reset' });
    const truncated = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    await expect(get(truncated)).rejects.toMatchObject({ kind: 'truncated' });
    const chunked = await serve((request, response) => {
      response.write('half', () => request.socket.destroy());
    });
    await expect(get(chunked)).rejects.toMatchObject({ kind: 'truncated' });
  });

  it('refuses a body above the limit, announced or not', async () => {
    const announced = await serve((_, response) => response.end('x'.repeat(2000)));
    await expect(get(announced, { maxBodyBytes: 1000 })).rejects.toMatchObject({
      kind: 'too-large',
    });
    const endless = await serve((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(500), more);
      };
      more();
    });
    await expect(get(endless, { maxBodyBytes: 1000 })).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('calls an answer that is not HTTP by no finer name', async () => {
    const url = await serve((request) => request.socket.end('not http at all\r\n\r\n'));
    await expect(get(url)).rejects.toMatchObject({ kind: 'other', isUnsent: false });
  });

  it("rejects with the signal's reason before, during and after the headers", async () => {
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    const silent = await serve(() => undefined);
    const { request } = connect();
    await expect(request({ method: 'GET', url: silent, headers: {} }, aborted)).rejects.toBe(
      reason,
    );

    const arrived = new AbortController();
    const hung = await serve(() => arrived.abort(reason));
    const waiting = request({ method: 'GET', url: hung, headers: {} }, arrived.signal);
    await expect(waiting).rejects.toBe(reason);

    const started = new AbortController();
    const slow = await serve((_, response) => {
      response.write('half', () => setImmediate(() => started.abort(reason)));
    });
    const reading = request({ method: 'GET', url: slow, headers: {} }, started.signal);
    await expect(reading).rejects.toBe(reason);
  });

  it('ends what is under way when it is closed', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const url = await serve(() => arrive());
    const connection = connect();
    const hung = connection.request({ method: 'GET', url, headers: {} }, never);
    const outcome = expect(hung).rejects.toMatchObject({ name: 'HttpFailure' });
    await arrived;
    await connection.close();
    await outcome;
  });
});

describe('TLS', () => {
  const certificate = selfSignedCertificate();

  it('trusts the given authority, and anybody only when told', async () => {
    const server = createTlsServer({ ...certificate }, (_, response) => response.end('ok'));
    const url = await listen(server, 'https');
    await expect(get(url)).rejects.toMatchObject({ kind: 'tls', isUnsent: true });
    await expect(get(url, { tls: { ca: certificate.cert } })).resolves.toMatchObject({
      body: 'ok',
    });
    await expect(get(url, { tls: { isInsecure: true } })).resolves.toMatchObject({ body: 'ok' });
  });

  it('checks the name that it is told to', async () => {
    const server = createTlsServer({ ...certificate }, (_, response) => response.end('ok'));
    const url = await listen(server, 'https');
    const tls = { ca: certificate.cert };
    await expect(get(url, { tls: { ...tls, serverName: 'localhost' } })).resolves.toMatchObject({
      status: 200,
    });
    await expect(get(url, { tls: { ...tls, serverName: 'other' } })).rejects.toMatchObject({
      kind: 'tls',
    });
  });

  it('shows its own certificate', async () => {
    const server = createTlsServer(
      { ...certificate, ca: certificate.cert, requestCert: true, rejectUnauthorized: true },
      (_, response) => response.end('ok'),
    );
    const url = await listen(server, 'https');
    const tls = { ca: certificate.cert, cert: certificate.cert, key: certificate.key };
    await expect(get(url, { tls })).resolves.toMatchObject({ body: 'ok' });
    await expect(get(url, { tls: { ca: certificate.cert } })).rejects.toMatchObject({
      name: 'HttpFailure',
    });
  });

  it('names a handshake with a plain server as one that failed', async () => {
    const url = await serve((_, response) => response.end('ok'));
    await expect(get(url.replace('http:', 'https:'))).rejects.toMatchObject({ kind: 'tls' });
  });
});

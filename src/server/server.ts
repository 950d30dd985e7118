/** HTTP for operators: metrics and health, open to all, and the API, which says itself who may what. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../seams/clock.js';
import { AppError } from '../core/model/errors.js';
import type { Api } from './api/router.js';
import { API_PREFIX } from './api/table.js';

/** Port 0 takes a free one; host null: all interfaces. */
export interface ListenAddress {
  readonly host: string | null;
  readonly port: number;
}

export interface HttpOptions {
  readonly clock: Clock;
  readonly metrics: { readonly contentType: string; text(): Iterable<string> };
  readonly health: { isLive(): boolean; whyNotReady(): string | null };
  /** Null: there is none. */
  readonly api: Api | null;
}

export interface ServerOptions extends HttpOptions {
  readonly listen: ListenAddress;
}

export interface RunningServer {
  readonly url: string;
  /** Lets answers under way end for up to `limitMs`, then cuts them off. */
  close(limitMs: number): Promise<void>;
}

/** A client that takes nothing for so long is cut off. */
const IDLE_SOCKET_MS = 30_000;
/** A request that takes longer to arrive, whatever trickles in meanwhile, is cut off. */
const REQUEST_MS = 30_000;

/** An address that is ours, and where nothing is served yet: who asks meanwhile is answered with 503. */
export interface TakenAddress {
  serve(options: HttpOptions): RunningServer;
  /** For who does not come to serve; nothing once it is closed. */
  giveUp(): Promise<void>;
}

/** Rejects with `bind-failed` when the address cannot be had. */
export async function takeAddress(address: ListenAddress): Promise<TakenAddress> {
  let served: HttpOptions | null = null;
  const server = createHttpServer(() => served, 'tcp');
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    serve(options) {
      served = options;
      return {
        url: `http://${urlHost(address.host)}:${port}`,
        close: (limitMs) => {
          options.api?.close();
          return closeServer(server, options.clock, limitMs);
        },
      };
    },
    async giveUp() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Rejects with `bind-failed` when the address cannot be had. */
export async function openServer(options: ServerOptions): Promise<RunningServer> {
  return (await takeAddress(options.listen)).serve(options);
}

/** Each connection takes a file of the process, of which it needs some for its own calls and its data. */
const MOST_CONNECTIONS = 400;

/**
 * Listens nowhere yet. `options` are asked for at each request; null: nothing is served yet. `door`: what the API is to think of
 * those who come in.
 */
export function createHttpServer(
  options: () => HttpOptions | null,
  door: 'tcp' | 'socket',
): Server {
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    const served = options();
    if (served === null) {
      request.resume();
      sendJson(request, response, 503, { status: 'failing', problem: 'it is starting' });
      return;
    }
    answer(served, door, request, response).catch(() => response.destroy());
  });
  server.setTimeout(IDLE_SOCKET_MS);
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

async function listen(server: Server, address: ListenAddress): Promise<void> {
  const { host, port } = address;
  try {
    const listening = once(server, 'listening');
    server.listen(host === null ? { port } : { port, host });
    await listening;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new AppError('bind-failed', `cannot listen on ${host ?? ''}:${port}: ${code}`, {
      owner: 'user',
      hint: HINTS[code] ?? 'choose another address with FAS_LISTEN, `listen` or --listen',
      cause: error,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another process listens there; end it, or choose another port with FAS_LISTEN, `listen` or --listen',
  EACCES:
    'the port needs privileges; choose one from 1024 up with FAS_LISTEN, `listen` or --listen',
  EADDRNOTAVAIL: 'this machine has no such address; ":9090" listens on all it has',
};

function urlHost(host: string | null): string {
  if (host === null || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

export async function closeServer(server: Server, clock: Clock, limitMs: number): Promise<void> {
  const timer = new AbortController();
  clock.sleep(limitMs, timer.signal).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  timer.abort();
}

async function answer(
  options: HttpOptions,
  door: 'tcp' | 'socket',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { api } = options;
  if (api !== null && request.url?.startsWith(`${API_PREFIX}/`) === true) {
    await api.handle(request, response, door);
    return;
  }
  // A body is not read; without this a client that sends one would hold its socket.
  request.resume();
  const path = (request.url ?? '/').split('?', 1)[0];
  const route = path === undefined ? undefined : ROUTES.get(path);
  if (route === undefined) {
    const pages = [...ROUTES.keys(), ...(api === null ? [] : [`${API_PREFIX}/openapi.json`])];
    sendJson(request, response, 404, { error: 'no such page', pages });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendJson(request, response, 405, { error: 'only GET and HEAD' });
  } else {
    await route(options, request, response);
  }
}

type Route = (
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void> | void;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/metrics', sendMetrics],
  [
    '/livez',
    ({ health }, request, response) =>
      sendStatus(request, response, health.isLive() ? null : 'the loop does not tick'),
  ],
  [
    '/readyz',
    ({ health }, request, response) => sendStatus(request, response, health.whyNotReady()),
  ],
]);

async function sendMetrics(
  { metrics, clock }: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  for (const slice of metrics.text()) {
    if (response.destroyed) return;
    if (!response.write(slice)) await drained(response);
    // A scrape of a large fleet must not delay its passes.
    await clock.sleep(0);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.on('drain', settle);
    response.on('close', settle);
  });
}

/** `problem` null: all is well. */
function sendStatus(
  request: IncomingMessage,
  response: ServerResponse,
  problem: string | null,
): void {
  const body = problem === null ? { status: 'ok' } : { status: 'failing', problem };
  sendJson(request, response, problem === null ? 200 : 503, body);
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: object,
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

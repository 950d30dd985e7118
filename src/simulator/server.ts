import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpFailure } from '../seams/http.js';
import type { HttpRequest } from '../seams/http.js';
import { TruncatedAnswer } from './server-core.js';
import type { Simulator } from './simulator.js';

/** A minute, as proxies before an API commonly keep what is not used; after Node's five seconds every tick would connect anew. */
const KEEP_ALIVE_MS = 60_000;

export interface RunningServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Ends all connections, hung ones too. */
  close(): Promise<void>;
}

/**
 * Serves the simulator on a socket. Resets destroy the connection, hung answers stay away, truncated bodies end before their length.
 * `latencyMs` of the simulator's clock is added to each answer. Rejects when the address is taken.
 */
export function startServer(
  simulator: Simulator,
  options: { readonly host?: string; readonly port?: number; readonly latencyMs?: number } = {},
): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0, latencyMs = 0 } = options;
  const server = createServer((request, response) => {
    answer(simulator, request, response, latencyMs).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      const actualPort = typeof address === 'object' && address !== null ? address.port : port;
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function answer(
  simulator: Simulator,
  incoming: IncomingMessage,
  response: ServerResponse,
  latencyMs: number,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const request = await toRequest(incoming);
  try {
    if (latencyMs > 0) await simulator.clock.sleep(latencyMs, gone.signal);
    const { status, headers, body } = await simulator.handle(request, gone.signal);
    response.writeHead(status, headers);
    response.end(body);
  } catch (error) {
    if (error instanceof TruncatedAnswer) {
      response.writeHead(error.status, { 'content-length': error.wholeLength });
      response.write(error.sent, () => incoming.socket.destroy());
      return;
    }
    if (error instanceof HttpFailure || gone.signal.aborted) {
      incoming.socket.resetAndDestroy();
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: `the simulator failed: ${message}` }));
  }
}

async function toRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method as HttpRequest['method'],
    url: `http://${headers['host'] ?? 'localhost'}${incoming.url ?? '/'}`,
    headers,
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks).toString('utf8') }),
  };
}

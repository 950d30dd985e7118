import { Agent, type Dispatcher } from 'undici';
import { createBodyRoom, readBody } from './body.js';
import {
  HttpFailure,
  type HttpConnection,
  type HttpRequest,
  type HttpResponse,
  type TlsOptions,
} from '../../seams/http.js';

const DEFAULT_CONNECTIONS = 64;
/** Room for the machine list of the largest app; an endless body ends here. */
const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024 * 1024;
/** Of all bodies that are on their way, in this process. */
const bodyRoom = createBodyRoom(128 * 1024 * 1024);
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than the usual interval, so that its next pass finds the connections open. */
const IDLE_MS = 30_000;

/**
 * A keep-alive pool to each origin. Deadlines are the signal's business; only connecting has one of its own (10 s).
 * Redirects are answers like any other.
 */
export function connectHttp(
  options: {
    readonly tls?: TlsOptions;
    /** To one origin; 64 unless told. */
    readonly maxConnections?: number;
    /** Every connection goes to this unix socket, whatever the URL's host. */
    readonly socketPath?: string;
    /** A longer body is `too-large`; 64 MiB unless told. */
    readonly maxBodyBytes?: number;
  } = {},
): HttpConnection {
  const agent = new Agent({
    connections: options.maxConnections ?? DEFAULT_CONNECTIONS,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
      ...tlsOptions(options.tls),
    },
  });
  return {
    request: (request, signal) =>
      exchange(agent, request, options.maxBodyBytes ?? DEFAULT_BODY_LIMIT_BYTES, signal),
    // Not `close`, which would wait for answers that may never come.
    close: () => agent.destroy(),
  };
}

function tlsOptions(tls: TlsOptions | undefined): Record<string, string | boolean> {
  const connect: Record<string, string | boolean> = {};
  if (tls?.ca !== undefined) connect['ca'] = tls.ca;
  if (tls?.cert !== undefined) connect['cert'] = tls.cert;
  if (tls?.key !== undefined) connect['key'] = tls.key;
  if (tls?.serverName !== undefined) connect['servername'] = tls.serverName;
  if (tls?.isInsecure === true) connect['rejectUnauthorized'] = false;
  return connect;
}

async function exchange(
  agent: Agent,
  request: HttpRequest,
  maxBodyBytes: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  signal.throwIfAborted();
  let response: Dispatcher.ResponseData | undefined;
  try {
    const url = new URL(request.url);
    response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...request.headers },
      body: request.body ?? null,
      signal,
    });
    return {
      status: response.statusCode,
      headers: joinHeaders(response.headers),
      body: await readBody(response.body, { maxBytes: maxBodyBytes, room: bodyRoom }, signal),
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof HttpFailure) throw error;
    throw toHttpFailure(error, response !== undefined);
  }
}

function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'UND_ERR_SOCKET']);
/** OpenSSL's own names, and those of Node's certificate checks. */
const TLS_CODE = /^ERR_TLS_|^ERR_SSL_|CERT|^UNABLE_TO_|^CRL_|^INVALID_CA|^PATH_LENGTH|^EPROTO$/;
const BEFORE_TLS = /before secure TLS connection/;

function toHttpFailure(error: unknown, hasHeaders: boolean): HttpFailure {
  const failure = error as { code?: string; syscall?: string; message?: string };
  const code = failure.code ?? '';
  const message = [code, failure.message ?? String(error)].filter((part) => part !== '').join(': ');
  return new HttpFailure(failureKind(error, code, failure.syscall, hasHeaders), message, {
    cause: error,
  });
}

function failureKind(
  error: unknown,
  code: string,
  syscall: string | undefined,
  hasHeaders: boolean,
): HttpFailure['kind'] {
  if (hasHeaders) return 'truncated';
  if (UNRESOLVED.has(code)) return 'unresolved';
  if (TLS_CODE.test(code) || (error instanceof Error && BEFORE_TLS.test(error.message))) {
    return 'tls';
  }
  // Only while connecting do these tell that nothing was sent.
  const isConnecting = syscall === 'connect' || error instanceof AggregateError;
  if (code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT' || isConnecting) {
    return 'refused';
  }
  return BROKEN.has(code) ? 'reset' : 'other';
}

/** The one seam for HTTP: production gives an undici pool, tests give the simulator's handler in process. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, with query string. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated ones joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body as UTF-8 text. */
  readonly body: string;
}

/**
 * Answers with whatever status the server gave. Rejects with `HttpFailure` when there was no whole answer,
 * or with the signal's reason when it aborted.
 */
export type HttpClient = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** No whole answer came. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  constructor(
    /**
     * `refused`: no connection, so nothing was sent. `unresolved`: the name has no address. `tls`: the handshake failed.
     * `reset`: the connection broke; the request may have taken effect. `truncated`: the body ended early.
     * `too-large`: the body passed the limit. `other`: none of these.
     */
    readonly kind: 'refused' | 'unresolved' | 'tls' | 'reset' | 'truncated' | 'too-large' | 'other',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** True when the request cannot have reached the server. */
  get isUnsent(): boolean {
    return this.kind === 'refused' || this.kind === 'unresolved' || this.kind === 'tls';
  }
}

/** How to talk TLS to a server; all PEM texts. Undefined: the system's trust and no client certificate. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  /** True accepts any certificate. */
  readonly isInsecure?: boolean;
}

export interface HttpConnection {
  readonly request: HttpClient;
  close(): Promise<void>;
}

/** Opens a keep-alive pool; connections to each origin are bounded by it. */
export type ConnectHttp = (options?: {
  readonly tls?: TlsOptions;
  readonly maxConnections?: number;
  /** Every connection goes to this unix socket, whatever the URL's host. */
  readonly socketPath?: string;
  /** A longer body is `too-large`; 64 MiB unless told. */
  readonly maxBodyBytes?: number;
}) => HttpConnection;

/** Of a Retry-After (RFC 9110, section 10.2.3): seconds or a date. Undefined when it is neither. `nowMs`: wall time. */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/** Who may ask. No address is trusted but loopback, and that for reading only. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.js';

export interface Tokens {
  /** Null: reading is for loopback only. */
  readonly readToken: string | null;
  /** Null: nothing can be changed over HTTP. */
  readonly adminToken: string | null;
}

/** `socket`: the owner of this machine's unix socket. */
export type Caller = 'socket' | 'admin-token' | 'read-token' | 'loopback';

/** Who sent a request over TCP, or why nobody who may ask. */
export function callerOf(request: IncomingMessage, tokens: Tokens): Caller | Refusal {
  const { authorization } = request.headers;
  if (authorization !== undefined) return holderOf(authorization, tokens) ?? WRONG_TOKEN;
  if (isFromLoopback(request)) return 'loopback';
  if (tokens.readToken === null && tokens.adminToken === null) return NO_TOKENS;
  return NEEDS_TOKEN;
}

/** Null: the caller may change things. */
export function refuseChange(caller: Caller, { adminToken }: Tokens): Refusal | null {
  if (caller === 'socket' || caller === 'admin-token') return null;
  if (adminToken === null) return NO_CHANGING;
  return caller === 'read-token' ? READS_ONLY : CHANGING_NEEDS_TOKEN;
}

/**
 * Null: no page of another origin in somebody's browser sent it. A browser on this machine comes from loopback, so that every
 * page could have the fleet read, and take up the streams of events, though it may not see the answers.
 */
export function refusePage({ headers }: IncomingMessage): Refusal | null {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    // Old browsers say nothing; `none`: somebody typed the address.
    return site === 'same-origin' || site === 'none' ? null : OTHER_ORIGIN;
  }
  const { origin, host } = headers;
  if (origin === undefined) return null;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase() ? null : OTHER_ORIGIN;
}

const OTHER_ORIGIN = new Refusal(403, 'pages of another origin may not ask', {
  hint: 'open the address itself in the browser, or have a server ask with a token',
});

const HOW = 'send the header "Authorization: Bearer TOKEN" with the value of';

const WRONG_TOKEN = new Refusal(401, 'the token is not known', {
  hint: `${HOW} FAS_READ_TOKEN or FAS_ADMIN_TOKEN of the autoscaler`,
});
const NEEDS_TOKEN = new Refusal(401, 'reading needs a token, except on loopback without a proxy', {
  hint: `${HOW} FAS_READ_TOKEN or FAS_ADMIN_TOKEN`,
});
const NO_TOKENS = new Refusal(403, 'reading is open on loopback only, without a proxy', {
  hint: 'set FAS_READ_TOKEN for the autoscaler to read from elsewhere',
});
const NO_CHANGING = new Refusal(403, 'nothing can be changed over HTTP: no admin token is set', {
  hint: 'set FAS_ADMIN_TOKEN for the autoscaler, or use the commands on its machine: they need none',
});
const READS_ONLY = new Refusal(403, 'this token is for reading only', {
  hint: `${HOW} FAS_ADMIN_TOKEN`,
});
const CHANGING_NEEDS_TOKEN = new Refusal(401, 'changing needs the admin token', {
  hint: `${HOW} FAS_ADMIN_TOKEN`,
});

function holderOf(authorization: string, tokens: Tokens): Caller | null {
  const given = digest(/^bearer +(.+)$/i.exec(authorization)?.[1] ?? '');
  // Both are compared, whatever the first says: how long it takes must tell nothing.
  const isAdmin = equals(given, tokens.adminToken);
  const isReader = equals(given, tokens.readToken);
  if (isAdmin) return 'admin-token';
  return isReader ? 'read-token' : null;
}

/** Digests are of one length, so that comparing them tells nothing of the token's. */
function equals(given: Buffer, token: string | null): boolean {
  return timingSafeEqual(given, digest(token ?? '')) && token !== null && token !== '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i;
const LOOPBACK_HOST = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d+)?$/i;

/** Proxies of every kind add some of these: then the socket's address is the proxy's, not the client's. */
const PROXY_HEADER =
  /^(?:forwarded|via|cdn-loop|true-client-ip|x-real-ip|x-client-ip|x-cluster-client-ip|(?:x-forwarded|x-original|x-envoy|x-amzn|cf|fly)-.*)$/;

/**
 * The Host must be a loopback name too: a page in a browser may have its own name lead to 127.0.0.1 (DNS rebinding),
 * and its requests then come from loopback.
 */
function isFromLoopback({ socket, headers, headersDistinct }: IncomingMessage): boolean {
  const hosts = headersDistinct['host'] ?? [];
  return (
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    hosts.length === 1 &&
    hosts.every((host) => LOOPBACK_HOST.test(host)) &&
    !Object.keys(headers).some((name) => PROXY_HEADER.test(name))
  );
}

import { abortable } from '../seams/clock.js';
import { HttpFailure } from '../seams/http.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../seams/http.js';
import type { Engine } from './engine.js';
import type { LeaseStanding } from './event-log.js';
import { refusal } from './exchange.js';
import type { Answer, Call, Route } from './exchange.js';
import type { Faults, Strike } from './faults.js';
import { leaseStanding } from './leases.js';
import type { MachineLife } from './machine-life.js';
import { ApiError } from './model.js';
import type { Actor } from './model.js';
import { gatewayPage, withOneOdd } from './odd-answers.js';
import { RateLimits } from './rate-limits.js';
import { findRoute } from './routes.js';
import type { TokenGrant } from './settings.js';
import { authenticate } from './tokens.js';
import type { World } from './world.js';

/** The answer ended early; `sent` is the part that came. */
export class TruncatedAnswer extends HttpFailure {
  constructor(
    readonly status: number,
    readonly sent: string,
    readonly wholeLength: number,
  ) {
    super('truncated', 'the body ended before its announced length');
  }
}

interface Parts {
  readonly engine: Engine;
  readonly world: World;
  readonly life: MachineLife;
  readonly faults: Faults;
}

interface Served {
  readonly answer: Answer;
  readonly grant: TokenGrant | null;
  readonly lease: LeaseStanding;
}

/** Serves requests one by one: admission, faults, the state machine, the record. */
export class ServerCore {
  readonly #limits = new RateLimits();
  #nextRequest = 1;

  constructor(readonly parts: Parts) {}

  /**
   * A request that is under way reaches the server even if its sender gives up: only the answer is lost then.
   * Hung answers end with the signal alone.
   */
  readonly handle: HttpClient = (request, signal) => {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return abortable(signal, this.#serve(request, signal));
  };

  async #serve(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { engine, faults } = this.parts;
    const latencyMs = engine.draw(engine.config.delaysMs.latency);
    if (latencyMs > 0) await engine.clock.sleep(latencyMs / 2);
    engine.catchUp();
    const { path, query } = splitUrl(request.url);
    const route = findRoute(request.method, path);
    const strike = faults.draw(route);
    const requestId = `${engine.hex(8).toUpperCase()}-${this.#nextRequest++}`;
    const early = strike === null ? null : answerBefore(strike, () => faults.lot());
    const isSilent = strike?.kind === 'reset-before' || strike?.kind === 'hung-before';
    const served: Served | null = isSilent
      ? null
      : early !== null
        ? { answer: early, grant: null, lease: 'none' }
        : await this.#run(request, route, query, strike, requestId);
    const answer =
      served === null || strike === null
        ? served?.answer
        : spoiled(strike, served.answer, route, () => faults.lot());
    this.#record(request, route, requestId, strike, served, answer, signal.aborted);
    if (strike?.kind === 'slow') await engine.clock.sleep(strike.delayMs);
    if (latencyMs > 0) await engine.clock.sleep(latencyMs / 2);
    return deliver(strike, answer, requestId);
  }

  async #run(
    request: HttpRequest,
    route: Route,
    query: string,
    strike: Strike | null,
    requestId: string,
  ): Promise<Served> {
    const { engine, faults } = this.parts;
    let grant: TokenGrant | null = null;
    const nonce = request.headers['fly-machine-lease-nonce'] ?? null;
    const lease = this.#standing(route, nonce);
    try {
      grant = route.surface === 'metrics' ? PUBLIC : this.#admit(request, route);
      const actor: Actor = {
        name: grant.name,
        userAgent: request.headers['user-agent'] ?? '',
        requestId,
        isAnswerLost: strike !== null && isLoss(strike, request),
        nonce: nonce === '' ? null : nonce,
      };
      const call: Call = {
        ...this.parts,
        route,
        request,
        query: new URLSearchParams(query),
        actor,
        grant,
        fault: strike?.kind ?? null,
        lostRegion: strike?.region ?? null,
        lot: () => faults.lot(),
      };
      return { answer: await route.run(call), grant, lease };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { retryAfterSeconds } = engine.config;
      const answer = refusal(error);
      const hasHint = error.status === 429 && retryAfterSeconds !== null;
      const headers: Record<string, string> = hasHint
        ? { 'retry-after': String(retryAfterSeconds) }
        : {};
      return { answer: { ...answer, headers }, grant, lease };
    }
  }

  #admit(request: HttpRequest, route: Route): TokenGrant {
    const { engine } = this.parts;
    const grant = authenticate(
      engine.config.tokens,
      request.headers['authorization'],
      route.surface,
    );
    const isLimited = engine.config.hasRateLimits && route.surface === 'machines';
    if (isLimited && !this.#limits.admit(route, engine.nowMs)) {
      throw new ApiError(429, 'rate limit exceeded');
    }
    return grant;
  }

  #standing(route: Route, nonce: string | null): LeaseStanding {
    const { engine, world } = this.parts;
    const machine = world.apps.get(route.app ?? '')?.machines.get(route.machine ?? '');
    return machine === undefined ? 'none' : leaseStanding(machine, nonce, engine.nowMs);
  }

  #record(
    request: HttpRequest,
    route: Route,
    requestId: string,
    strike: Strike | null,
    served: Served | null,
    answer: Answer | undefined,
    isAborted: boolean,
  ): void {
    const { engine } = this.parts;
    const isSent =
      answer !== undefined && strike?.kind !== 'reset-after' && strike?.kind !== 'hung-after';
    engine.log.write({
      kind: 'request',
      atMs: engine.nowMs,
      requestId,
      surface: route.surface,
      action: route.action,
      method: request.method,
      path: pathOf(request.url),
      app: route.app,
      machine: route.machine,
      token: served?.grant?.name ?? null,
      userAgent: request.headers['user-agent'] ?? '',
      status: isSent ? answer.status : null,
      fault: strike?.kind ?? null,
      isAnswerLost: isAborted || (strike !== null && isLoss(strike, request, answer?.isClear)),
      lease: served?.lease ?? 'none',
    });
  }
}

const PUBLIC: TokenGrant = { value: '', name: 'scraper' };

/** The server's answer never reaches the client as it was meant. */
function isLoss({ kind }: Strike, { method }: HttpRequest, isClear = false): boolean {
  return (
    (kind === 'odd-entry' && method !== 'GET' && !isClear) ||
    kind === 'unavailable-after' ||
    kind === 'timeout-after' ||
    kind === 'reset-after' ||
    kind === 'hung-after' ||
    kind === 'non-json' ||
    kind === 'truncated'
  );
}

/** An answer in place of doing anything; null when it is to be done. */
function answerBefore(strike: Strike, lot: () => number): Answer | null {
  if (strike.kind === 'rate-limited') return refusal(new ApiError(429, 'rate limit exceeded'));
  if (strike.kind === 'gateway-page') return { status: 404, ...gatewayPage(lot) };
  return strike.kind === 'unavailable-before' ? unavailable(strike) : null;
}

function unavailable(strike: Strike): Answer {
  if (!strike.isPlainText) return refusal(new ApiError(strike.status, 'upstream unavailable'));
  const headers = { 'content-type': 'text/html' };
  return { status: strike.status, body: '<html><body>Bad gateway</body></html>', headers };
}

function spoiled(strike: Strike, answer: Answer, { action }: Route, lot: () => number): Answer {
  switch (strike.kind) {
    case 'unavailable-after':
      return unavailable(strike);
    case 'timeout-after':
      return refusal(new ApiError(408, 'deadline_exceeded: request timed out'));
    case 'non-json':
      return {
        status: 200,
        body: '<!doctype html><title>Maintenance</title>',
        headers: { 'content-type': 'text/html' },
      };
    case 'odd-entry':
      return answer.status < 300 ? { ...answer, ...withOneOdd(action, answer.body, lot) } : answer;
    default:
      return answer;
  }
}

function deliver(
  strike: Strike | null,
  answer: Answer | undefined,
  requestId: string,
): HttpResponse | Promise<HttpResponse> {
  const kind = strike?.kind;
  if (kind === 'hung-before' || kind === 'hung-after') return new Promise(() => undefined);
  if (kind === 'reset-before' || kind === 'reset-after' || answer === undefined) {
    throw new HttpFailure('reset', 'connection reset by peer');
  }
  if (kind === 'truncated') {
    const sent = answer.body.slice(0, Math.floor(answer.body.length / 2));
    throw new TruncatedAnswer(answer.status, sent, Buffer.byteLength(answer.body) + 1);
  }
  const headers = {
    'content-type': 'application/json',
    ...answer.headers,
    'fly-request-id': requestId,
  };
  return { status: answer.status, headers, body: answer.body };
}

function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const path = pathOf(url);
  const mark = path.indexOf('?');
  return mark < 0
    ? { path, query: '' }
    : { path: path.slice(0, mark), query: path.slice(mark + 1) };
}

/** Path and query string of an absolute address. */
function pathOf(url: string): string {
  const scheme = url.indexOf('://');
  const slash = url.indexOf('/', scheme < 0 ? 0 : scheme + 3);
  return slash < 0 ? '/' : url.slice(slash);
}

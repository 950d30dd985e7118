/** A fleet with its API on a free port, and a client that checks every answer against its schema. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { systemClock } from '../cli/adapters/clock.js';
import { fanOut } from '../record/report/fan-out.js';
import { createLive, type Live } from '../record/view/live.js';
import { createView } from '../record/view/view.js';
import type { Tokens } from '../server/api/access.js';
import { createApi, type Api } from '../server/api/router.js';
import { failure } from '../server/api/schemas.js';
import { API_PREFIX, endpoints } from '../server/api/table.js';
import { openServer, type HttpOptions, type RunningServer } from '../server/server.js';
import type { ApiPorts } from '../server/api/ports.js';
import { aHandRecord } from './hand-record.js';
import { aRig, type Rig, type Running } from './fleet-rig.js';
import type { StateStore } from '../seams/store.js';
import type { Recorder } from '../seams/events.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
  readonly socketPath?: string;
}

export interface ApiRig {
  readonly rig: Rig;
  readonly running: Running;
  readonly api: Api;
  readonly live: Live;
  readonly server: RunningServer;
  /** Of its record. */
  readonly recorder: Recorder;
  /** For further servers of the same API. */
  readonly httpOptions: HttpOptions;
  readonly orders: Parameters<ApiPorts['onOrder']>[0][];
  readonly failures: unknown[];
  /** As it comes. */
  raw(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** Below /api/v1; throws when the answer is not as its schema says. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer & { body: unknown }>;
  close(): Promise<void>;
}

export const ADMIN = 'admin-token-of-this-test';
export const READER = 'read-token-of-this-test';

/** Tokens are set unless told otherwise. */
export async function anApiRig(
  options: {
    readonly tokens?: Partial<Tokens>;
    readonly state?: StateStore;
    readonly isStateDurable?: boolean;
    readonly host?: string;
    /** Before the loop starts. */
    readonly prepare?: (rig: Rig) => void;
    readonly changePorts?: (ports: ApiPorts) => ApiPorts;
  } = {},
): Promise<ApiRig> {
  const rig = aRig(options.state === undefined ? {} : { state: options.state });
  options.prepare?.(rig);
  const view = createView(rig.clock);
  const live = createLive();
  const record = aHandRecord();
  const failures: unknown[] = [];
  const recorder = fanOut(
    [rig.options.recorder, view.recorder, live.recorder, record.recorder],
    (error) => failures.push(error),
  );
  const running = rig.start({ recorder });
  const orders: Parameters<ApiPorts['onOrder']>[0][] = [];
  const ports: ApiPorts = {
    clock: rig.clock,
    version: '1.2.3',
    view,
    live,
    record: record.reader,
    operator: running.fleet.operator,
    policies: () => rig.options.policies.map(({ name }) => name),
    isStateDurable: options.isStateDurable ?? false,
    onOrder: (order) => void orders.push(order),
    onFailure: (error) => void failures.push(error),
  };
  const tokens = { readToken: READER, adminToken: ADMIN, ...options.tokens };
  const api = createApi(options.changePorts?.(ports) ?? ports, () => tokens);
  const httpOptions: HttpOptions = {
    // Sockets take real time, the fleet fake time.
    clock: systemClock(),
    metrics: { contentType: 'text/plain', text: () => ['a 1\n'] },
    health: { isLive: () => true, whyNotReady: () => null },
    api,
  };
  const listen = { host: options.host ?? '127.0.0.1', port: 0 };
  const server = await openServer({ ...httpOptions, listen });
  const raw: ApiRig['raw'] = (method, path, ask) => send(server.url, method, path, ask);
  return {
    rig,
    running,
    api,
    live,
    recorder: record.recorder,
    server,
    httpOptions,
    orders,
    failures,
    raw,
    async ask(method, path, ask) {
      const answer = await raw(method, `${API_PREFIX}${path}`, ask);
      return { ...answer, body: checked(method, path, answer) };
    },
    async close() {
      api.close();
      await running.stop();
      await server.close(0);
    },
  };
}

function send(
  url: string,
  method: string,
  path: string,
  { headers = {}, body, socketPath }: AskOptions = {},
): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      path,
      agent: false,
      ...(socketPath === undefined ? {} : { socketPath }),
      headers: {
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        }),
      );
    });
    request.end(text);
  });
}

/** The parsed body, once its schema has taken it. */
export function checked(method: string, path: string, { status, text }: Answer): unknown {
  const body: unknown = JSON.parse(text);
  if (status !== 200) return failure.parse(body);
  const endpoint = endpoints.find(
    (each) => each.method === method && templateOf(each.path).test(path.split('?')[0] ?? ''),
  );
  if (endpoint === undefined) throw new Error(`no endpoint for ${method} ${path}`);
  return endpoint.answer.parse(body);
}

function templateOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

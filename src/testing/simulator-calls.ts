import type { HttpRequest, HttpResponse } from '../seams/http.js';
import { createSimulator } from '../simulator/index.js';
import type { Simulator, SimulatorSettings } from '../simulator/index.js';
import { createFakeClock } from './fake-clock.js';
import type { FakeClock } from './fake-clock.js';

export interface CallOptions {
  readonly body?: unknown;
  readonly nonce?: string;
  /** The whole `authorization` header; null sends none. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A simulator on a fake clock, and raw requests to it. */
export interface Bench {
  readonly clock: FakeClock;
  readonly simulator: Simulator;
  /** `target`: method and path, "GET /v1/apps". */
  call(target: string, options?: CallOptions): Promise<HttpResponse>;
  /** The parsed body of an answer whose status must be 2xx. */
  json<T = Record<string, unknown>>(target: string, options?: CallOptions): Promise<T>;
}

/** Delays without chance, so that tests can name the moment; no lag, no limits unless asked for. */
export const STEADY: SimulatorSettings = {
  hasRateLimits: false,
  repeatedStart: 'ok',
  delaysMs: {
    created: [2000, 2000],
    starting: [1000, 1000],
    restarting: [1000, 1000],
    suspending: [500, 500],
    resuming: [300, 300],
    replacing: [2000, 2000],
    destroying: [1000, 1000],
    stopping: [1000, 1000],
    stillActive: [700, 700],
    orgListLag: [0, 0],
    latency: [0, 0],
  },
};

export function createBench(settings: SimulatorSettings = STEADY, seed = 1): Bench {
  const clock = createFakeClock();
  const simulator = createSimulator({ clock, seed, config: settings });
  const call = (target: string, options: CallOptions = {}): Promise<HttpResponse> => {
    const [method = 'GET', path = '/'] = target.split(' ');
    const { authorization = 'Bearer secret', body, nonce } = options;
    const request: HttpRequest = {
      method: method as HttpRequest['method'],
      url: `https://api.machines.dev${path}`,
      headers: {
        ...(authorization === null ? {} : { authorization }),
        ...(nonce === undefined ? {} : { 'fly-machine-lease-nonce': nonce }),
        ...options.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    return simulator.handle(request, options.signal ?? new AbortController().signal);
  };
  return {
    clock,
    simulator,
    call,
    async json<T>(target: string, options?: CallOptions) {
      const response = await call(target, options);
      if (response.status >= 300) throw new Error(`${response.status}: ${response.body}`);
      return JSON.parse(response.body) as T;
    },
  };
}

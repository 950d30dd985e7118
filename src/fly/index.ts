/** The client of the real Fly: Machines API and GraphQL, behind the ports. */
import type { Clock, Random } from '../seams/clock.js';
import type { HttpClient } from '../seams/http.js';
import { createActor } from './actor.js';
import { createReader } from './reader.js';
import { parseToken } from './tokens.js';
import { createTransport } from './transport.js';
import type { FlyActor, FlyReader } from '../seams/fly.js';

export { parseToken, type FlyToken } from './tokens.js';

const DEFAULT_MACHINES_URL = 'https://api.machines.dev';
const DEFAULT_API_URL = 'https://api.fly.io';

/** Longer than Fly takes for anything but a wait, and short beside a pass. */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

export interface FlyClientOptions {
  /** As `fly tokens create` prints it: see `parseToken`. */
  readonly token: string;
  /** Of the Machines API, without /v1; https://api.machines.dev unless told. */
  readonly machinesUrl?: string;
  /** Of GraphQL, without /graphql; https://api.fly.io unless told. */
  readonly apiUrl?: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  /** The deadline of each request, waiting for its turn not counted; 10 s unless told. */
  readonly requestTimeoutMs?: number;
}

/**
 * Keeps to Fly's rate limits, so a call may wait for its turn: its signal bounds that.
 * Throws `config-invalid` when the token is none.
 */
export function createFlyClient(options: FlyClientOptions): FlyReader & FlyActor {
  const transport = createTransport({
    ...options,
    token: parseToken(options.token),
    machinesUrl: options.machinesUrl ?? DEFAULT_MACHINES_URL,
    apiUrl: options.apiUrl ?? DEFAULT_API_URL,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
  });
  return { ...createReader(transport, options.clock), ...createActor(transport) };
}

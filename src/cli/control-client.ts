/** Speaks to the autoscaler that runs: over the unix socket of this machine, or to a URL with a token. */
import { dirname } from 'node:path';
import { Option, type Command } from 'commander';
import { withDeadline } from '../seams/clock.js';
import { formatProblems, loadControlSettings, type ControlSettings } from '../config/index.js';
import { AppError } from '../core/model/errors.js';
import { HttpFailure, type HttpConnection, type HttpResponse } from '../seams/http.js';
import { API_PREFIX } from '../server/api/table.js';
import { NO_FOLDER, whyNotPrivate } from '../server/socket.js';
import { configOption } from './arguments.js';
import type { CliContext } from './context.js';
import { placesOfOthers, socketPlace, type SocketPlace } from './control-place.js';
import { indent, readConfigFile } from './load.js';

/** Where the autoscaler is. */
export interface ControlPlace {
  readonly config?: string;
  readonly url?: string;
}

export interface ControlOptions extends ControlPlace {
  readonly json?: boolean;
}

export function urlOption(): Option {
  return new Option(
    '--url <url>',
    'of an autoscaler elsewhere, such as http://10.0.0.2:9090; it takes FAS_ADMIN_TOKEN or FAS_READ_TOKEN',
  );
}

/** What all commands take that speak to a running autoscaler. */
export function withControlOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(urlOption())
    .option('--json', 'print the answer of the API');
}

export interface ControlClient {
  /** Below /api/v1. Reject with `control-unreachable` or `control-refused`; the shape is the endpoint's business. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
}

const LIMIT_MS = 10_000;
const ROOT = 0;

/** Runs `work` with a client, and frees what it opened. */
export async function withControl<T>(
  context: CliContext,
  options: ControlPlace,
  work: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const settings = readControlSettings(context, options.config);
  const { url } = options;
  const doors = url === undefined ? socketDoors(context, settings) : [urlDoor(url, settings)];
  const connections = new Map<Door, HttpConnection>();
  try {
    return await work(clientOf(context, doors, connections));
  } finally {
    await Promise.allSettled([...connections.values()].map((connection) => connection.close()));
  }
}

export function readControlSettings(
  context: CliContext,
  path: string | undefined,
): ControlSettings {
  const file = path === undefined ? undefined : { path, text: readConfigFile(context, path) };
  const settings = loadControlSettings(context.env, file);
  if (!('problems' in settings)) return settings;
  const message = `the configuration cannot be used\n${indent(formatProblems(settings.problems))}`;
  throw new AppError('config-invalid', message, { owner: 'user' });
}

/** A way in. */
interface Door {
  readonly socketPath?: string;
  /** Of the whole API. */
  readonly base: string;
  readonly token: string | null;
  /** For people. */
  readonly name: string;
}

function urlDoor(text: string, { adminToken, readToken }: ControlSettings): Door {
  const isHttp = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
  if (!isHttp) {
    throw new AppError('usage', '--url is no http or https URL', {
      owner: 'user',
      hint: 'such as http://10.0.0.2:9090',
    });
  }
  // What else may be in it, such as a password, is nobody's business.
  const { origin, pathname, host } = new URL(text);
  const base = `${origin}${pathname}`.replace(/\/+$/, '');
  return { base: `${base}${API_PREFIX}`, token: adminToken ?? readToken, name: host };
}

/** The usual one first. Root may open those of other users: in a container the daemon often runs as another. */
function socketDoors(context: CliContext, settings: ControlSettings): readonly Door[] {
  const place = socketPlace(settings, context);
  if (place === null) {
    throw new AppError('control-unreachable', 'there is no socket to speak to an autoscaler over', {
      owner: 'user',
      hint: 'FAS_SOCKET is off here; give --url, and FAS_ADMIN_TOKEN or FAS_READ_TOKEN',
    });
  }
  const { user } = context;
  const others =
    place.isFolderOurs && user?.id === ROOT
      ? placesOfOthers(context.listFolder(user.temporaryFolder), user.temporaryFolder)
      : [];
  return [refuseForeign(place), ...others.filter((path) => path !== place.path)].map((path) => ({
    socketPath: path,
    base: `http://localhost${API_PREFIX}`,
    token: null,
    name: path,
  }));
}

/** In a directory that all may write to, somebody else may play the autoscaler. */
function refuseForeign({ path, isFolderOurs }: SocketPlace): string {
  const why = isFolderOurs ? whyNotPrivate(dirname(path)) : null;
  if (why === null || why === NO_FOLDER) return path;
  throw new AppError('control-unreachable', `the socket ${path} is not to be trusted: ${why}`, {
    owner: 'user',
    hint: 'set FAS_SOCKET or FAS_DATA_DIR, the same for the autoscaler and here',
  });
}

function clientOf(
  context: CliContext,
  doors: readonly Door[],
  connections: Map<Door, HttpConnection>,
): ControlClient {
  const connectionTo = (door: Door): HttpConnection => {
    const { socketPath } = door;
    const known = connections.get(door);
    const connection = known ?? context.connect(socketPath === undefined ? {} : { socketPath });
    connections.set(door, connection);
    return connection;
  };
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    for (const door of doors) {
      const answer = await request(context, connectionTo(door), door, { method, path, body });
      if (answer !== null) return parsed(answer, door);
    }
    throw nobody(doors);
  };
  return {
    get: (path) => ask('GET', path) as Promise<never>,
    post: (path, body) => ask('POST', path, body) as Promise<never>,
  };
}

/** Null: nobody listens there. */
async function request(
  { clock }: CliContext,
  connection: HttpConnection,
  { base, token, name }: Door,
  { method, path, body }: { method: 'GET' | 'POST'; path: string; body: object | undefined },
): Promise<HttpResponse | null> {
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    return await withDeadline(clock, LIMIT_MS, undefined, (signal) =>
      connection.request({ method, url: `${base}${path}`, headers, ...text }, signal),
    );
  } catch (error) {
    if (error instanceof HttpFailure && error.isUnsent && !/EACCES|EPERM/.test(error.message)) {
      return null;
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('control-unreachable', `the autoscaler at ${name} gave no answer: ${why}`, {
      owner: 'user',
      hint: /EACCES|EPERM/.test(why)
        ? 'run the command as the user that the autoscaler runs as'
        : method === 'GET'
          ? 'look at its log'
          : 'look at its log; whether the order was taken, the command `paused` shows',
      cause: error,
    });
  }
}

function nobody(doors: readonly Door[]): AppError {
  const names = doors.map(({ name }) => name).join(', ');
  const isSocket = doors.some(({ socketPath }) => socketPath !== undefined);
  return new AppError('control-unreachable', `no running autoscaler at ${names}`, {
    owner: 'user',
    hint: isSocket
      ? 'run this on its machine, as its user, with its FAS_SOCKET and FAS_DATA_DIR; or give --url'
      : 'check the address: it is the one of /metrics',
  });
}

function parsed({ status, body }: HttpResponse, { name }: Door): unknown {
  const value = jsonOf(body);
  if (status === 200 && value !== null) return value;
  const { error, hint } = (value ?? {}) as { error?: unknown; hint?: unknown };
  const isOurs = typeof error === 'string' && typeof hint === 'string';
  throw new AppError(
    'control-refused',
    isOurs ? error : `what answers at ${name} is no autoscaler, or an older one (${status})`,
    { owner: 'user', hint: isOurs ? hint : 'check the address', status },
  );
}

function jsonOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

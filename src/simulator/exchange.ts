import type { HttpRequest } from '../seams/http.js';
import type { Engine } from './engine.js';
import type { Surface } from './event-log.js';
import type { FaultKind } from './fault-kinds.js';
import type { MachineLife } from './machine-life.js';
import { ApiError } from './model.js';
import type { Actor, SimApp, SimMachine } from './model.js';
import type { TokenGrant } from './settings.js';
import type { World } from './world.js';

/** What a request asks for, found from its method and path alone. */
export interface Route {
  readonly surface: Surface;
  readonly action: string;
  readonly app: string | null;
  readonly machine: string | null;
  readonly org: string | null;
  /** Further parts of the path: a volume's id, a metadata key. */
  readonly item: string | null;
  readonly run: Handler;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

export interface Answer {
  readonly status: number;
  /** JSON unless a header says otherwise. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** True: a fault has made it odd, and it can be read all the same. */
  readonly isClear?: boolean;
}

/** One request being served. */
export interface Call {
  readonly engine: Engine;
  readonly world: World;
  readonly life: MachineLife;
  readonly route: Route;
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  readonly actor: Actor;
  readonly grant: TokenGrant;
  readonly fault: FaultKind | null;
  /** The region that a silently partial list of machines lacks; null: machines here and there. */
  readonly lostRegion: string | null;
  /** A number in [0, 1) from the stream of faults. */
  readonly lot: () => number;
}

/** Whether a silently partial list of machines shows one of that region. */
export function isShown({ fault, lostRegion, lot }: Call, region: string): boolean {
  if (fault !== 'silent-partial-list') return true;
  return lostRegion === null ? lot() >= 0.3 : region !== lostRegion;
}

export function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value) };
}

export function refusal(error: ApiError): Answer {
  if (error.isLeaseEnvelope) {
    return json({ status: 'error', message: error.message }, error.status);
  }
  const status = error.code === undefined ? {} : { status: error.code };
  return json({ error: error.message, ...status }, error.status);
}

/** The body as an object; empty and absent bodies are `{}`. */
export function bodyOf(call: Call): Record<string, unknown> {
  const text = call.request.body ?? '';
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, 'invalid character in request body');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const type = Array.isArray(value) ? 'array' : typeof value;
    throw new ApiError(
      400,
      `json: cannot unmarshal ${type} into Go value of type main.${call.route.action}Request`,
    );
  }
  return value as Record<string, unknown>;
}

export function appOf(call: Call): SimApp {
  const { route, world, grant } = call;
  const app = world.apps.get(route.app ?? '');
  if (app === undefined) throw new ApiError(404, 'app not found');
  const isOrgGranted = grant.orgs === undefined || grant.orgs.includes(app.org.slug);
  const isAppGranted = grant.apps === undefined || grant.apps.includes(app.name);
  if (!isOrgGranted || !isAppGranted) throw new ApiError(403, 'unauthorized');
  return app;
}

/** Also a destroyed one for the seconds that it still shows. */
export function machineOf(call: Call): SimMachine {
  const machine = appOf(call).machines.get(call.route.machine ?? '');
  const { destroyedShownMs } = call.engine.config;
  const isShown =
    machine !== undefined &&
    (machine.destroyedAtMs === null ||
      machine.destroyedAtMs + destroyedShownMs > call.engine.nowMs);
  if (!isShown) throw new ApiError(404, 'machine not found');
  return machine;
}

/** The organization of an org-wide call; such calls need a token that is not bound to apps. */
export function orgOf(
  call: Call,
  slug: string | null,
): NonNullable<ReturnType<World['orgs']['get']>> {
  const org = call.world.orgs.get(slug ?? '');
  if (org === undefined) throw new ApiError(404, 'organization not found');
  const { orgs, apps } = call.grant;
  if (apps !== undefined || (orgs !== undefined && !orgs.includes(org.slug))) {
    throw new ApiError(403, 'unauthorized');
  }
  return org;
}

export function asFlag(text: string | null): boolean {
  return text !== null && text !== '' && text !== 'false' && text !== '0';
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A page size within its bounds; undefined when none was asked for. */
export function limitOf(text: string | null, max: number): number | undefined {
  if (text === null || text === '') return undefined;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > max) {
    throw new ApiError(400, `invalid limit, must be between 1 and ${max}`);
  }
  return limit;
}

export function encodeCursor(value: string | number): string {
  return Buffer.from(String(value)).toString('base64url');
}

export function decodeCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('utf8');
}

import type { z } from 'zod';
import type { Clock } from '../clock.js';
import { AppError } from '../core/errors.js';
import type { AppSummary, Machine, Volume } from '../core/machine.js';
import type { FlyReader, OrgListQuery, OrgMachinesPage } from '../ports.js';
import { appsPageSchema } from './answers/app.js';
import { machineSchema, machinesSchema, toMachine } from './answers/machine.js';
import { orgMachinesSchema, toListed } from './answers/org-machines.js';
import { toVolume, volumesSchema } from './answers/volume.js';
import { badAnswer } from './error-table.js';
import { listAppsByGraphql } from './graphql.js';
import { machinePath, machinesPath, orgMachinesPath, volumesPath } from './paths.js';
import { createReleaseReader } from './releases.js';
import { decode, type Answer, type MachinesCall, type Transport } from './transport.js';

/** The Machines API is not open to every token and every base URL; GraphQL then answers instead. */
const REFUSED = new Set([403, 404, 405, 501]);

export function createReader(transport: Transport, clock: Clock): FlyReader {
  return {
    async listApps(org, signal) {
      try {
        return await listAppsByRest(transport, org, signal);
      } catch (error) {
        if (!(error instanceof AppError) || !REFUSED.has(error.status ?? 0)) throw error;
        return listAppsByGraphql(transport, org, signal);
      }
    },
    listOrgMachines: (org, query, signal) => readOrgPage(transport, org, query, signal),
    async listMachines(app, signal) {
      const call: MachinesCall = {
        what: `list machines of ${app}`,
        isRead: true,
        method: 'GET',
        path: `${machinesPath(app)}?include_leases=true`,
        action: 'list-machines',
        limitKey: app,
      };
      // A machine that changes between two pages may be on both: the later reading counts.
      const machines = new Map<string, Machine>();
      for (const answer of await readPages(transport, call, machinesSchema, signal)) {
        machines.set(answer.id, toMachine(answer));
      }
      return [...machines.values()];
    },
    async getMachine(app, id, signal) {
      const call: MachinesCall = {
        what: `read machine ${id} of ${app}`,
        isRead: true,
        method: 'GET',
        path: `${machinePath(app, id)}?include_leases=true`,
        action: 'get-machine',
        limitKey: id,
      };
      try {
        const answer = await transport.machines(call, signal);
        return toMachine(decode(machineSchema, call, answer));
      } catch (error) {
        if (error instanceof AppError && error.code === 'fly-not-found') return null;
        throw error;
      }
    },
    currentRelease: createReleaseReader(transport, clock),
    async listVolumes(app, signal) {
      const call: MachinesCall = {
        what: `list volumes of ${app}`,
        isRead: true,
        method: 'GET',
        path: volumesPath(app),
        action: 'list-volumes',
        limitKey: app,
      };
      const volumes = new Map<string, Volume>();
      for (const answer of await readPages(transport, call, volumesSchema, signal)) {
        volumes.set(answer.id, toVolume(answer));
      }
      return [...volumes.values()];
    },
  };
}

/** The page size is left to Fly: without a limit it is the largest. */
async function readOrgPage(
  transport: Transport,
  org: string,
  { updatedAfterMs, cursor, includeDeleted }: OrgListQuery,
  signal: AbortSignal,
): Promise<OrgMachinesPage> {
  const parameters = new URLSearchParams();
  if (includeDeleted) parameters.set('include_deleted', 'true');
  if (updatedAfterMs !== null) {
    parameters.set('updated_after', new Date(updatedAfterMs).toISOString());
  }
  if (cursor !== null) parameters.set('cursor', cursor);
  // Without configurations: what they would tell is read from the app's own list.
  parameters.set('summary', 'true');
  const call: MachinesCall = {
    what: `list machines of the organization ${org}`,
    isRead: true,
    method: 'GET',
    path: `${orgMachinesPath(org)}?${parameters.toString()}`,
    action: 'list-org-machines',
    limitKey: org,
  };
  const page = decode(orgMachinesSchema, call, await transport.machines(call, signal));
  return {
    machines: (page.machines ?? []).map(toListed),
    nextCursor: page.next_cursor || null,
    lastUpdatedAtMs: page.last_updated_at ?? null,
    errorRegions: page.error_regions ?? [],
  };
}

async function listAppsByRest(
  transport: Transport,
  org: string,
  signal: AbortSignal,
): Promise<readonly AppSummary[]> {
  const call: MachinesCall = {
    what: `list apps of ${org}`,
    isRead: true,
    method: 'GET',
    path: `/apps?org_slug=${encodeURIComponent(org)}`,
    action: 'list-apps',
    limitKey: org,
  };
  const apps = new Map<string, AppSummary>();
  await followPages(transport, call, 5000, signal, (answer) => {
    const page = decode(appsPageSchema, call, answer);
    for (const app of page.apps) apps.set(app.name, app);
    return page.next_cursor ?? '';
  });
  return [...apps.values()];
}

/** A list whose pages are told by the header `fly-next-cursor`, read to its last page. */
async function readPages<T>(
  transport: Transport,
  call: MachinesCall,
  schema: z.ZodType<T[]>,
  signal: AbortSignal,
): Promise<T[]> {
  const all: T[] = [];
  await followPages(transport, call, 1000, signal, (answer) => {
    for (const item of decode(schema, call, answer)) all.push(item);
    return answer.response.headers['fly-next-cursor'] ?? '';
  });
  return all;
}

/**
 * Asks without a limit first, which gives everything at one moment; a server that cuts the list nevertheless
 * gives a cursor. A short or even an empty page is not the last one: only a missing cursor is.
 * `take` returns the next cursor, or "".
 */
async function followPages(
  transport: Transport,
  call: MachinesCall,
  pageSize: number,
  signal: AbortSignal,
  take: (answer: Answer) => string,
): Promise<void> {
  const seen = new Set<string>();
  let path = call.path;
  for (;;) {
    const answer = await transport.machines({ ...call, path }, signal);
    const cursor = take(answer);
    if (cursor === '') return;
    if (seen.has(cursor)) {
      throw badAnswer(call, answer.response, 'the pages of the list do not end');
    }
    seen.add(cursor);
    const join = call.path.includes('?') ? '&' : '?';
    path = `${call.path}${join}limit=${pageSize}&cursor=${encodeURIComponent(cursor)}`;
  }
}

import { z } from 'zod';
import type { Clock } from '../seams/clock.js';
import { AppError } from '../core/model/errors.js';
import { unnamedId, type AppSummary, type Machine, type Volume } from '../core/model/machine.js';
import { breather, inSlices } from '../seams/slices.js';
import { appRecordSchema, appsPageSchema, readApp } from './answers/app.js';
import { readMachine } from './answers/machine.js';
import { orgMachinesSchema, readListed } from './answers/org-machines.js';
import { readVolume } from './answers/volume.js';
import { badAnswer, flyError, isWordOfMachine } from './error-table.js';
import { listAppsByGraphql } from './graphql.js';
import { appPath, machinePath, machinesPath, orgMachinesPath, volumesPath } from './paths.js';
import { createReleaseReader } from './releases.js';
import { decode, unlike, type Answer, type MachinesCall, type Transport } from './transport.js';
import type { FlyReader, OrgListQuery, OrgMachinesPage } from '../seams/fly.js';

/** The Machines API is not open to every token and every base URL; GraphQL then answers instead. */
const REFUSED = new Set([403, 404, 405, 501]);

/** Read without a breath between them: some milliseconds. */
const MACHINES_AT_ONCE = 50;

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
      const { items, lastAnswer } = await readPages(transport, call, signal);
      // A machine that changes between two pages may be on both: the later reading counts.
      const machines = new Map<string, Machine>();
      let place = 0;
      const read = (item: unknown): void => {
        place += 1;
        const machine = readMachine(item, unnamedId(place));
        machines.set(machine.id, machine);
      };
      await inSlices(items, breather(clock, signal), read, MACHINES_AT_ONCE);
      if (lastAnswer.json === null) {
        await confirmCount(
          transport,
          app,
          machines.size,
          signal,
          unlike(call, lastAnswer, '', 'null'),
        );
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
        const machine = readMachine(decode(z.object({}).loose(), call, answer), id);
        return machine.id === id ? machine : ofAnother(machine);
      } catch (error) {
        if (isWordOfMachine(error)) return null;
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
      const { items } = await readPages(transport, call, signal).catch((error: unknown) => {
        throw besideMachines(call, error);
      });
      const volumes = new Map<string, Volume>();
      for (const item of items) {
        const volume = readVolume(item);
        if (volume !== null) volumes.set(volume.id, volume);
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
  const answer = await transport.machines(call, signal);
  const page = decode(orgMachinesSchema, call, answer);
  const isAll = updatedAfterMs === null && cursor === null && !page.next_cursor;
  // That an organization has no machine at all is said by an empty list, not by none.
  if (isAll && page.machines == null) throw unlike(call, answer, 'machines', 'no list');
  return {
    machines: (page.machines ?? []).map(readListed).filter((listed) => listed !== null),
    nextCursor: page.next_cursor || null,
    lastUpdatedAtMs: page.last_updated_at ?? null,
    errorRegions: (page.error_regions ?? []).filter((region) => region !== null),
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
  const apps: AppSummary[] = [];
  await followPages(transport, call, 5000, signal, (answer) => {
    const page = decode(appsPageSchema, call, answer);
    for (const entry of page.apps ?? []) apps.push(readApp(entry));
    return page.next_cursor ?? '';
  });
  return apps;
}

/**
 * Rejects with `otherwise` unless the app's own record has so many machines. Go writes an empty list as null, and so
 * may a server that has lost its list: that all machines are gone is not believed on that alone.
 */
async function confirmCount(
  transport: Transport,
  app: string,
  count: number,
  signal: AbortSignal,
  otherwise: AppError,
): Promise<void> {
  const call: MachinesCall = {
    what: `read app ${app}`,
    isRead: true,
    method: 'GET',
    path: appPath(app),
    action: 'get-app',
    limitKey: app,
  };
  const answer = await transport.machines(call, signal);
  if (appRecordSchema.safeParse(answer.json).data?.machine_count !== count) throw otherwise;
}

/** Volumes are asked for where machines are listed: a 404 for them alone does not say that there is no such app. */
function besideMachines({ what }: MachinesCall, error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'fly-not-found') return error;
  const { status, requestId, message } = error;
  return flyError('fly-volume-unavailable', `${what}: they cannot be listed (${message})`, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** What was asked for and what came are two machines: nothing is done to either. */
function ofAnother(machine: Machine): Machine {
  return { ...machine, hostStatus: 'unknown', config: null, unread: 'id' };
}

interface Pages {
  readonly items: readonly unknown[];
  readonly lastAnswer: Answer;
}

/** A list whose pages are told by the header `fly-next-cursor`, read to its last page. A page may be null. */
async function readPages(
  transport: Transport,
  call: MachinesCall,
  signal: AbortSignal,
): Promise<Pages> {
  const items: unknown[] = [];
  const lastAnswer = await followPages(transport, call, 1000, signal, (answer) => {
    for (const item of decode(z.array(z.unknown()).nullable(), call, answer) ?? [])
      items.push(item);
    return answer.response.headers['fly-next-cursor'] ?? '';
  });
  return { items, lastAnswer };
}

/**
 * Asks without a limit first, which gives everything at one moment; a server that cuts the list nevertheless
 * gives a cursor. A short or even an empty page is not the last one: only a missing cursor is.
 * `take` returns the next cursor, or "". Resolves with the last page.
 */
async function followPages(
  transport: Transport,
  call: MachinesCall,
  pageSize: number,
  signal: AbortSignal,
  take: (answer: Answer) => string,
): Promise<Answer> {
  const seen = new Set<string>();
  let path = call.path;
  for (;;) {
    const answer = await transport.machines({ ...call, path }, signal);
    const cursor = take(answer);
    if (cursor === '') return answer;
    if (seen.has(cursor)) {
      throw badAnswer(call, answer.response, 'the pages of the list do not end');
    }
    seen.add(cursor);
    const join = call.path.includes('?') ? '&' : '?';
    path = `${call.path}${join}limit=${pageSize}&cursor=${encodeURIComponent(cursor)}`;
  }
}

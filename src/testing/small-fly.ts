/** A Fly small enough to steer from a test: machines in a map, effects at once, every call noted and open to interference. */
import type { Clock } from '../seams/clock.js';
import { AppError, type ErrorCode } from '../core/model/errors.js';
import type { Machine, Release } from '../core/model/machine.js';
import { aMachine, aRelease } from './builders.js';
import type { FlyActor, FlyReader } from '../seams/fly.js';

export interface SmallFlyCall {
  readonly name: keyof FlyReader | keyof FlyActor;
  readonly app: string;
  /** The machine, or the name of the one to create. */
  readonly id: string;
  readonly atMs: number;
  readonly nonce: string | null;
  readonly detail?: unknown;
}

/** May throw, wait, or change the world before the call takes effect (or after it). */
export type Interference = (call: SmallFlyCall, signal: AbortSignal) => void | Promise<void>;

export interface SmallFly extends FlyReader, FlyActor {
  readonly calls: SmallFlyCall[];
  /** Names of calls that change something (leases aside), each with its machine: "stopMachine m2". */
  readonly changes: readonly string[];
  readonly machinesOf: (app: string) => readonly Machine[];
  put(app: string, ...machines: readonly Machine[]): void;
  patch(app: string, id: string, patch: Partial<Machine>): void;
  remove(app: string, id: string): void;
  setRelease(app: string, release: Release | null): void;
  /** Somebody else takes the lease of a machine. */
  leaseByOthers(app: string, id: string, forMs: number, description?: string): void;
  before: Interference;
  after: Interference;
  /** What the app's own list shows of its machines, and what the organization's does; default all. */
  isListed: (machine: Machine) => boolean;
  isListedByOrg: (machine: Machine) => boolean;
}

export function flyError(code: ErrorCode, isAmbiguous = false): AppError {
  return new AppError(code, `${code} (from the test)`, { owner: 'remote', isAmbiguous });
}

interface World {
  readonly machines: Map<string, Machine>;
  release: Release | null;
}

interface SmallLease {
  readonly nonce: string;
  readonly untilMs: number;
  readonly description: string;
}

const READS = new Set([
  'listApps',
  'listOrgMachines',
  'listMachines',
  'getMachine',
  'currentRelease',
  'listVolumes',
]);
const LEASES = new Set(['acquireLease', 'refreshLease', 'releaseLease']);

export function createSmallFly(clock: Clock): SmallFly {
  const apps = new Map<string, World>();
  const leases = new Map<string, SmallLease>();
  const calls: SmallFlyCall[] = [];
  let serial = 0;

  const world = (app: string): World => {
    const found = apps.get(app);
    if (found === undefined) throw flyError('fly-not-found');
    return found;
  };
  const leaseOf = (id: string): SmallLease | undefined => {
    const lease = leases.get(id);
    return lease !== undefined && lease.untilMs > clock.elapsedMs() ? lease : undefined;
  };
  const seen = (machine: Machine): Machine => {
    const lease = leaseOf(machine.id);
    if (lease === undefined) return machine;
    const expiresAtMs = clock.now() + lease.untilMs - clock.elapsedMs();
    return {
      ...machine,
      lease: { owner: lease.nonce, description: lease.description, expiresAtMs },
    };
  };
  const machine = (app: string, id: string): Machine => {
    const found = world(app).machines.get(id);
    if (found === undefined) throw flyError('fly-not-found');
    return found;
  };
  const patch = (app: string, id: string, change: Partial<Machine>): void => {
    world(app).machines.set(id, { ...machine(app, id), ...change });
  };
  const checkLease = (id: string, nonce: string | null): void => {
    const lease = leaseOf(id);
    if (lease !== undefined && lease.nonce !== nonce) throw flyError('fly-lease-held');
  };
  const grantLease = (id: string, ttlMs: number, description = ''): string => {
    serial += 1;
    const nonce = `nonce-${serial}-of-${id}`;
    leases.set(id, { nonce, untilMs: clock.elapsedMs() + ttlMs, description });
    return nonce;
  };

  async function call<T>(
    of: Omit<SmallFlyCall, 'atMs' | 'nonce'> & { nonce?: string | null },
    signal: AbortSignal,
    effect: () => T,
  ): Promise<T> {
    signal.throwIfAborted();
    const noted = { nonce: null, ...of, atMs: clock.elapsedMs() };
    calls.push(noted);
    await fly.before(noted, signal);
    signal.throwIfAborted();
    if (of.nonce !== undefined) checkLease(of.id, of.nonce);
    const result = effect();
    await fly.after(noted, signal);
    return result;
  }
  const change =
    (name: SmallFlyCall['name'], of: (m: Machine) => Partial<Machine> | null) =>
    (app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void> =>
      call({ name, app, id, nonce }, signal, () => {
        const next = of(machine(app, id));
        if (next === null) world(app).machines.delete(id);
        else patch(app, id, next);
      });

  const fly: SmallFly = {
    calls,
    createTurn: async () => undefined,
    get changes() {
      return calls
        .filter(({ name }) => !READS.has(name) && !LEASES.has(name))
        .map(({ name, id }) => `${name} ${id}`);
    },
    before: () => undefined,
    after: () => undefined,
    isListed: () => true,
    isListedByOrg: () => true,
    machinesOf: (app) => [...world(app).machines.values()],
    put: (app, ...machines) => {
      const known = apps.get(app) ?? { machines: new Map<string, Machine>(), release: aRelease() };
      apps.set(app, known);
      for (const each of machines) known.machines.set(each.id, each);
    },
    patch,
    remove: (app, id) => void world(app).machines.delete(id),
    setRelease: (app, release) => {
      world(app).release = release;
    },
    leaseByOthers: (_app, id, forMs, description) => void grantLease(id, forMs, description),

    listApps: (_org, signal) =>
      call({ name: 'listApps', app: '', id: '' }, signal, () =>
        [...apps.keys()].map((name) => ({ name, status: 'deployed' })),
      ),
    listOrgMachines: (org, query, signal) =>
      call({ name: 'listOrgMachines', app: '', id: org, detail: query }, signal, () => ({
        machines: [...apps].flatMap(([app, { machines }]) =>
          [...machines.values()]
            .filter(({ updatedAtMs }) => updatedAtMs > (query.updatedAfterMs ?? -1))
            .filter((machine) => fly.isListedByOrg(machine))
            .map(({ id, state, region, version, updatedAtMs }) => ({
              id,
              app,
              state,
              region,
              version,
              updatedAtMs,
            })),
        ),
        nextCursor: null,
        lastUpdatedAtMs: null,
        errorRegions: [],
      })),
    listMachines: (app, signal) =>
      call({ name: 'listMachines', app, id: '' }, signal, () =>
        [...world(app).machines.values()].filter((each) => fly.isListed(each)).map(seen),
      ),
    getMachine: (app, id, signal) =>
      call({ name: 'getMachine', app, id }, signal, () => {
        const found = world(app).machines.get(id);
        return found === undefined ? null : seen(found);
      }),
    currentRelease: (app, signal) =>
      call({ name: 'currentRelease', app, id: '' }, signal, () => world(app).release),
    listVolumes: (app, signal) => call({ name: 'listVolumes', app, id: '' }, signal, () => []),

    createMachine: (app, request, signal) =>
      call({ name: 'createMachine', app, id: request.name, detail: request }, signal, () => {
        const { machines } = world(app);
        if ([...machines.values()].some((m) => m.name === request.name)) {
          throw flyError('fly-name-taken');
        }
        serial += 1;
        const created = aMachine({
          id: `new${String(serial).padStart(4, '0')}`,
          name: request.name,
          region: request.region,
          state: request.skipLaunch ? 'stopped' : 'started',
          createdAtMs: clock.now(),
          config: request.config,
          metadata: { ...request.config.metadata },
        });
        machines.set(created.id, created);
        return { machine: created, nonce: grantLease(created.id, request.leaseTtlMs) };
      }),
    startMachine: change('startMachine', () => ({ state: 'started' })),
    stopMachine: change('stopMachine', () => ({ state: 'stopped' })),
    suspendMachine: change('suspendMachine', () => ({ state: 'suspended' })),
    destroyMachine: change('destroyMachine', (m) => {
      if (m.state === 'started') throw flyError('fly-precondition');
      return null;
    }),
    destroyByForce: change('destroyByForce', () => null),
    cordonMachine: change('cordonMachine', () => ({ isCordoned: true })),
    uncordonMachine: change('uncordonMachine', () => ({ isCordoned: false })),
    patchMetadata: (app, id, values, nonce, signal) =>
      call({ name: 'patchMetadata', app, id, nonce, detail: values }, signal, () => {
        const metadata: Record<string, string> = { ...machine(app, id).metadata };
        for (const [key, value] of Object.entries(values)) {
          if (value === null) delete metadata[key];
          else metadata[key] = value;
        }
        patch(app, id, { metadata });
      }),
    createVolume: (app, request, signal) =>
      call({ name: 'createVolume', app, id: request.name }, signal, () => {
        serial += 1;
        const { name, region, sizeGb, isEncrypted } = request;
        const id = `vol_${serial}`;
        const state = 'created';
        return {
          id,
          name,
          region,
          state,
          sizeGb,
          isEncrypted,
          hostStatus: 'ok',
          attachedMachineId: null,
        } as const;
      }),
    acquireLease: (app, id, ttlMs, description, signal) =>
      call({ name: 'acquireLease', app, id, nonce: null, detail: description }, signal, () => {
        machine(app, id);
        return { nonce: grantLease(id, ttlMs, description), expiresAtMs: clock.now() + ttlMs };
      }),
    refreshLease: (app, id, nonce, ttlMs, signal) =>
      call({ name: 'refreshLease', app, id, nonce }, signal, () => {
        const description = leaseOf(id)?.description ?? '';
        leases.set(id, { nonce, untilMs: clock.elapsedMs() + ttlMs, description });
        return { nonce, expiresAtMs: clock.now() + ttlMs };
      }),
    releaseLease: (app, id, nonce, signal) =>
      call({ name: 'releaseLease', app, id, nonce }, signal, () => {
        leases.delete(id);
      }),
  };
  return fly;
}

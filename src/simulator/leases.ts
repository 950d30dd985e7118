import type { Engine } from './engine.js';
import type { LeaseStanding } from './event-log.js';
import { ApiError } from './model.js';
import type { Actor, SimLease, SimMachine } from './model.js';
import { rfc3339 } from './render.js';
import type { World } from './world.js';

const DEFAULT_TTL_MS = 300_000;

/** The lease that counts now; expired ones are none. */
export function currentLease(machine: SimMachine, nowMs: number): SimLease | null {
  return machine.lease !== null && machine.lease.expiresAtMs > nowMs ? machine.lease : null;
}

export function leaseStanding(
  machine: SimMachine,
  nonce: string | null,
  nowMs: number,
): LeaseStanding {
  const lease = currentLease(machine, nowMs);
  if (lease === null) return nonce === null ? 'none' : 'stale';
  return lease.nonce === nonce ? 'held' : 'foreign';
}

/** Refuses whoever does not hold the machine's lease while somebody does. */
export function requireLease(engine: Engine, machine: SimMachine, actor: Actor): void {
  const lease = currentLease(machine, engine.nowMs);
  if (lease !== null && lease.nonce !== actor.nonce) throw heldBy(machine, lease);
}

function heldBy(machine: SimMachine, lease: SimLease): ApiError {
  const text = `machine ID ${machine.id} lease currently held by ${lease.owner}, expires at ${rfc3339(lease.expiresAtMs)}`;
  return new ApiError(409, text);
}

function asEnvelope(error: ApiError): ApiError {
  return new ApiError(error.status, error.message, error.code, true);
}

/** Takes the machine's lease, or prolongs it for who presents its nonce. */
export function acquireLease(
  world: World,
  machine: SimMachine,
  request: { readonly ttlMs?: number; readonly description?: string; readonly owner: string },
  actor: Actor,
): SimLease {
  const { engine } = world;
  const held = currentLease(machine, engine.nowMs);
  const isRefresh = actor.nonce !== null;
  if (held !== null && held.nonce !== actor.nonce) throw asEnvelope(heldBy(machine, held));
  if (held === null && isRefresh) throw new ApiError(404, 'lease not found', undefined, true);
  const lease: SimLease = {
    nonce: held?.nonce ?? engine.hex(12),
    owner: request.owner,
    description: request.description ?? held?.description ?? '',
    expiresAtMs: engine.nowMs + (request.ttlMs ?? DEFAULT_TTL_MS),
  };
  machine.lease = lease;
  world.record(isRefresh ? 'lease-refresh' : 'lease', machine.app.name, machine.id, actor, {
    description: lease.description,
    expiresAtMs: lease.expiresAtMs,
  });
  return lease;
}

export function releaseLease(world: World, machine: SimMachine, actor: Actor): void {
  const held = currentLease(machine, world.engine.nowMs);
  if (held === null) throw new ApiError(404, 'lease not found', undefined, true);
  if (held.nonce !== actor.nonce) throw asEnvelope(heldBy(machine, held));
  machine.lease = null;
  world.record('lease-release', machine.app.name, machine.id, actor);
}

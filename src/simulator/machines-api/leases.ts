import type { Answer, Call } from '../exchange.js';
import { bodyOf, json, machineOf, textOf } from '../exchange.js';
import { acquireLease, currentLease, releaseLease } from '../leases.js';
import { ApiError } from '../model.js';
import type { SimLease, SimMachine } from '../model.js';

/** The nonce goes to who holds the lease only. */
function envelope(machine: SimMachine, lease: SimLease, hasNonce: boolean): unknown {
  return {
    status: 'success',
    data: {
      ...(hasNonce ? { nonce: lease.nonce } : {}),
      expires_at: Math.ceil(lease.expiresAtMs / 1000),
      owner: lease.owner,
      description: lease.description,
      version: machine.version,
    },
  };
}

/** Takes or, with the nonce in the header, prolongs. The time to live comes as `?ttl=` or in the body, in seconds. */
export function postLease(call: Call): Answer {
  const machine = machineOf(call);
  const body = bodyOf(call);
  const ttl = Number(call.query.get('ttl') ?? body['ttl'] ?? 0);
  const description = textOf(call.query.get('description')) ?? textOf(body['description']);
  const lease = acquireLease(
    call.world,
    machine,
    {
      owner: call.grant.name,
      ...(ttl > 0 ? { ttlMs: ttl * 1000 } : {}),
      ...(description === undefined ? {} : { description }),
    },
    call.actor,
  );
  return json(envelope(machine, lease, true), 201);
}

export function getLease(call: Call): Answer {
  const machine = machineOf(call);
  const lease = currentLease(machine, call.engine.nowMs);
  if (lease === null) throw new ApiError(404, 'lease not found', undefined, true);
  return json(envelope(machine, lease, lease.nonce === call.actor.nonce));
}

export function deleteLease(call: Call): Answer {
  releaseLease(call.world, machineOf(call), call.actor);
  return json({ status: 'success' });
}

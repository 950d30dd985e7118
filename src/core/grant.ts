/** What only the fleet can judge: sees all waiting proposals at once. */
import type { Proposal } from './decision.js';
import { changeOf } from './draft.js';
import { reason, type Reason } from './reason.js';

/** How many machines a proposal would touch, by kind. */
export interface GrantRequest {
  readonly app: string;
  readonly creates: number;
  readonly removals: number;
  readonly starts: number;
  readonly stops: number;
}

export interface Grant {
  readonly creates: number;
  readonly removals: number;
  readonly starts: number;
  readonly stops: number;
  readonly reasons: readonly Reason[];
}

export interface FleetState {
  /** Ceiling over all apps; null: none. */
  readonly maxMachines: number | null;
  /** Machines of all apps that exist, and those granted and not yet seen. */
  readonly knownMachines: number;
  /** Why nothing may be created anywhere for now; null: it may. */
  readonly createsHeld: Reason | null;
}

export function grantRequest(app: string, proposal: Proposal): GrantRequest {
  const created = changeOf(proposal.created);
  const started = changeOf(proposal.started);
  return {
    app,
    creates: Math.max(0, created),
    removals: Math.max(0, -created),
    starts: Math.max(0, started),
    stops: Math.max(0, -started),
  };
}

/** One machine to each app in turn, so that one app's wish does not starve the others. */
function shareOut(requests: readonly GrantRequest[], room: number): Map<string, number> {
  const shares = new Map(requests.map((request) => [request.app, 0]));
  let left = room;
  let open = requests.filter((request) => request.creates > 0);
  while (left > 0 && open.length > 0) {
    for (const request of open.slice(0, left)) {
      shares.set(request.app, (shares.get(request.app) ?? 0) + 1);
    }
    left -= Math.min(left, open.length);
    open = open.filter((request) => (shares.get(request.app) ?? 0) < request.creates);
  }
  return shares;
}

export function grant(
  requests: readonly GrantRequest[],
  fleet: FleetState,
): ReadonlyMap<string, Grant> {
  const { maxMachines, knownMachines, createsHeld } = fleet;
  const unlimited = maxMachines === null;
  const room = unlimited ? Number.POSITIVE_INFINITY : Math.max(0, maxMachines - knownMachines);
  const wanted = requests.reduce((sum, request) => sum + request.creates, 0);
  const shares = wanted > room ? shareOut(requests, room) : null;
  return new Map(
    requests.map((request): [string, Grant] => {
      const share = shares?.get(request.app) ?? request.creates;
      const creates = createsHeld === null ? share : 0;
      const reasons: Reason[] = [];
      if (request.creates > 0 && createsHeld !== null) reasons.push(createsHeld);
      else if (creates < request.creates) {
        const detail = `${request.creates} creates wanted, ${creates} granted: the fleet has ${knownMachines} of at most ${maxMachines} machines`;
        reasons.push(reason('fleet-capped', detail));
      }
      const { removals, starts, stops } = request;
      return [request.app, { creates, removals, starts, stops, reasons }];
    }),
  );
}

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
  /** Why nothing may be taken of this app, also by what was begun; null: it may. */
  readonly removalsHeld: Reason | null;
}

export interface Grant {
  readonly creates: number;
  readonly removals: number;
  readonly starts: number;
  readonly stops: number;
  /** Removals under way wait too. */
  readonly areRemovalsHeld?: true;
  readonly reasons: readonly Reason[];
}

/** How many machines may be made or taken within a minute over all apps, and how many were. */
export interface FleetBudget {
  /** Null: no limit. */
  readonly most: number | null;
  /** Granted within the last minute, less what was given back. */
  readonly used: number;
}

export interface FleetState {
  /** Ceiling over all apps; null: none. */
  readonly maxMachines: number | null;
  /** Machines of all apps that exist, and those granted and not yet seen. */
  readonly knownMachines: number;
  /** Why nothing may be created anywhere for now; null: it may. */
  readonly createsHeld: Reason | null;
  readonly creates: FleetBudget;
  /** Destroys and stops alike: either takes away what serves. */
  readonly removals: FleetBudget;
}

export function grantRequest(
  app: string,
  proposal: Proposal,
  removalsHeld: Reason | null = null,
): GrantRequest {
  const created = changeOf(proposal.created);
  const started = changeOf(proposal.started);
  return {
    app,
    creates: Math.max(0, created),
    removals: Math.max(0, -created),
    starts: Math.max(0, started),
    stops: Math.max(0, -started),
    removalsHeld,
  };
}

/** One to each in turn, so that one app's wish does not starve the others. */
function shareOut(wishes: readonly number[], room: number): readonly number[] {
  const wanted = wishes.reduce((sum, wish) => sum + wish, 0);
  if (wanted <= room) return wishes;
  const shares = wishes.map(() => 0);
  let left = Math.max(0, room);
  let open = [...wishes.keys()].filter((index) => (wishes[index] ?? 0) > 0);
  while (left > 0 && open.length > 0) {
    for (const index of open.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1;
    left -= Math.min(left, open.length);
    open = open.filter((index) => (shares[index] ?? 0) < (wishes[index] ?? 0));
  }
  return shares;
}

function roomOf({ most, used }: FleetBudget): number {
  return most === null ? Number.POSITIVE_INFINITY : Math.max(0, most - used);
}

export function grant(
  requests: readonly GrantRequest[],
  fleet: FleetState,
): ReadonlyMap<string, Grant> {
  const { maxMachines, knownMachines, createsHeld } = fleet;
  const below = roomOf({ most: maxMachines, used: knownMachines });
  const capped = shareOut(
    requests.map(({ creates }) => (createsHeld === null ? creates : 0)),
    below,
  );
  const creates = shareOut(capped, roomOf(fleet.creates));
  const taken = shareOut(
    requests.map(({ removals, stops, removalsHeld }) =>
      removalsHeld === null ? removals + stops : 0,
    ),
    roomOf(fleet.removals),
  );
  return new Map(
    requests.map((request, index): [string, Grant] => {
      const granted = { capped: capped[index] ?? 0, creates: creates[index] ?? 0 };
      const removals = Math.min(request.removals, taken[index] ?? 0);
      const stops = (taken[index] ?? 0) - removals;
      const reasons = [
        ...createReasons(request, granted, fleet),
        ...removalReasons(request, removals + stops, fleet),
      ];
      const held = request.removalsHeld === null ? {} : ({ areRemovalsHeld: true } as const);
      return [
        request.app,
        { creates: granted.creates, removals, starts: request.starts, stops, ...held, reasons },
      ];
    }),
  );
}

function createReasons(
  request: GrantRequest,
  granted: { readonly capped: number; readonly creates: number },
  { createsHeld, knownMachines, maxMachines, creates }: FleetState,
): Reason[] {
  if (request.creates === 0) return [];
  if (createsHeld !== null) return [createsHeld];
  const reasons: Reason[] = [];
  if (granted.capped < request.creates) {
    const detail = `${request.creates} creates wanted, ${granted.capped} granted: the fleet has ${knownMachines} of at most ${maxMachines} machines`;
    reasons.push(reason('fleet-capped', detail));
  }
  if (granted.creates < granted.capped) {
    const detail = `${granted.capped} creates wanted, ${granted.creates} granted: ${creates.used} of at most ${creates.most} a minute in the fleet are used`;
    reasons.push(reason('budget-spent', detail));
  }
  return reasons;
}

function removalReasons(
  request: GrantRequest,
  granted: number,
  { removals }: FleetState,
): readonly Reason[] {
  if (request.removalsHeld !== null) return [request.removalsHeld];
  const wanted = request.removals + request.stops;
  if (granted >= wanted) return [];
  const detail = `${wanted} removals wanted, ${granted} granted: ${removals.used} of at most ${removals.most} a minute in the fleet are used`;
  return [reason('budget-spent', detail)];
}

/** What only the fleet can judge: sees all waiting proposals at once. */
import { changeOf, type DecisionInput, type Proposal } from '../model/decision.js';
import { isBeginning } from '../plan/machine-action.js';
import { screenPlan } from '../plan/plan.js';
import { reason, type Reason } from '../model/reason.js';

/** How many machines a proposal would touch, by kind. */
export interface GrantRequest {
  readonly app: string;
  readonly policy: string;
  readonly creates: number;
  readonly removals: number;
  readonly starts: number;
  readonly stops: number;
  /** So many of the removals could begin now. The others wait for something else than the fleet: they take nobody's share. */
  readonly possibleRemovals: number;
  /** What they wait for. */
  readonly obstacles: readonly Reason[];
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

/** What the proposal asks of the fleet; whether anything may be taken of the app is for the caller to say. */
export function grantRequest(input: DecisionInput, proposal: Proposal): GrantRequest {
  const created = changeOf(proposal.created);
  const started = changeOf(proposal.started);
  const removals = Math.max(0, -created);
  const { possible, reasons } = removals === 0 ? NO_REMOVALS : possibleRemovals(input, proposal);
  return {
    app: input.app,
    policy: input.policy.name,
    creates: Math.max(0, created),
    removals,
    possibleRemovals: possible,
    obstacles: possible < removals ? reasons : [],
    starts: Math.max(0, started),
    stops: Math.max(0, -started),
    removalsHeld: null,
  };
}

interface PossibleRemovals {
  readonly possible: number;
  /** Why there are not more. */
  readonly reasons: readonly Reason[];
}

const NO_REMOVALS: PossibleRemovals = { possible: 0, reasons: [] };

function possibleRemovals(input: DecisionInput, proposal: Proposal): PossibleRemovals {
  const { removals, reasons } = screenPlan(input, proposal);
  const begun = removals.filter((each) => each.kind === 'destroy' && isBeginning(each));
  return { possible: begun.length, reasons };
}

/** How many machines it would take away, as far as it can and may. */
export function takenBy(request: GrantRequest): number {
  return request.removalsHeld === null ? request.possibleRemovals + request.stops : 0;
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

/** How many machines the fleet has room to make and to take away now; infinite where nothing limits that. */
export interface Rooms {
  readonly creates: number;
  readonly taken: number;
}

export function roomsOf(fleet: FleetState): Rooms {
  const creates = Math.min(belowCeiling(fleet), roomOf(fleet.creates));
  return {
    creates: fleet.createsHeld === null ? creates : 0,
    taken: roomOf(fleet.removals),
  };
}

function belowCeiling({ maxMachines, knownMachines }: FleetState): number {
  return roomOf({ most: maxMachines, used: knownMachines });
}

/** One for each request. Where there is too little for all, those who come first get more. */
export function grant(requests: readonly GrantRequest[], fleet: FleetState): readonly Grant[] {
  const capped = shareOut(
    requests.map(({ creates }) => (fleet.createsHeld === null ? creates : 0)),
    belowCeiling(fleet),
  );
  const creates = shareOut(capped, roomOf(fleet.creates));
  const taken = shareOut(requests.map(takenBy), roomOf(fleet.removals));
  return requests.map((request, index) => {
    const granted = { capped: capped[index] ?? 0, creates: creates[index] ?? 0 };
    const removed = shareOfRemovals(request, taken[index] ?? 0, fleet);
    const reasons = [
      ...createReasons(request, granted, fleet),
      ...removalReasons(request, taken[index] ?? 0, fleet),
    ];
    const held = request.removalsHeld === null ? {} : ({ areRemovalsHeld: true } as const);
    return { creates: granted.creates, ...removed, starts: request.starts, ...held, reasons };
  });
}

/** Where nothing limits removals, the look that counts says how many there can be. */
function shareOfRemovals(
  request: GrantRequest,
  taken: number,
  { removals: { most } }: FleetState,
): Pick<Grant, 'removals' | 'stops'> {
  const { removals, stops, possibleRemovals: possible, removalsHeld } = request;
  if (most === null && removalsHeld === null) return { removals, stops };
  const granted = Math.min(possible, taken);
  return { removals: granted, stops: taken - granted };
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
    const have = `the fleet has ${knownMachines} of at most ${maxMachines} machines`;
    const rest = restOf({ most: maxMachines, used: knownMachines }, granted.capped);
    const detail = `${request.creates} creates wanted, ${granted.capped} granted: ${have}${rest}`;
    reasons.push(reason('fleet-capped', detail));
  }
  if (granted.creates < granted.capped) {
    const detail = `${granted.capped} creates wanted, ${granted.creates} granted: ${spent(creates, granted.creates)}`;
    reasons.push(reason('budget-spent', detail));
  }
  return reasons;
}

function removalReasons(
  request: GrantRequest,
  granted: number,
  { removals }: FleetState,
): readonly Reason[] {
  const { removalsHeld, stops } = request;
  if (removalsHeld !== null) return [removalsHeld];
  if (request.removals + stops === 0 || removals.most === null) return [];
  const wanted = takenBy(request);
  if (granted >= wanted) return request.obstacles;
  const detail = `${wanted} removals wanted, ${granted} granted: ${spent(removals, granted)}`;
  return [reason('budget-spent', detail), ...request.obstacles];
}

function spent(budget: FleetBudget, granted: number): string {
  const { most, used } = budget;
  return `${used} of at most ${most} a minute in the fleet are used${restOf(budget, granted)}`;
}

/** Where there is room that was not granted, others have it or are waited for. */
function restOf(budget: FleetBudget, granted: number): string {
  return granted < roomOf(budget) ? ', others want the rest' : '';
}

/**
 * How long an app may take to settle once all trouble is over. Three intervals: one to see it, one to act, one for what ends
 * a removal. To that come the holds that the rules prescribe, and the time that the work itself takes.
 */
import type { AppPlan, FleetPlan } from './fleet-plan.js';
import { DRAIN_TIMEOUT_MS } from './metrics.js';
import type { OpenWindow, Rate } from './rules.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** Of a process that died, at the latest since then. */
const LEASE_TTL_MS = 30 * SECOND_MS;
/** A new process reads the list of apps first; an app that is new to it comes with the next list. */
const APP_LIST_MS = 60 * SECOND_MS;
/** Creates go one after another: Fly's rate is one a second, beside it come the reads around each. */
const CREATE_MS = 1500;
/** A new machine gets its image and starts; a stopping one ends within its draw or its own timeout. */
const BOOT_MS = 10 * SECOND_MS;
const STOP_MS = 10 * SECOND_MS;
/** A volume is free again when its machine is gone for good. */
const DESTROY_MS = 40 * SECOND_MS;
const SCRAPE_MS = 15 * SECOND_MS;
/** Reads, marks, cordons and stops of one pass: eight machines at once, four calls each. */
const PASS_WORK_MS = 5 * SECOND_MS;
const CREATES_PER_PASS = 10;

export const REGION_BACKOFF_MS = 5 * MINUTE_MS;
export const QUOTA_HOLD_MS = 5 * MINUTE_MS;
const CREATE_BACKOFF_MS = { first: MINUTE_MS, longest: 30 * MINUTE_MS };

/** The wait after so many failures in a row: a minute, and twice as long each time, at most thirty. */
export function createBackoffMs(failures: number): number {
  if (failures === 0) return 0;
  return Math.min(CREATE_BACKOFF_MS.longest, CREATE_BACKOFF_MS.first * 2 ** (failures - 1));
}

export interface Distance {
  /** Machines that count now, and how many are wanted. */
  readonly current: number;
  readonly wanted: number;
}

/** Passes that the caps make of the way: at most max(10, current) creates in one, or half of the machines removed. */
function passesNeeded({ current, wanted }: Distance): number {
  let passes = 0;
  for (let count = Math.max(1, current); count < wanted; passes += 1) {
    count += Math.max(CREATES_PER_PASS, count);
  }
  for (let count = current; count > wanted; passes += 1) count -= Math.ceil(count / 2);
  return passes;
}

/** The time that acting on the app takes, apart from waiting for the next pass. */
export function workMs(distance: Distance): number {
  const creates = Math.max(0, distance.wanted - distance.current);
  return creates * CREATE_MS + (passesNeeded(distance) + 2) * PASS_WORK_MS;
}

export interface Situation {
  readonly app: AppPlan;
  readonly fleet: FleetPlan;
  readonly distance: Distance;
  /** Of all apps of the fleet: with few places they wait for each other. */
  readonly fleetWorkMs: number;
  /** The longest of what is left of leases, back-offs and holds. */
  readonly holdsMs: number;
  /** What all apps have to wait for each other by the fleet's budgets. */
  readonly budgetsMs: number;
}

/** Longer than most passes: what one has used is used until a minute after its end. */
const USED_MS = 90 * SECOND_MS;

/** The time that the fleet's budgets make of the ways of all apps, of which no app is left out for long. */
export function budgetsMs(
  { maxCreatesPerMinute, maxRemovalsPerMinute }: FleetPlan,
  ways: readonly Distance[],
): number {
  const sum = (change: (way: Distance) => number): number =>
    ways.reduce((all, way) => all + Math.max(0, change(way)), 0);
  const takes = (total: number, most: number | null): number =>
    most === null || total === 0 ? 0 : (Math.ceil(total / most) + 2) * USED_MS;
  return (
    takes(
      sum(({ current, wanted }) => wanted - current),
      maxCreatesPerMinute,
    ) +
    takes(
      sum(({ current, wanted }) => current - wanted),
      maxRemovalsPerMinute,
    )
  );
}

/** A machine is waited for at most so long, and what a clock did to its time is found out anew by another process. */
function drainMs({ profile }: AppPlan, { intervalMs }: FleetPlan): number {
  return profile?.isBusyKnown === true ? DRAIN_TIMEOUT_MS + 2 * intervalMs : 0;
}

/** What the rules of the app's policy add: their window, the periods of their limits, and a freeze on the way. */
function rulesMs({ profile }: AppPlan, { current, wanted }: Distance): number {
  const {
    windowMs = 0,
    growthWindowMs = 0,
    cooldownMs = { down: 0, up: 0 },
    down,
    up,
    budgets = [],
    freeze,
  } = profile?.rules ?? {};
  const change = Math.abs(wanted - current);
  // A percentage lets one go at the least. One period more, that may have begun as spent or by a change just before.
  const periodMs = ({ kind, amount, periodMs: each }: Rate): number =>
    amount === 0
      ? 0
      : (Math.ceil(change / (kind === 'machines' ? amount : 1)) + 2) * (each + 60_000);
  const openMs = (window: OpenWindow | undefined): number =>
    window === undefined ? 0 : 2 * window.minutes * MINUTE_MS + 15 * MINUTE_MS;
  const rates = [...(down?.rates ?? []), ...(up?.rates ?? []), ...budgets];
  const waits = [
    ...rates.map(periodMs),
    ...budgets.map(({ amount, when }) => (amount === 0 ? openMs(when) : 0)),
    openMs(freeze),
    ...[cooldownMs.down, cooldownMs.up].map((ms) => (ms === 0 ? 0 : (change + 2) * (ms + 60_000))),
  ];
  return 2 * windowMs + 2 * growthWindowMs + waits.reduce((sum, ms) => sum + ms, 0);
}

/** The end of all trouble changes every load at once: the brake may take it for a lie, and lets a tenth go a minute. */
function brakeMs({ brake }: FleetPlan): number {
  return brake === null ? 0 : brake.letGoAfterMs + 13 * MINUTE_MS;
}

/** From the end of all trouble, or of the deploy that follows it, until the app must have settled. */
export function settlingMs({
  app,
  fleet,
  distance,
  fleetWorkMs,
  holdsMs,
  budgetsMs,
}: Situation): number {
  const { intervalMs, concurrency } = fleet;
  const waits = 3 + passesNeeded(distance);
  return (
    waits * intervalMs +
    APP_LIST_MS +
    SCRAPE_MS +
    LEASE_TTL_MS +
    holdsMs +
    budgetsMs +
    brakeMs(fleet) +
    workMs(distance) +
    fleetWorkMs / concurrency +
    BOOT_MS +
    STOP_MS +
    DESTROY_MS +
    drainMs(app, fleet) +
    rulesMs(app, distance)
  );
}

import type { Program } from '../../expr/index.js';
import { PLAIN_BEHAVIOR, type Behavior } from './behavior.js';
import { globMatcher } from './glob.js';
import { PLAIN_REMOVAL, type RemovalRules } from './removal-rules.js';
import type { RemovalBudget } from './budget.js';
import type { MissingByMetric } from './missing.js';
import type { ScheduleRule } from './scheduled.js';
import { NO_LIMITS, type RegionLimits } from './region-limits.js';

/**
 * Which apps a policy is for. Patterns are matched from both ends, `*` stands for any run of characters;
 * an exclusion beats an inclusion.
 */
export interface AppSelector {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** `min` and `max` may be the same program. */
export interface CountRange {
  readonly min: Program;
  readonly max: Program;
}

/**
 * Which machines of an app a policy counts and touches.
 * `unset`: group "app", and if no machine of the app says a group, all machines of the app.
 * `all`: the machines of all groups as one pool.
 */
export type GroupSelector =
  | { readonly kind: 'unset' }
  | { readonly kind: 'all' }
  | { readonly kind: 'named'; readonly name: string };

/** Ceilings that a bad metric cannot pass. */
export interface Caps {
  /** Machines an app may have, whatever their state. Default 1,000. */
  readonly maxMachinesPerApp: number;
  /** Creates per app and pass. Null: max(10, current). */
  readonly maxCreatePerPass: number | null;
  /** Removals (destroys, and stops) per app and pass. Null: half of the current machines, rounded up. */
  readonly maxRemovePerPass: number | null;
}

/** What a user wants for a set of apps; everything parsed and compiled. */
export interface Policy {
  readonly name: string;
  readonly apps: AppSelector;
  readonly group: GroupSelector;
  /** Machines that should exist; null leaves them as they are. */
  readonly created: CountRange | null;
  /** Machines that should run; null leaves them as they are. */
  readonly started: CountRange | null;
  readonly initialState: 'started' | 'stopped';
  /** Regions to create in; empty: the region of the cloned machine. */
  readonly regions: readonly string[];
  readonly volumes: 'reuse' | 'create';
  /** A release that says `running` for longer no longer forbids growth. */
  readonly releaseMaxAgeMs: number;
  /** How long a machine that we cannot see well counts as present for growth. */
  readonly unreachableAfterMs: number;
  readonly caps: Caps;
  readonly behavior: Behavior;
  /** The least and the most machines of some of the regions. */
  readonly regionLimits: RegionLimits;
  /** Which machines go, and how. */
  readonly removal: RemovalRules;
  /** So many machines exist beside those that run, ready to start; then `created` is null. Null: no such rule. */
  readonly spare: number | null;
  /** What stands in for metrics without a value; those of which nothing is said hold the count. */
  readonly missing: MissingByMetric;
  readonly schedules: readonly ScheduleRule[];
  /** The tightest of those that apply holds. */
  readonly budgets: readonly RemovalBudget[];
  /** Above zero, nothing is done in this pass. */
  readonly backoff: Program | null;
  /** Metric -> key of the collector of the policy's own that gives it. All others come from the shared ones. Default none. */
  readonly ownMetrics: ReadonlyMap<string, string>;
}

/** What a policy has that says no more than its counts. */
export const PLAIN_POLICY: Pick<
  Policy,
  | 'behavior'
  | 'missing'
  | 'schedules'
  | 'budgets'
  | 'backoff'
  | 'regionLimits'
  | 'removal'
  | 'spare'
  | 'ownMetrics'
> = {
  behavior: PLAIN_BEHAVIOR,
  missing: {},
  schedules: [],
  budgets: [],
  backoff: null,
  regionLimits: NO_LIMITS,
  removal: PLAIN_REMOVAL,
  spare: null,
  ownMetrics: new Map(),
};

/** The name of the policy that flat settings make. It is not shown: with it alone there is nothing to tell apart. */
export const DEFAULT_POLICY = 'default';

/** The expressions that a count follows: with spares, what should exist follows what should run. */
export function rangeBehind(
  { created, started, spare }: Pick<Policy, 'created' | 'started' | 'spare'>,
  name: 'created' | 'started',
): CountRange | null {
  return name === 'started' || spare !== null ? started : created;
}

/** Every expression of a policy. */
export function programsOf({
  created,
  started,
  backoff,
}: Pick<Policy, 'created' | 'started' | 'backoff'>): readonly Program[] {
  const ranges = [created, started].flatMap((range) => (range ? [range.min, range.max] : []));
  return backoff === null ? ranges : [...ranges, backoff];
}

/** The metrics that decisions of the policy depend on: what its expressions can read, and what machines are busy with. */
export function metricsOf(policy: Policy): ReadonlySet<string> {
  const found = metrics.get(policy);
  if (found !== undefined) return found;
  const names = new Set(programsOf(policy).flatMap((program) => [...program.variables]));
  const { busyMetric } = policy.removal;
  if (busyMetric !== null) names.add(busyMetric);
  metrics.set(policy, names);
  return names;
}

/** Asked for each app in each pass. */
const metrics = new WeakMap<Policy, ReadonlySet<string>>();

/** The key of the collector that gives the policy its metric of that name. */
export function collectorKey(policy: Pick<Policy, 'ownMetrics'>, metric: string): string {
  return policy.ownMetrics.get(metric) ?? metric;
}

/** The key of a collector that one policy has for itself. */
export function ownCollectorKey(policy: string, metric: string): string {
  return `${policy}/${metric}`;
}

/** Whether two selectors can take the same machine of an app. */
export function sharesMachines(a: GroupSelector, b: GroupSelector): boolean {
  if (a.kind === 'all' || b.kind === 'all') return true;
  const [first, second] = [a, b].map((group) => (group.kind === 'named' ? group.name : 'app'));
  return first === second;
}

/** A predicate over app names; build it once. */
export function appMatcher(selector: AppSelector): (app: string) => boolean {
  const include = selector.include.map(globMatcher);
  const exclude = selector.exclude.map(globMatcher);
  return (app) =>
    include.some((matches) => matches(app)) && !exclude.some((matches) => matches(app));
}

/** The app names when every inclusion is a literal name; null when the app list must be read to know them. */
export function literalApps(selector: AppSelector): readonly string[] | null {
  if (selector.include.some((pattern) => pattern.includes('*'))) return null;
  const matches = appMatcher(selector);
  return selector.include.filter((name) => matches(name));
}

/** Whether one query answers for the fleet, settled once from the settings. */
import { timestampQuery } from './max-age.js';
import { ANY_APP } from './plan/app-regex.js';
import { planQuery, type FleetPlan, type Plan } from './plan/plan.js';
import type { Refusal } from './plan/value.js';
import { placeIn } from './syntax.js';
import type { CollectionWay } from '../../seams/collector.js';

export interface FleetSettings {
  readonly query: string;
  readonly 'fleet-query': 'auto' | 'always' | 'never';
  readonly 'app-label'?: string | undefined;
  readonly 'max-age'?: number | undefined;
  readonly per?: 'app' | 'instance' | undefined;
  readonly 'instance-label'?: string | undefined;
}

export type Way =
  | {
      readonly kind: 'fleet';
      readonly value: FleetPlan;
      /** Asks for the age of the data; null when nobody wants to know. */
      readonly timestamp: FleetPlan | null;
      /** Shows which apps have data at all, whatever comes of it; null: no such query can be derived. */
      readonly presence: FleetPlan | null;
      /** False: the query mentions no app, so that none can be asked for alone. */
      readonly hasOwnQueries: boolean;
    }
  | { readonly kind: 'shared' }
  | { readonly kind: 'per-app'; readonly why: string };

/** `appRegex` takes the name of each app. */
export function wayOf(settings: FleetSettings, appRegex: string): Way {
  const { query } = settings;
  const label = settings['app-label'];
  if (label !== undefined) {
    const value = {
      kind: 'fleet',
      query,
      label,
      keepsLabel: true,
      otherwise: null,
      showsLeftOut: false,
    } as const;
    return { kind: 'fleet', value, timestamp: null, presence: null, hasOwnQueries: false };
  }
  const value = planShort(query, appRegex);
  if (value.kind === 'shared') return { kind: 'shared' };
  if (settings['fleet-query'] === 'never') return { kind: 'per-app', why: 'fleet-query is never' };
  if (value.kind === 'refused') return { kind: 'per-app', why: reasonOf(query, value) };
  if (settings.per === 'instance' && settings['instance-label'] === value.label) {
    return { kind: 'per-app', why: `the label ${value.label} names the app and the instance` };
  }
  const timestamp = timestampPlan(settings, appRegex);
  if (timestamp === null || timestamp.kind === 'fleet') {
    const presence = timestamp ?? agePlan(query, appRegex);
    return {
      kind: 'fleet',
      value,
      timestamp,
      presence: presence?.kind === 'fleet' ? presence : null,
      hasOwnQueries: true,
    };
  }
  return { kind: 'per-app', why: 'the age of its data cannot be asked for the fleet (max-age)' };
}

function timestampPlan(
  settings: FleetSettings,
  appRegex: string,
): Exclude<Plan, { kind: 'shared' }> | null {
  return settings['max-age'] === undefined ? null : agePlan(settings.query, appRegex);
}

function agePlan(of: string, appRegex: string): Exclude<Plan, { kind: 'shared' }> | null {
  const query = timestampQuery(of);
  const plan = query === null ? null : planShort(query, appRegex);
  // The app is mentioned in a selector, and each of them is in this query too.
  return plan?.kind === 'shared' ? null : plan;
}

/** VictoriaMetrics refuses queries above 16 KiB, and a query may have the pattern many times: then it takes every app. */
function planShort(query: string, regex: string): Plan {
  const plan = planQuery(query, regex);
  const isLong = plan.kind === 'fleet' && plan.query.length > MAX_LENGTH;
  return isLong ? planQuery(query, ANY_APP) : plan;
}

const MAX_LENGTH = 12 * 1024;

/** Why the query cannot be asked for the fleet, with its place; null when it can, or need not be. */
export function whyNotForFleet(settings: FleetSettings): string | null {
  const way = wayOf({ ...settings, 'fleet-query': 'auto' }, ANY_APP);
  return way.kind === 'per-app' ? way.why : null;
}

export function describeWay(way: Way, settings: FleetSettings): CollectionWay {
  switch (way.kind) {
    case 'fleet':
      return {
        way: 'fleet',
        why:
          settings['app-label'] === undefined
            ? `the query gives each app its own series by the label ${way.value.label}`
            : `app-label is ${way.value.label}`,
        query: way.value.query,
      };
    case 'shared':
      return { way: 'shared', why: 'the query does not mention $APP_NAME', query: settings.query };
    case 'per-app':
      return { way: 'per-app', why: way.why };
  }
}

function reasonOf(query: string, { at, why }: Refusal): string {
  const { line, column } = placeIn(query, at);
  return `line ${line}, column ${column} of the query: ${why}`;
}

/** What users want of their apps: policies, and beside each the same wish in plain TypeScript, which judges the outcome. */
import {
  PLAIN_POLICY,
  type CountRange,
  type GroupSelector,
  type Policy,
} from '../../src/core/model/policy.js';
import { compile } from '../../src/expr/index.js';
import { METRICS } from './metrics.js';
import { policyOf, type Rules } from './rules.js';
import type { Sketch, Wish } from './sketches.js';

export interface Profile {
  /** Part of the names of its apps. */
  readonly name: string;
  /** Name of the profile that its apps have beside it, for another process group. */
  readonly beside: string | null;
  readonly group: GroupSelector;
  readonly created: Wish | null;
  readonly started: Wish | null;
  readonly initialState: 'started' | 'stopped';
  readonly regions: readonly string[];
  readonly volumes: 'none' | 'reuse' | 'create';
  readonly maxMachinesPerApp: number;
  /** Its machines are waited for until they are busy with nothing. */
  readonly isBusyKnown: boolean;
  readonly policy: Policy;
  readonly rules: Rules;
}

/** Long enough for deploys to end, short enough that a killed one is overdue within a run. */
export const RELEASE_MAX_AGE_MS = 8 * 60_000;
export const UNREACHABLE_AFTER_MS = 5 * 60_000;
export const APP_PREFIX = 'sim-';
const MAX_MACHINES_PER_APP = 40;

function range(texts: readonly [string, string] | undefined): CountRange | null {
  if (texts === undefined) return null;
  const options = { variables: METRICS, asFloat64: true };
  const min = compile(texts[0], options);
  return { min, max: texts[1] === texts[0] ? min : compile(texts[1], options) };
}

export function profileOf(sketch: Sketch): Profile {
  const group = sketch.group ?? { kind: 'unset' };
  const initialState = sketch.initialState ?? 'started';
  const regions = sketch.regions ?? [];
  const volumes = sketch.volumes ?? 'none';
  const policy: Policy = {
    name: sketch.name,
    apps: {
      include: [sketch.name, ...(sketch.beside === undefined ? [] : [sketch.beside])].map(
        (name) => `${APP_PREFIX}${name}-*`,
      ),
      exclude: ['*-excluded'],
    },
    group,
    created: range(sketch.created),
    started: range(sketch.started),
    initialState,
    regions,
    volumes: volumes === 'create' ? 'create' : 'reuse',
    releaseMaxAgeMs: RELEASE_MAX_AGE_MS,
    unreachableAfterMs: UNREACHABLE_AFTER_MS,
    caps: {
      maxMachinesPerApp: MAX_MACHINES_PER_APP,
      maxCreatePerPass: null,
      maxRemovePerPass: null,
    },
    ...PLAIN_POLICY,
    ...sketch.machines,
    ...(sketch.rules === undefined ? {} : policyOf(sketch.rules)),
    ...(sketch.missing === undefined ? {} : { missing: sketch.missing }),
  };
  return {
    name: sketch.name,
    beside: sketch.beside ?? null,
    group,
    created: sketch.createdWish ?? null,
    started: sketch.startedWish ?? null,
    initialState,
    regions,
    volumes,
    maxMachinesPerApp: MAX_MACHINES_PER_APP,
    isBusyKnown: policy.removal.busyMetric !== null,
    policy,
    rules: sketch.rules ?? {},
  };
}

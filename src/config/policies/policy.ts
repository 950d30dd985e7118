/** The settings of a set of apps become a policy. */
import {
  PLAIN_POLICY,
  type CountRange,
  type GroupSelector,
  type Policy,
} from '../../core/model/policy.js';
import type { Program } from '../../expr/index.js';
import {
  compileExpression,
  constantCount,
  type Metrics,
  type WrittenExpression,
} from '../read/expression.js';
import type { LoadedCollector } from '../sources/collectors.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import { behaviorOf } from '../rules/behavior.js';
import { budgetsOf } from '../rules/budgets.js';
import { missingOf } from '../rules/missing.js';
import { regionRules } from '../rules/regions.js';
import { removalRules } from '../rules/removal.js';
import { schedulesOf } from '../rules/schedules.js';
import type { Section } from '../read/section.js';
import type { FlatSettings } from '../schema/settings.js';

export const COUNT_KEYS = {
  created: {
    single: 'created-machine-count',
    min: 'min-created-machine-count',
    max: 'max-created-machine-count',
  },
  started: {
    single: 'started-machine-count',
    min: 'min-started-machine-count',
    max: 'max-started-machine-count',
  },
} as const;

type CountKeys = (typeof COUNT_KEYS)[keyof typeof COUNT_KEYS];

type FlatSection = Section<FlatSettings>;

export interface CountRanges {
  readonly created: CountRange | null;
  readonly started: CountRange | null;
  /** Null: none, or none that is usable. */
  readonly backoff: Program | null;
}

/** The counts that the expressions give; null where there is no expression, or none that is usable: told then. */
export function countRanges(
  flat: FlatSection,
  metrics: Metrics,
  missingPlace: (field: { readonly envName: string }) => Place,
  context: LoadContext,
): CountRanges {
  const hasCount = expressionKeys().some(
    (key) => writtenExpression(key, flat) !== undefined || flat.refused.has(key),
  );
  if (!hasCount)
    context.findings.add({
      key: flat.keyOf(COUNT_KEYS.created.single),
      message: `is required, or ${COUNT_KEYS.started.single}, or a minimum and maximum of one of them`,
      hint: 'set FAS_CREATED_MACHINE_COUNT or created-machine-count, for example to "queue_depth / 10"',
      place: missingPlace({ envName: 'FAS_CREATED_MACHINE_COUNT' }),
    });
  return {
    created: countRange(COUNT_KEYS.created, flat, metrics, context),
    started: countRange(COUNT_KEYS.started, flat, metrics, context),
    backoff: compiled(writtenExpression('scale-backoff-value', flat), metrics, context) ?? null,
  };
}

function compiled(
  expression: WrittenExpression | undefined,
  metrics: Metrics,
  context: LoadContext,
): Program | undefined {
  return expression && compileExpression(expression, metrics, context);
}

export function policyOf(
  name: string,
  settings: FlatSettings,
  ranges: CountRanges,
  ownMetrics: Policy['ownMetrics'] = PLAIN_POLICY.ownMetrics,
): Policy {
  return {
    name,
    apps: settings['app-name'],
    group: groupSelector(settings['process-group']),
    ...ranges,
    initialState: settings['initial-machine-state'],
    volumes: settings.volumes,
    releaseMaxAgeMs: settings['release-max-age'],
    unreachableAfterMs: settings['unreachable-after'],
    caps: {
      maxMachinesPerApp: settings['max-machines-per-app'],
      maxCreatePerPass: settings['max-create-per-pass'] ?? null,
      maxRemovePerPass: settings['max-destroy-per-pass'] ?? null,
    },
    ...PLAIN_POLICY,
    ...regionRules(settings.regions),
    removal: removalRules(settings),
    spare: settings.spare ?? null,
    ownMetrics,
    behavior: behaviorOf(settings, settings.interval),
    missing: missingOf(settings),
    schedules: schedulesOf(settings),
    budgets: budgetsOf(settings),
    backoff: ranges.backoff,
  };
}

function expressionKeys(): readonly (keyof FlatSettings)[] {
  return Object.values(COUNT_KEYS).flatMap((keys) => Object.values(keys));
}

function groupSelector(text: string | undefined): GroupSelector {
  if (text === undefined) return { kind: 'unset' };
  return text === '*' ? { kind: 'all' } : { kind: 'named', name: text };
}

function writtenExpression(
  key: keyof FlatSettings,
  { settings, written, keyOf }: FlatSection,
): WrittenExpression | undefined {
  const source = settings[key];
  const place = written.get(key)?.place;
  return typeof source === 'string' && place !== undefined
    ? { key: keyOf(key), source, place }
    : undefined;
}

function countRange(
  keys: CountKeys,
  flat: FlatSection,
  metrics: Metrics,
  context: LoadContext,
): CountRange | null {
  const single = writtenExpression(keys.single, flat);
  const min = writtenExpression(keys.min, flat);
  const max = writtenExpression(keys.max, flat);
  checkForms(keys, { single, min, max }, flat, context);
  const both = compiled(single, metrics, context);
  const [low, high] = [compiled(min, metrics, context), compiled(max, metrics, context)];
  if (both !== undefined) return { min: both, max: both };
  if (low === undefined || high === undefined || min === undefined) return null;
  checkOrder(keys, { min: low, max: high }, min, context);
  return { min: low, max: high };
}

function checkForms(
  keys: CountKeys,
  forms: Readonly<Record<'single' | 'min' | 'max', WrittenExpression | undefined>>,
  flat: FlatSection,
  { findings }: LoadContext,
): void {
  const { single, min, max } = forms;
  const range = [min, max].filter((expression) => expression !== undefined);
  for (const { key, place } of single === undefined ? [] : range)
    findings.add({
      key,
      message: `cannot be given together with ${keys.single}`,
      hint: `remove ${keys.single}, or ${keys.min} and ${keys.max}`,
      place,
    });
  const [alone] = range;
  // With the single key as well it is that which is wrong.
  if (alone === undefined || range.length === 2 || single !== undefined) return;
  const other = min === undefined ? keys.min : keys.max;
  if (flat.refused.has(other)) return;
  const message = `${other} is missing: a range needs both ends`;
  const hint = `set ${other} too, or use ${keys.single} for both`;
  findings.add({ key: alone.key, message, hint, place: alone.place });
}

function checkOrder(
  keys: CountKeys,
  range: CountRange,
  { key, place }: WrittenExpression,
  { findings }: LoadContext,
): void {
  const [low, high] = [constantCount(range.min), constantCount(range.max)];
  if (low === undefined || high === undefined || low <= high) return;
  findings.add({
    key,
    message: `the minimum ${low} is above the maximum ${high} of ${keys.max}`,
    hint: `lower ${keys.min} or raise ${keys.max}`,
    place,
  });
}

/** A metric that no policy depends on is collected for nothing, and perhaps misspelt. `usedKeys`: of collectors. */
export function warnOfUnusedMetrics(
  usedKeys: ReadonlySet<string>,
  collectors: readonly LoadedCollector[],
  { findings }: LoadContext,
): void {
  for (const { key, name, nameKey, namePlace, isPerInstance } of collectors)
    if (!usedKeys.has(key))
      findings.warn({
        key: nameKey,
        message: isPerInstance
          ? `nothing uses the metric ${name}, which has one value per instance`
          : `no expression uses the metric ${name}`,
        hint: isPerInstance
          ? `set busy-metric to ${name}, or remove the collector`
          : 'use it in an expression, or remove the collector',
        place: namePlace,
      });
}

/** The policies of a configuration: what each says, put together from all the places that say something of it. */
import { collectorKey, metricsOf, type Policy } from '../../core/model/policy.js';
import { checkPatterns } from './checks.js';
import {
  listedCollectors,
  NO_COLLECTORS,
  ownedBy,
  type Collectors,
  type LoadedCollector,
} from '../sources/collectors.js';
import type { PolicyEntry } from './entries.js';
import type { CollectorKind } from '../read/env.js';
import type { Metrics } from '../read/expression.js';
import type { Field } from '../base/field.js';
import { topmost, type Layer } from '../schema/layers.js';
import { countRanges, policyOf } from './policy.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import { checkRules } from './check.js';
import { readSection, type Section } from '../read/section.js';
import type { FlatSettings } from '../schema/settings.js';
import { withStopMetric } from '../sources/stop-metric.js';

/** What all policies share. */
export interface Basis {
  readonly fields: readonly Field[];
  /** Flags, file and environment, as far as they are not about one policy. */
  readonly flat: Layer;
  readonly shared: Collectors;
  readonly kinds: readonly CollectorKind[];
  /** Where something belongs that is missing altogether. */
  readonly missingPlace: (field: { readonly envName: string }) => Place;
  /** Wall time; null: whether schedules will contradict each other is not looked at. */
  readonly nowMs: number | null;
}

/** A policy that can be built again with more layers on top. */
export interface PolicyDraft {
  readonly name: string;
  /** Where it begins. Null: the flat settings alone make it. */
  readonly entry: PolicyEntry | null;
  readonly own: Collectors;
  readonly built: BuiltPolicy;
}

export interface BuiltPolicy {
  readonly section: Section<FlatSettings>;
  /** Undefined when something of it was refused: told then. */
  readonly policy: Policy | undefined;
}

/** `entry`: null for the policy that flat settings make. */
export function draftPolicy(
  name: string,
  entry: PolicyEntry | null,
  basis: Basis,
  context: LoadContext,
): PolicyDraft {
  const own = ownedBy(name, entry === null ? NO_COLLECTORS : collectorsOf(entry, basis, context));
  const built = buildPolicy({ name, entry, own }, [], basis, context);
  const apps = built.section.settings['app-name'];
  const place = built.section.written.get('app-name')?.place;
  if (apps !== undefined && place !== undefined)
    checkPatterns(apps, built.section.keyOf('app-name'), place, context);
  return { name, entry, own, built };
}

function collectorsOf(
  { layer, collectors, keyPrefix }: PolicyEntry,
  { fields, kinds, shared }: Basis,
  context: LoadContext,
): Collectors {
  const listed = listedCollectors(collectors, keyPrefix, kinds, context);
  return withStopMetric(listed, { layer, fields, kinds, beside: shared }, context);
}

/** All checks of a policy's settings; what overrides say of it stands in the last layers. */
export function buildPolicy(
  { name, entry, own }: Omit<PolicyDraft, 'built'>,
  overriding: readonly Layer[],
  { fields, flat, shared, missingPlace, nowMs }: Basis,
  context: LoadContext,
): BuiltPolicy {
  const layers = [flat, ...(entry === null ? [] : [entry.layer]), ...overriding];
  const byKey = new Map(fields.map((field) => [field.key, field]));
  const find = (field: Field) => topmost(layers, field, (key) => byKey.get(key));
  const layerOf = (key: string): Layer | undefined => {
    const field = byKey.get(key);
    return field && find(field)?.layer;
  };
  const placeOfMissing = entry === null ? missingPlace : () => entry.place;
  const section = readSection<FlatSettings>(
    fields,
    {
      choose: (field) => find(field)?.node,
      missingPlace: placeOfMissing,
      keyOf: (key) => (layerOf(key) ?? entry?.layer ?? flat).keyOf(key),
      rankOf(key) {
        const layer = layerOf(key);
        return layer === undefined ? 0 : layers.indexOf(layer);
      },
    },
    context,
  );
  const metrics = metricsIn(shared, own);
  const before = context.findings.count;
  const ranges = countRanges(section, metrics, placeOfMissing, context);
  checkRules({ section, ranges, metrics, nowMs }, context);
  const isRefused = section.whole === undefined || context.findings.count > before;
  const ownMetrics = new Map(own.loaded.map((collector) => [collector.name, collector.key]));
  const policy =
    isRefused || section.whole === undefined
      ? undefined
      : policyOf(name, section.whole, ranges, ownMetrics);
  return { section, policy };
}

/** What the policy may name: of two of one name its own. */
function metricsIn(shared: Collectors, own: Collectors): Metrics {
  const byName = new Map([...shared.loaded, ...own.loaded].map((each) => [each.name, each]));
  const namesOf = (isPerInstance: boolean): string[] =>
    [...byName.values()]
      .filter((each) => each.isPerInstance === isPerInstance)
      .map(({ name }) => name);
  return {
    names: namesOf(false),
    perInstance: namesOf(true),
    isComplete: shared.isComplete && own.isComplete,
  };
}

/** Keys of the collectors whose metrics these policies depend on. */
export function usedKeys(policies: readonly Policy[]): ReadonlySet<string> {
  return new Set(
    policies.flatMap((policy) => [...metricsOf(policy)].map((name) => collectorKey(policy, name))),
  );
}

export function allCollectors(
  shared: Collectors,
  drafts: readonly PolicyDraft[],
): readonly LoadedCollector[] {
  return [...shared.loaded, ...drafts.flatMap(({ own }) => own.loaded)];
}

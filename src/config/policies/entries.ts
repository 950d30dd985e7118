/** The entries of `policies`, `process-groups` and `overrides` as they stand in the file. */
import { z } from 'zod';
import type { AppSelector } from '../../core/model/policy.js';
import { setting } from '../../seams/schema.js';
import { fieldsOf, type Field } from '../base/field.js';
import { unknownKey } from '../read/issue.js';
import { mapLayer, type Layer } from '../schema/layers.js';
import { isSet, type MapNode, type Node } from '../yaml/node.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import { readSection } from '../read/section.js';
import { appSelector, policySchema } from '../schema/settings.js';
import { STOP_QUERY_KEY } from '../sources/stop-metric.js';
import { COLLECTORS_KEY, GROUPS_KEY, OVERRIDES_KEY, POLICIES_KEY } from '../base/keys.js';

/** What the lists of the file are for, in a sentence or two. */
export const LIST_DOCS = {
  [COLLECTORS_KEY]: 'Where metrics come from; added to those that the environment gives.',
  [POLICIES_KEY]:
    'Policies for sets of apps and process groups, each with any of the keys of "What to scale" and with `metric-collectors` of its own. The same keys at the top of the file, or in the environment, are their defaults.',
  [GROUPS_KEY]:
    'Another way to write policies: one for each process group, all for the apps of `app-name`.',
  [OVERRIDES_KEY]:
    'Settings for some apps that take the place of those in their policies; of two that match, the later wins.',
} as const;

const policyName = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, {
    error: 'must be of letters, digits, dots, dashes and underscores, at most 63',
  });

/** What an entry of `policies` has beside the keys of every policy. */
export const policyEntrySchema = z.strictObject({
  name: setting(policyName, {
    description:
      'Names the policy in logs, metrics and histories, which are kept by it; each needs another. `default` is left out of logs and metrics.',
    example: 'web',
  }),
  apps: setting(appSelector.optional(), {
    description: 'The apps that the policy is for, written as `app-name` is.',
    example: 'my-app-*, !my-app-staging-*',
    defaultText: 'those of `app-name`',
  }),
});

/** What an entry of `process-groups` has beside them. */
export const groupEntrySchema = z.strictObject({
  name: setting(policyName, {
    description: 'The process group, and the name of the policy that the entry makes.',
    example: 'worker',
  }),
});

/** What an entry of `overrides` has beside them. */
export const overrideEntrySchema = z.strictObject({
  apps: setting(appSelector, {
    description: 'The apps that it is for, written as `app-name` is.',
    example: 'my-app-big-*',
  }),
  policies: setting(z.array(z.string().trim()).optional(), {
    description: 'Names of the policies in which it counts.',
    example: 'web',
    defaultText: 'all policies',
  }),
});

/** Keys of an entry that stand for a key of every policy. */
const POLICY_NAMES = new Map([['app-name', 'apps']]);
const GROUP_NAMES = new Map([['process-group', 'name']]);

export interface PolicyEntry {
  readonly name: string;
  readonly keyPrefix: string;
  readonly place: Place;
  readonly layer: Layer;
  /** Its own `metric-collectors`. */
  readonly collectors: Node | undefined;
}

export interface OverrideEntry {
  readonly apps: AppSelector;
  /** Where `apps` stands. */
  readonly place: Place;
  /** Null: all of them. */
  readonly policies: readonly string[] | null;
  readonly keyPrefix: string;
  readonly node: MapNode;
  readonly layer: Layer;
}

/** Keys of a policy that an entry may have. */
function entryKeys(renamed: ReadonlyMap<string, string>): readonly string[] {
  return Object.keys(policySchema.shape).filter((key) => !renamed.has(key));
}

export const POLICY_ENTRY_KEYS = entryKeys(POLICY_NAMES);
export const GROUP_ENTRY_KEYS = entryKeys(new Map([...POLICY_NAMES, ...GROUP_NAMES]));
/** Collectors belong to policies, so an override can bring none with it. */
export const OVERRIDE_ENTRY_KEYS = POLICY_ENTRY_KEYS.filter((key) => key !== STOP_QUERY_KEY);

/** Null: the file names no policies. Entries that are refused are left out and told. */
export function policyEntries(
  file: MapNode | undefined,
  context: LoadContext,
): readonly PolicyEntry[] | null {
  const policies = file?.entries.get(POLICIES_KEY)?.value;
  const groups = file?.entries.get(GROUPS_KEY)?.value;
  if (isSet(policies) && isSet(groups))
    context.findings.add({
      key: GROUPS_KEY,
      message: `cannot be given together with ${POLICIES_KEY}`,
      hint: `write each group as an entry of ${POLICIES_KEY} with a name and a process-group`,
      place: groups.place,
    });
  const entries: PolicyEntry[] = [];
  if (isSet(policies)) {
    const fields = fieldsOf(policyEntrySchema, 'FAS');
    const own = { fields, keys: POLICY_ENTRY_KEYS, hasCollectors: true };
    for (const { node, keyPrefix } of maps(policies, POLICIES_KEY, own, context))
      entries.push(...policyEntry(node, keyPrefix, fields, POLICY_NAMES, context));
  } else if (isSet(groups)) {
    const fields = fieldsOf(groupEntrySchema, 'FAS');
    const own = { fields, keys: GROUP_ENTRY_KEYS, hasCollectors: true };
    for (const { node, keyPrefix } of maps(groups, GROUPS_KEY, own, context))
      entries.push(...policyEntry(node, keyPrefix, fields, GROUP_NAMES, context));
  } else {
    return null;
  }
  return withoutTwins(entries, context);
}

function policyEntry(
  node: MapNode,
  keyPrefix: string,
  fields: readonly Field[],
  names: ReadonlyMap<string, string>,
  context: LoadContext,
): readonly PolicyEntry[] {
  const { settings } = readEntry<{ name: string }>(node, keyPrefix, fields, context);
  const { name } = settings;
  if (name === undefined) return [];
  const layer = mapLayer(node, keyPrefix, names);
  const place = node.entries.get('name')?.value.place ?? node.place;
  const collectors = node.entries.get(COLLECTORS_KEY)?.value;
  return [{ name, keyPrefix, place, layer, collectors }];
}

function withoutTwins(
  entries: readonly PolicyEntry[],
  { findings }: LoadContext,
): readonly PolicyEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ name, keyPrefix, place }) => {
    if (!seen.has(name)) return seen.add(name);
    const message = `another policy has the name ${name} already`;
    const hint = 'each policy needs a name of its own: its history is kept by it';
    findings.add({ key: `${keyPrefix}name`, message, hint, place });
    return false;
  });
}

/** Those that are refused are left out and told. */
export function overrideEntries(
  file: MapNode | undefined,
  context: LoadContext,
): readonly OverrideEntry[] {
  const list = file?.entries.get(OVERRIDES_KEY)?.value;
  if (!isSet(list)) return [];
  const fields = fieldsOf(overrideEntrySchema, 'FAS');
  const own = { fields, keys: OVERRIDE_ENTRY_KEYS, hasCollectors: false };
  return maps(list, OVERRIDES_KEY, own, context).flatMap(({ node, keyPrefix }) => {
    const section = readEntry<z.output<typeof overrideEntrySchema>>(
      node,
      keyPrefix,
      fields,
      context,
    );
    if (section.whole === undefined) return [];
    const { apps, policies } = section.whole;
    const place = section.written.get('apps')?.place ?? node.place;
    const layer = mapLayer(node, keyPrefix);
    return [{ apps, place, policies: policies ?? null, keyPrefix, node, layer }];
  });
}

function readEntry<T>(
  node: MapNode,
  keyPrefix: string,
  fields: readonly Field[],
  context: LoadContext,
) {
  const layer = mapLayer(node, keyPrefix);
  return readSection<T>(
    fields,
    {
      choose: (field) => layer.written(field),
      missingPlace: () => node.place,
      missingHint: (field) => `add ${field.key}, for example ${field.key}: ${field.meta.example}`,
      keyOf: (key) => `${keyPrefix}${key}`,
    },
    context,
  );
}

interface Known {
  readonly fields: readonly Field[];
  readonly keys: readonly string[];
  readonly hasCollectors: boolean;
}

/** The entries that are maps, their keys checked. */
function maps(
  list: Node,
  key: string,
  { fields, keys, hasCollectors }: Known,
  { findings }: LoadContext,
): readonly { readonly node: MapNode; readonly keyPrefix: string }[] {
  const [first] = fields;
  const hint = `begin each entry with a dash: "- ${first?.key}: ${first?.meta.example}"`;
  if (list.kind !== 'list') {
    findings.add({ key, message: 'must be a list', hint, place: list.place });
    return [];
  }
  if (list.items.length === 0)
    findings.add({ key, message: 'has no entries', hint, place: list.place });
  const own = fields.map((field) => field.key);
  const known = [...own, ...keys, ...(hasCollectors ? [COLLECTORS_KEY] : [])];
  return list.items.flatMap((node, index) => {
    const keyPrefix = `${key}[${index}].`;
    if (node.kind !== 'map') {
      const message = 'must be a map of settings';
      findings.add({ key: `${key}[${index}]`, message, hint, place: node.place });
      return [];
    }
    for (const written of node.entries.keys())
      if (!known.includes(written)) {
        const problem = unknownKey(written, [], { fields, node, keyPrefix }, known);
        const better = BETTER.get(written);
        findings.add(better === undefined ? problem : { ...problem, hint: better });
      }
    return [{ node, keyPrefix }];
  });
}

const BETTER = new Map([
  [STOP_QUERY_KEY, 'set busy-metric to the name of a collector with per: instance'],
  ['app-name', 'the apps of an entry are called apps'],
  ['process-group', 'the name of the entry is the process group'],
  [COLLECTORS_KEY, 'collectors belong to a policy, or to all at the top of the file'],
]);

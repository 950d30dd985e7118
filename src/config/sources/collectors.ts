/** The collectors that the environment and the file ask for. */
import { ownCollectorKey } from '../../core/model/policy.js';
import type { CollectorDefinition } from '../../seams/schema.js';
import { envCollectors, ownEnvName, type CollectorKind, type ConfigEnv } from '../read/env.js';
import { problemsOf, unknownKey, type Written } from '../read/issue.js';
import { isSet, type MapEntry, type MapNode, type Node } from '../yaml/node.js';
import type { Place } from '../base/problem.js';
import { expandNode, plainValue, type LoadContext } from '../read/read.js';
import { didYouMean } from '../base/suggest.js';
import { COLLECTORS_KEY } from '../base/keys.js';

export interface ConfiguredCollector {
  readonly definition: CollectorDefinition;
  /** Unique among all: the name where it is shared, else with the policy before it. */
  readonly key: string;
  /** The metric's name in expressions. */
  readonly name: string;
  /** The policy that has it for itself; absent: all have it. */
  readonly policy?: string;
  /** What the definition's schema made of the settings. */
  readonly settings: unknown;
}

/** A collector and what else the loader has to know of it. */
export interface LoadedCollector extends ConfiguredCollector {
  readonly namePlace: Place;
  readonly nameKey: string;
  /** One value per instance: for `busy-metric`, not for expressions. */
  readonly isPerInstance: boolean;
  readonly written: Written;
  /** What was written, without secrets and with defaults filled in: for the hash. */
  readonly plain: Readonly<Record<string, unknown>>;
}

export interface Collectors {
  readonly loaded: readonly LoadedCollector[];
  /** False when one could not be read, so that not all metric names are known. */
  readonly isComplete: boolean;
}

export const NO_COLLECTORS: Collectors = { loaded: [], isComplete: true };

/** Those of the file are added to those of the environment; for one metric in both, the file's counts. */
export function loadCollectors(
  env: ConfigEnv,
  list: Node | undefined,
  kinds: readonly CollectorKind[],
  context: LoadContext,
): Collectors {
  const fromEnv = kinds.flatMap((kind) =>
    envCollectors(env, kind).flatMap(({ number, entries }) =>
      withCompanions(loadCollector(kind, writtenInEnv(kind, number, entries), context)),
    ),
  );
  const fromFile = isSet(list)
    ? fileCollectors(list, COLLECTORS_KEY, kinds, context).flatMap(withCompanions)
    : [];
  const own = withoutDuplicates(fromEnv, context);
  const added = withoutDuplicates(fromFile, context);
  const replaced = new Map(added.map((collector) => [collector.name, collector]));
  const kept = own.filter((collector) => {
    if (!replaced.has(collector.name)) return true;
    context.findings.warn({
      key: collector.nameKey,
      message: `the metric ${collector.name} is also in the file, whose collector is used`,
      hint: 'give one of them another metric-name, or remove it',
      place: collector.namePlace,
    });
    return false;
  });
  return {
    loaded: [...kept, ...added],
    isComplete: ![...fromEnv, ...fromFile].includes(undefined),
  };
}

/** Those in the list of one policy. `keyPrefix`: "policies[0]." */
export function listedCollectors(
  list: Node | undefined,
  keyPrefix: string,
  kinds: readonly CollectorKind[],
  context: LoadContext,
): Collectors {
  const key = `${keyPrefix}${COLLECTORS_KEY}`;
  const read = isSet(list) ? fileCollectors(list, key, kinds, context).flatMap(withCompanions) : [];
  return { loaded: withoutDuplicates(read, context), isComplete: !read.includes(undefined) };
}

/** As those of that policy alone. */
export function ownedBy(policy: string, { loaded, isComplete }: Collectors): Collectors {
  const own = loaded.map((collector) => ({
    ...collector,
    policy,
    key: ownCollectorKey(policy, collector.name),
  }));
  return { loaded: own, isComplete };
}

/** It and those that it asks for; what is wrong with one of them is where it was written. */
function withCompanions(
  collector: LoadedCollector | undefined,
): readonly (LoadedCollector | undefined)[] {
  if (collector === undefined) return [undefined];
  const beside = collector.definition.companions?.(collector.settings) ?? [];
  return [
    collector,
    ...beside.map((settings) => {
      const name = settings['metric-name'];
      return { ...collector, settings, name, key: name };
    }),
  ];
}

function withoutDuplicates(
  collectors: readonly (LoadedCollector | undefined)[],
  { findings }: LoadContext,
): readonly LoadedCollector[] {
  const seen = new Set<string>();
  return collectors.filter((collector): collector is LoadedCollector => {
    if (collector === undefined) return false;
    if (seen.has(collector.name)) {
      findings.add({
        key: collector.nameKey,
        message: `another collector has the metric-name ${collector.name} already`,
        hint: 'each metric needs a name of its own',
        place: collector.namePlace,
      });
      return false;
    }
    seen.add(collector.name);
    return true;
  });
}

function writtenInEnv(
  kind: CollectorKind,
  number: string,
  entries: ReadonlyMap<string, MapEntry>,
): Written {
  const { type, envPrefix } = kind.definition;
  const nameOf = (key: string): string => {
    const field = kind.fields.find((candidate) => candidate.key === key);
    return field === undefined ? envPrefix : ownEnvName(kind, field, number);
  };
  const first = [...entries.values()][0];
  return {
    fields: kind.fields,
    node: { kind: 'map', entries, place: first?.keyPlace ?? { env: envPrefix } },
    keyPrefix: `${type}${number === '' ? '' : ` ${number}`}.`,
    missingPlace: (key) => ({ env: nameOf(key) }),
    missingHint: (key) => `set ${nameOf(key)}`,
  };
}

function fileCollectors(
  list: Node,
  key: string,
  kinds: readonly CollectorKind[],
  context: LoadContext,
): readonly (LoadedCollector | undefined)[] {
  if (list.kind !== 'list') {
    const hint = 'begin each collector with a dash: "- type: prometheus"';
    context.findings.add({ key, message: 'must be a list', hint, place: list.place });
    return [undefined];
  }
  return list.items.map((item, index) => fileCollector(item, `${key}[${index}]`, kinds, context));
}

function fileCollector(
  item: Node,
  key: string,
  kinds: readonly CollectorKind[],
  context: LoadContext,
): LoadedCollector | undefined {
  const types = kinds.map((kind) => kind.definition.type);
  const hint = `known types: ${types.join(', ')}`;
  if (item.kind !== 'map') {
    const message = 'must be a map with a type and settings';
    context.findings.add({ key, message, hint, place: item.place });
    return undefined;
  }
  const type = item.entries.get('type')?.value;
  if (!isSet(type)) {
    context.findings.add({ key: `${key}.type`, message: 'is required', hint, place: item.place });
    return undefined;
  }
  const text = type.kind === 'scalar' ? type.text : '';
  const kind = kinds.find((candidate) => candidate.definition.type === text);
  if (kind === undefined) {
    const meant = didYouMean(text, types) ?? hint;
    const message = `unknown type "${text}"`;
    context.findings.add({ key: `${key}.type`, message, hint: meant, place: type.place });
    return undefined;
  }
  const entries = new Map([...item.entries].filter(([name]) => name !== 'type'));
  return loadCollector(kind, writtenInFile(kind, { ...item, entries }, key), context);
}

function writtenInFile(kind: CollectorKind, node: MapNode, key: string): Written {
  return {
    fields: kind.fields,
    node,
    keyPrefix: `${key}.`,
    missingPlace: () => node.place,
    missingHint: (missing) => {
      const field = kind.fields.find((candidate) => candidate.key === missing);
      const example = field?.meta.example;
      return `add ${missing}${example === undefined ? '' : `, for example ${missing}: ${example}`}`;
    },
  };
}

/** Undefined when it is refused; why is noted. */
export function loadCollector(
  kind: CollectorKind,
  written: Written,
  context: LoadContext,
): LoadedCollector | undefined {
  const { findings } = context;
  const values: Record<string, unknown> = {};
  const unusable = new Set<string>();
  for (const [key, entry] of written.node.entries) {
    const field = kind.fields.find((candidate) => candidate.key === key);
    if (field === undefined) {
      const unknown = unknownKey(key, [], written);
      const message = kind.definition.absentSettings?.[key];
      findings.add(
        message === undefined ? unknown : { ...unknown, message, hint: `remove ${key}` },
      );
      unusable.add(key);
      continue;
    }
    const node = expandNode(entry.value, field, `${written.keyPrefix}${key}`, context);
    if (node === undefined) unusable.add(key);
    else values[key] = plainValue(node, field);
  }
  for (const { key, meta } of kind.fields) {
    if (meta.isInherited === true) values[key] ??= context.general?.[key];
  }
  const parsed = kind.definition.schema.safeParse(values);
  // What could not be expanded has been told, and is not missing.
  const issues = parsed.error?.issues.filter((issue) => !unusable.has(String(issue.path[0]))) ?? [];
  for (const problem of problemsOf(issues, written)) findings.add(problem);
  const name = values['metric-name'];
  if (!parsed.success || typeof name !== 'string') return undefined;
  const nameEntry = written.node.entries.get('metric-name');
  return {
    definition: kind.definition,
    key: name.trim(),
    name: name.trim(),
    settings: parsed.data,
    namePlace: nameEntry?.value.place ?? written.node.place,
    nameKey: `${written.keyPrefix}metric-name`,
    isPerInstance: kind.definition.isPerInstance?.(parsed.data) === true,
    written,
    plain: withoutSecrets(kind, values),
  };
}

function withoutSecrets(
  kind: CollectorKind,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const visible = kind.fields.filter((field) => field.meta.isSecret !== true);
  const entries = visible.map(
    ({ key, json }) => [key, values[key] ?? json.default ?? null] as const,
  );
  return { type: kind.definition.type, ...Object.fromEntries(entries) };
}

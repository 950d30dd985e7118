/** Settings by environment: flat ones by name, collectors by a prefix and perhaps a number. */
import type { CollectorDefinition } from '../../seams/schema.js';
import { envNames, fieldsOf, upperSnake, type Field } from '../base/field.js';
import { scalar, type MapEntry, type ScalarNode } from '../yaml/node.js';

/** As `process.env`. An empty value counts as not set. */
export type ConfigEnv = Readonly<Record<string, string | undefined>>;

/** A kind of collector with its fields, read from its schema once. */
export interface CollectorKind {
  readonly definition: CollectorDefinition;
  readonly fields: readonly Field[];
}

/** Reads the definitions' fields. */
export function collectorKinds(
  definitions: readonly CollectorDefinition[],
): readonly CollectorKind[] {
  return definitions.map((definition) => ({
    definition,
    fields: fieldsOf(definition.schema, definition.envPrefix),
  }));
}

/** The first of the field's names that is set. */
export function envNode(env: ConfigEnv, names: readonly string[]): ScalarNode | undefined {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value.trim() !== '') return scalar(value, { env: name });
  }
  return undefined;
}

export interface EnvCollector {
  /** Empty for the one without a number. */
  readonly number: string;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

/**
 * FAS_PROMETHEUS_ADDRESS gives the first collector of its kind, FAS_PROMETHEUS_2_ADDRESS a further one; any numbers.
 * There is one when any of the settings that it cannot be without is set by a name that is its own.
 */
export function envCollectors(env: ConfigEnv, kind: CollectorKind): readonly EnvCollector[] {
  return ['', ...collectorNumbers(env, kind)].flatMap((number) => {
    const namesOf = (field: Field): readonly string[] => collectorEnvNames(kind, field, number);
    const { own, all } = ownAndAll(env, kind.fields, namesOf);
    const isThere = kind.fields.some((field) => field.isRequired && own.has(field.key));
    if (!isThere) return [];
    const refused = [...absentNames(kind, number)].flatMap(([key, name]) => {
      const value = envNode(env, [name]);
      return value === undefined ? [] : [[key, { keyPlace: value.place, value }] as const];
    });
    return [{ number, entries: new Map([...all, ...refused]) }];
  });
}

/** What is set by names of these settings alone, and that with what names give that others use too. */
function ownAndAll(
  env: ConfigEnv,
  fields: readonly Field[],
  namesOf: (field: Field) => readonly string[],
): Readonly<Record<'own' | 'all', ReadonlyMap<string, MapEntry>>> {
  const read = (names: (field: Field) => readonly string[]): ReadonlyMap<string, MapEntry> =>
    new Map(
      fields.flatMap((field) => {
        const value = envNode(env, names(field));
        return value === undefined ? [] : [[field.key, { keyPlace: value.place, value }]];
      }),
    );
  const fallbackOf = (field: Field): readonly string[] => field.meta.envFallback?.names ?? [];
  const own = read((field) => namesOf(field).filter((name) => !fallbackOf(field).includes(name)));
  const all = read((field) => {
    const { unless } = field.meta.envFallback ?? {};
    // The rest of another's credentials would spoil these.
    const isOwnOnly = unless !== undefined && own.has(unless);
    return namesOf(field).filter((name) => !isOwnOnly || !fallbackOf(field).includes(name));
  });
  return { own, all };
}

/** The numbers in use, smallest first. */
export function collectorNumbers(env: ConfigEnv, kind: CollectorKind): readonly string[] {
  const pattern = new RegExp(`^${kind.definition.envPrefix}_(\\d+)_`);
  const numbers = Object.keys(env).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return [...new Set(numbers)].sort((a, b) => Number(a) - Number(b));
}

/** Names without the prefix, such as TEMPORAL_TLS_KEY_DATA, belong to the collector without a number; those to fall back on to all. */
export function collectorEnvNames(
  kind: CollectorKind,
  field: Field,
  number: string,
): readonly string[] {
  if (number === '') return envNames(field);
  return [ownEnvName(kind, field, number), ...(field.meta.envFallback?.names ?? [])];
}

/** The name that is this setting's alone. */
export function ownEnvName({ definition }: CollectorKind, field: Field, number: string): string {
  const { envPrefix } = definition;
  return `${envPrefix}${number === '' ? '' : `_${number}`}${field.envName.slice(envPrefix.length)}`;
}

/** Names that settings would have which this kind does not, by key. */
function absentNames({ definition }: CollectorKind, number: string): ReadonlyMap<string, string> {
  const { absentSettings = {}, envPrefix } = definition;
  return new Map(
    Object.keys(absentSettings).map((key) => {
      const words = [envPrefix, ...(number === '' ? [] : [number]), upperSnake(key)];
      return [key, words.join('_')] as const;
    }),
  );
}

/** The names that FAS_* variables may have, given those that are set. */
export function knownEnvNames(
  env: ConfigEnv,
  fields: readonly Field[],
  kinds: readonly CollectorKind[],
): ReadonlySet<string> {
  const names = new Set(fields.flatMap(envNames));
  for (const kind of kinds) {
    for (const number of ['', ...collectorNumbers(env, kind)]) {
      for (const field of kind.fields)
        for (const name of collectorEnvNames(kind, field, number)) names.add(name);
      for (const name of absentNames(kind, number).values()) names.add(name);
    }
  }
  return names;
}

/** Settings by environment: flat ones by name, collectors by a prefix and perhaps a number. */
import type { CollectorDefinition } from '../schema.js';
import { envNames, fieldsOf, type Field } from './field.js';
import { scalar, type MapEntry, type ScalarNode } from './node.js';

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
 * There is one when any of the settings that it cannot be without is set.
 */
export function envCollectors(env: ConfigEnv, kind: CollectorKind): readonly EnvCollector[] {
  return ['', ...collectorNumbers(env, kind)].flatMap((number) => {
    const entries = new Map<string, MapEntry>();
    for (const field of kind.fields) {
      const value = envNode(env, collectorEnvNames(kind, field, number));
      if (value !== undefined) entries.set(field.key, { keyPlace: value.place, value });
    }
    const isThere = kind.fields.some((field) => field.isRequired && entries.has(field.key));
    return isThere ? [{ number, entries }] : [];
  });
}

/** The numbers in use, smallest first. */
export function collectorNumbers(env: ConfigEnv, kind: CollectorKind): readonly string[] {
  const pattern = new RegExp(`^${kind.definition.envPrefix}_(\\d+)_`);
  const numbers = Object.keys(env).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return [...new Set(numbers)].sort((a, b) => Number(a) - Number(b));
}

/** Names without the prefix, such as TEMPORAL_TLS_KEY_DATA, belong to the collector without a number. */
export function collectorEnvNames(
  kind: CollectorKind,
  field: Field,
  number: string,
): readonly string[] {
  if (number === '') return envNames(field);
  const { envPrefix } = kind.definition;
  return [`${envPrefix}_${number}${field.envName.slice(envPrefix.length)}`];
}

/** The names that FAS_* variables may have, given those that are set. */
export function knownEnvNames(
  env: ConfigEnv,
  fields: readonly Field[],
  kinds: readonly CollectorKind[],
): ReadonlySet<string> {
  const names = new Set(fields.flatMap(envNames));
  for (const kind of kinds) {
    for (const number of ['', ...collectorNumbers(env, kind)])
      for (const field of kind.fields)
        for (const name of collectorEnvNames(kind, field, number)) names.add(name);
  }
  return names;
}

import { collectorEnvNames, collectorNumbers, type CollectorKind, type ConfigEnv } from './env.js';
import { referencedNames, type Variables } from '../yaml/expand.js';
import { envNames, type Field } from '../base/field.js';
import { scalarsOf, type MapNode, type Node } from '../yaml/node.js';
import { COLLECTORS_KEY, GROUPS_KEY, OVERRIDES_KEY, POLICIES_KEY } from '../base/keys.js';

/** Names that are ours and hold a secret whatever version of us defines them. */
const SECRET_NAME = /^(FAS|FLY|TEMPORAL)_(.*_)?(TOKEN|KEY|PASSWORD|SECRET)(_|$)/;

/** Knows which environment variables and values must never be seen. */
export class Secrets implements Variables {
  readonly #names: Set<string>;
  readonly #values = new Set<string>();
  /** All names that any value refers to. */
  readonly references = new Set<string>();

  constructor(
    readonly env: ConfigEnv,
    names: Iterable<string>,
  ) {
    this.#names = new Set(names);
    for (const name of Object.keys(env)) if (this.isSecret(name)) this.addValue(env[name] ?? '');
  }

  get(name: string): string | undefined {
    const value = this.env[name];
    return value === undefined || value === '' ? undefined : value;
  }

  isSecret(name: string): boolean {
    return this.#names.has(name) || SECRET_NAME.test(name);
  }

  /** The text of a secret setting: it is secret, and so is each variable that it refers to. */
  addText(text: string): void {
    this.addValue(text);
    for (const name of referencedNames(text)) {
      this.#names.add(name);
      this.addValue(this.env[name] ?? '');
    }
  }

  addValue(value: string): void {
    const trimmed = value.trim();
    if (trimmed !== '') this.#values.add(trimmed);
  }

  get values(): Iterable<string> {
    return this.#values;
  }
}

/** What is known to be secret before anything is expanded, whichever order the file has. */
export function findSecrets(
  env: ConfigEnv,
  fields: readonly Field[],
  kinds: readonly CollectorKind[],
  file: MapNode | undefined,
): Secrets {
  const names = secretFields(fields).flatMap(envNames);
  for (const kind of kinds)
    for (const number of ['', ...collectorNumbers(env, kind)])
      for (const field of secretFields(kind.fields))
        names.push(...collectorEnvNames(kind, field, number));
  const secrets = new Secrets(env, names);
  const note = (field: Field, map: Node): void => {
    const value = map.kind === 'map' ? map.entries.get(field.key)?.value : undefined;
    if (value !== undefined) for (const { text } of scalarsOf(value)) secrets.addText(text);
  };
  if (file === undefined) return secrets;
  const entries = LISTS.flatMap((key) => mapsIn(file, key));
  for (const map of [file, ...entries]) {
    for (const field of secretFields(fields)) note(field, map);
    for (const item of mapsIn(map, COLLECTORS_KEY))
      for (const kind of kinds) for (const field of secretFields(kind.fields)) note(field, item);
  }
  return secrets;
}

/** Where there are settings and collectors beside those at the top. */
const LISTS = [POLICIES_KEY, GROUPS_KEY, OVERRIDES_KEY];

function mapsIn(map: MapNode, key: string): readonly MapNode[] {
  const list = map.entries.get(key)?.value;
  return list?.kind === 'list' ? list.items.filter((item) => item.kind === 'map') : [];
}

function secretFields(fields: readonly Field[]): readonly Field[] {
  return fields.filter((field) => field.meta.isSecret === true);
}

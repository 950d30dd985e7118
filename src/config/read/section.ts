/** Reads a group of settings, each by itself: one that is refused does not hide what is wrong with the others. */
import type { Field } from '../base/field.js';
import { problemsOf } from './issue.js';
import type { MapEntry, MapNode, Node } from '../yaml/node.js';
import type { Place } from '../base/problem.js';
import { expandNode, plainValue, type LoadContext } from './read.js';

export interface Section<T> {
  /** What could be read, with defaults. */
  readonly settings: Partial<T>;
  /** All of it; undefined when one was refused. */
  readonly whole: T | undefined;
  /** As written, by key; those that were not written are absent. */
  readonly written: ReadonlyMap<string, Node>;
  /** Written or required, and not usable: told already. */
  readonly refused: ReadonlySet<string>;
  /** The key as problems show it: `policies[0].regions` for one that was written there. */
  readonly keyOf: (key: string) => string;
  /** Of the layer in which it is written: what stands in a higher one was said on top of the others. */
  readonly rankOf: (key: string) => number;
}

export interface SectionSource {
  readonly choose: (field: Field) => Node | undefined;
  readonly missingPlace: (field: Field) => Place;
  /** How to give a missing one. Default: by environment or at the top of the file. */
  readonly missingHint?: (field: Field) => string;
  /** As in `Section`. Default: the key itself. */
  readonly keyOf?: (key: string) => string;
  /** As in `Section`. Default: all stand in one. */
  readonly rankOf?: (key: string) => number;
}

/** `T` is what the schema gives whose fields these are. */
export function readSection<T>(
  fields: readonly Field[],
  {
    choose,
    missingPlace,
    missingHint = howToSet,
    keyOf = (key) => key,
    rankOf = () => 0,
  }: SectionSource,
  context: LoadContext,
): Section<T> {
  const values: Record<string, unknown> = {};
  const written = new Map<string, Node>();
  const refused = new Set<string>();
  for (const field of fields) {
    const raw = choose(field);
    const node = raw && expandNode(raw, field, keyOf(field.key), context);
    if (node !== undefined) written.set(field.key, node);
    if (raw !== undefined && node === undefined) {
      refused.add(field.key);
      continue;
    }
    const value = node && plainValue(node, field);
    const parsed = field.schema.safeParse(value);
    if (parsed.success) {
      values[field.key] = parsed.data;
      continue;
    }
    refused.add(field.key);
    const issues = parsed.error.issues.map((issue) => ({
      ...issue,
      path: [field.key, ...issue.path],
    }));
    const problems = problemsOf(issues, {
      fields,
      node: mapOf(field.key, value === undefined ? undefined : node, missingPlace(field)),
      keyPrefix: '',
      missingPlace: () => node?.place ?? missingPlace(field),
      missingHint: () => missingHint(field),
    });
    for (const problem of problems)
      context.findings.add({
        ...problem,
        key: `${keyOf(field.key)}${problem.key.slice(field.key.length)}`,
      });
  }
  const whole = refused.size === 0 ? (values as T) : undefined;
  return { settings: values as Partial<T>, whole, written, refused, keyOf, rankOf };
}

function mapOf(key: string, value: Node | undefined, place: Place): MapNode {
  const entry: MapEntry | undefined = value && { keyPlace: value.place, value };
  return { kind: 'map', entries: new Map(entry === undefined ? [] : [[key, entry]]), place };
}

function howToSet(field: Field): string {
  const example = field.meta.example === undefined ? '' : `, for example ${field.meta.example}`;
  return `set ${field.envName} in the environment or ${field.key} in the file${example}`;
}

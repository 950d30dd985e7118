/** From what was written to what a schema takes: `5` in the environment is a text, and a number where one is wanted. */
import type { JsonNode } from '../base/field.js';
import type { Node, ScalarNode } from './node.js';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
  ['yes', true],
  ['no', false],
  // YAML 1.1, which the original reads, has these too.
  ['on', true],
  ['off', false],
]);

/** The plain value for zod. A text that does not fit stays a text, so that the schema can say so. */
export function coerce(node: Node, json: JsonNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return coerceScalar(node, json);
    case 'list': {
      const items = variant(json, 'array')?.items ?? {};
      return node.items.map((item) => coerce(item, items));
    }
    case 'map': {
      const object = variant(json, 'object') ?? {};
      const entries = [...node.entries].map(
        ([key, entry]) => [key, coerce(entry.value, propertyOf(object, key))] as const,
      );
      return Object.fromEntries(entries.filter(([, value]) => value !== null));
    }
  }
}

function coerceScalar(node: ScalarNode, json: JsonNode): unknown {
  if (node.isNull) return null;
  const kinds = kindsOf(json);
  const { text } = node;
  const trimmed = text.trim();
  const takesText = kinds.has('string');
  if (kinds.has('number') && NUMBER.test(trimmed) && !(takesText && node.isQuoted))
    return Number(trimmed);
  if (kinds.has('boolean') && !(takesText && node.isQuoted))
    return BOOLEANS.get(trimmed.toLowerCase()) ?? text;
  if (kinds.has('array') && !takesText) {
    const items = variant(json, 'array')?.items ?? {};
    const parts = text.split(',').filter((part) => part.trim() !== '');
    return parts.map((part) => coerceScalar({ ...node, text: part.trim() }, items));
  }
  return text;
}

function propertyOf(json: JsonNode, key: string): JsonNode {
  const own = Object.hasOwn(json.properties ?? {}, key) ? json.properties?.[key] : undefined;
  if (own !== undefined) return own;
  return typeof json.additionalProperties === 'object' ? json.additionalProperties : {};
}

/** The alternative of that type. */
function variant(json: JsonNode, type: string): JsonNode | undefined {
  return alternatives(json).find((candidate) => candidate.type === type);
}

function alternatives(json: JsonNode): readonly JsonNode[] {
  const inner = json.anyOf ?? json.oneOf;
  return inner === undefined ? [json] : inner.flatMap(alternatives);
}

/** What kinds of value the schema takes: string, number, boolean, array, object. Fixed words are no `string`. */
function kindsOf(json: JsonNode): ReadonlySet<string> {
  const kinds = new Set<string>();
  for (const option of alternatives(json)) {
    if (option.enum !== undefined || option.const !== undefined) continue;
    const types = typeof option.type === 'string' ? [option.type] : (option.type ?? []);
    for (const type of types) kinds.add(type === 'integer' ? 'number' : type);
  }
  return kinds;
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

export function kindWord(kind: string): string {
  return KIND_WORDS[kind] ?? kind;
}

/** "a text or a list". Empty when the schema does not say. */
export function wantedText(json: JsonNode): string {
  const words = alternatives(json).flatMap(({ type, enum: choices, const: only }) => {
    if (only !== undefined) return [typeof only === 'string' ? only : JSON.stringify(only)];
    return choices?.map(String) ?? [type ?? []].flat().map(kindWord);
  });
  return [...new Set(words)].join(' or ');
}

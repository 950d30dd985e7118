/** The JSON Schema of the configuration file, for editors. */
import { parse } from 'yaml';
import { z } from 'zod';
import type { CollectorDefinition } from '../../seams/schema.js';
import { coerce } from '../yaml/coerce.js';
import { collectorKinds } from '../read/env.js';
import type { JsonNode } from '../base/field.js';
import { scalar } from '../yaml/node.js';
import {
  GROUP_ENTRY_KEYS,
  groupEntrySchema,
  LIST_DOCS,
  OVERRIDE_ENTRY_KEYS,
  overrideEntrySchema,
  POLICY_ENTRY_KEYS,
  policyEntrySchema,
} from '../policies/entries.js';
import { flatSchema } from '../schema/settings.js';
import { COLLECTORS_KEY, GROUPS_KEY, OVERRIDES_KEY, POLICIES_KEY } from '../base/keys.js';

type JsonObject = Record<string, unknown>;

export function configJsonSchema(definitions: readonly CollectorDefinition[]): JsonObject {
  const root = fileSchema(flatSchema);
  const items = collectorKinds(definitions).map(({ definition }) => {
    const schema = fileSchema(definition.schema);
    return {
      ...schema,
      title: definition.type,
      description: definition.summary,
      properties: { type: { const: definition.type }, ...(schema['properties'] as JsonObject) },
      required: ['type', ...((schema['required'] as string[] | undefined) ?? [])],
    };
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'fly-autoscaler configuration',
    ...root,
    // The environment may give what the file does not.
    required: [],
    properties: {
      ...(root['properties'] as JsonObject),
      [COLLECTORS_KEY]: {
        description: LIST_DOCS[COLLECTORS_KEY],
        type: 'array',
        items: { oneOf: items },
      },
      [POLICIES_KEY]: entryList(POLICIES_KEY, policyEntrySchema, [
        ...POLICY_ENTRY_KEYS,
        COLLECTORS_KEY,
      ]),
      [GROUPS_KEY]: entryList(GROUPS_KEY, groupEntrySchema, [...GROUP_ENTRY_KEYS, COLLECTORS_KEY]),
      [OVERRIDES_KEY]: entryList(OVERRIDES_KEY, overrideEntrySchema, OVERRIDE_ENTRY_KEYS),
    },
  };
}

/** What an entry may have of the keys at the top of the file is as it is there. */
function entryList(
  key: keyof typeof LIST_DOCS,
  own: z.ZodType,
  shared: readonly string[],
): JsonObject {
  const schema = fileSchema(own);
  const references = shared.map((name) => [name, { $ref: `#/properties/${name}` }] as const);
  return {
    description: LIST_DOCS[key],
    type: 'array',
    items: {
      ...schema,
      properties: { ...(schema['properties'] as JsonObject), ...Object.fromEntries(references) },
    },
  };
}

function fileSchema(schema: z.ZodType): JsonObject {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => asWritten(jsonSchema as JsonObject),
  });
  return json;
}

/** What we know of a setting, in the words of JSON Schema; whatever is not a text may be a `$NAME` too. */
function asWritten(json: JsonObject): void {
  const { example, defaultText } = json;
  const isYaml = json['isFileOnly'] === true;
  for (const key of META_KEYS) delete json[key];
  if (typeof example === 'string') json['examples'] = [writtenValue(example, json, isYaml)];
  // Parsed defaults are of another form than what people write.
  if (typeof defaultText === 'string') delete json['default'];
  const isSetting = typeof json['description'] === 'string';
  const { type } = json as JsonNode;
  if (isSetting && (type === 'integer' || type === 'number' || type === 'boolean'))
    widen(json, { type: 'string', pattern: '\\$' });
  else if (isSetting && type === 'array' && !isListOfMaps(json)) widen(json, { type: 'string' });
  else if (isSetting && Array.isArray(json['enum']))
    widen(json, { type: 'string', pattern: '\\$' });
  else if (isSetting && type === 'string') widen(json, { type: 'number' });
}

const META_KEYS = [
  'env',
  'envFallback',
  'isPerApp',
  'isInherited',
  'isSecret',
  'isExpression',
  'isFileOnly',
  'example',
  'defaultText',
];

/** No text stands for one. */
function isListOfMaps({ items }: JsonNode): boolean {
  return items?.type === 'object';
}

function writtenValue(text: string, json: JsonNode, isYaml: boolean): unknown {
  if (isYaml) return parse(text) as unknown;
  return coerce(scalar(text, { env: '' }), json);
}

const ABOUT = ['description', 'default', 'examples'];

function widen(json: JsonObject, other: JsonObject): void {
  const own = Object.entries(json).filter(([key]) => !ABOUT.includes(key));
  for (const [key] of own) delete json[key];
  json['anyOf'] = [Object.fromEntries(own), other];
}

/** What the loader, the docs and the JSON Schema know of one setting; all of it derived from its zod schema. */
import { z } from 'zod';
import { setting, type SettingMeta } from '../../seams/schema.js';

/** The part of JSON Schema that says what may be written. */
export interface JsonNode {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonNode[];
  readonly oneOf?: readonly JsonNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: JsonNode;
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly additionalProperties?: JsonNode | boolean;
  readonly default?: unknown;
  readonly required?: readonly string[];
  /** Of a setting; they come with its schema. */
  readonly description?: string;
  readonly defaultText?: string;
  readonly example?: string;
}

export interface FieldMeta extends SettingMeta {
  /** An expression: `$NAME` has rules of its own there. */
  readonly isExpression?: boolean;
}

export interface Field {
  readonly key: string;
  readonly schema: z.ZodType;
  readonly meta: FieldMeta;
  readonly json: JsonNode;
  /** The environment name by the rule, FAS_ and the key in upper snake case. Others are in `meta.env`. */
  readonly envName: string;
  readonly isRequired: boolean;
}

/** The fields of an object schema, in the order of its declaration. */
export function fieldsOf(schema: z.ZodType, envPrefix: string): readonly Field[] {
  const { properties } = inputJson(schema);
  return Object.entries(shapeOf(schema)).map(([key, field]) => ({
    key,
    schema: field,
    meta: metaOf(field) ?? { description: '' },
    json: properties?.[key] ?? {},
    envName: /^[A-Z]/.test(key) ? key : `${envPrefix}_${upperSnake(key)}`,
    isRequired: !field.safeParse(undefined).success,
  }));
}

/** A setting that is an expression. */
export function expressionSetting(
  description: string,
  example: string,
): z.ZodType<string | undefined, string | undefined> {
  const meta: FieldMeta = { description, example, isExpression: true };
  return setting(z.string().optional(), meta);
}

/** All environment names of a field, those that win first; none when it is for the file only. */
export function envNames(field: Field): readonly string[] {
  if (field.meta.isFileOnly === true) return [];
  return [...(field.meta.env ?? []), field.envName, ...(field.meta.envFallback?.names ?? [])];
}

/** The default as people write it; undefined when there is none. */
export function defaultText({ meta, json }: Field): string | undefined {
  if (meta.defaultText !== undefined) return meta.defaultText;
  if (json.default === undefined) return undefined;
  if (Array.isArray(json.default) && json.default.length === 0) return 'none';
  return typeof json.default === 'string' ? json.default : JSON.stringify(json.default);
}

export function upperSnake(key: string): string {
  return key.toUpperCase().replaceAll('-', '_');
}

function inputJson(schema: z.ZodType): JsonNode {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonNode;
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in as z.ZodType);
  throw new Error('settings must be an object schema');
}

/** The meta of the schema or of what it wraps: `setting(...).optional()` says as much as `setting(x.optional())`. */
function metaOf(schema: z.ZodType): FieldMeta | undefined {
  const meta = schema.meta();
  if (typeof meta?.description === 'string') return meta as unknown as FieldMeta;
  const { def } = schema as unknown as { def: { innerType?: z.ZodType; in?: z.ZodType } };
  const inner = def.innerType ?? def.in;
  return inner === undefined ? undefined : metaOf(inner);
}

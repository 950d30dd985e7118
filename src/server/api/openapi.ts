/** The OpenAPI 3.1 description, from the table of endpoints. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.js';
import { failure, named } from './schemas.js';
import { API_PREFIX, endpoints } from './table.js';

export type JsonObject = { readonly [key: string]: unknown };

const COMPONENTS = '#/components/schemas/';

export const openApiDocument: () => JsonObject = once(() => ({
  openapi: '3.1.0',
  info: {
    title: 'fly-autoscaler',
    version: 'v1',
    description:
      'What the autoscaler sees and decides, and orders to it. Reading is open on loopback; elsewhere, and to change anything, a token is needed.',
  },
  servers: [{ url: API_PREFIX }],
  paths: pathsOf(endpoints),
  components: {
    schemas: components(),
    securitySchemes: {
      readToken: {
        type: 'http',
        scheme: 'bearer',
        description: 'FAS_READ_TOKEN or FAS_ADMIN_TOKEN',
      },
      adminToken: { type: 'http', scheme: 'bearer', description: 'FAS_ADMIN_TOKEN' },
    },
  },
}));

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function components(): JsonObject {
  const { schemas } = z.toJSONSchema(named, { uri: (id) => `${COMPONENTS}${id}` });
  return Object.fromEntries(
    Object.entries(schemas)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, schema]) => [id, plain(schema)]),
  );
}

function pathsOf(all: readonly Endpoint[]): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of all) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operationOf(endpoint),
    };
  }
  return paths;
}

function operationOf(endpoint: Endpoint): JsonObject {
  const { summary, details, params, query, body, access, kind, method } = endpoint;
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')];
  const type = kind === 'json' ? 'application/json' : 'text/event-stream';
  return {
    summary,
    ...(details === undefined ? {} : { description: details }),
    security: access === 'read' ? [{}, { readToken: [] }] : [{ adminToken: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(method === 'GET' ? {} : { requestBody: bodyOf(body) }),
    responses: {
      200: {
        description:
          kind === 'json' ? 'The answer.' : 'A stream; the `data` of each event is one of these.',
        content: { [type]: { schema: schemaOf(endpoint.answer) } },
      },
      default: {
        description: 'It could not be met.',
        content: { 'application/json': { schema: schemaOf(failure) } },
      },
    },
  };
}

function bodyOf(body: z.ZodObject): JsonObject {
  const schema = inputSchema(body);
  const isRequired = !body.safeParse({}).success;
  return { required: isRequired, content: { 'application/json': { schema } } };
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): readonly JsonObject[] {
  const { properties = {}, required = [] } = inputSchema(schema) as {
    properties?: Record<string, JsonObject>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** A reference where it has a name. */
function schemaOf(schema: z.ZodType): JsonObject {
  const id = named.get(schema)?.id;
  if (id === undefined) throw new Error('every answer needs a name');
  return { $ref: `${COMPONENTS}${id}` };
}

/** What a client may send: what has a default may be left out. */
export function inputSchema(schema: z.ZodObject): JsonObject {
  return plain(z.toJSONSchema(schema, { io: 'input' }));
}

/** Without what says where it came from; the document says so once. */
function plain(schema: object): JsonObject {
  const { $schema: _, $id: __, id: ___, ...rest } = schema as JsonObject;
  return rest;
}

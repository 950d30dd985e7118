/** One endpoint: what it takes and gives, as schemas, and how it is answered. Router, OpenAPI and docs read nothing else. */
import type { z } from 'zod';
import type { Caller } from './access.js';
import type { ApiPorts } from './ports.js';
import { Refusal } from './refusal.js';

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
}

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> {
  /** Below /api/v1, such as `/apps/{name}`. */
  readonly path: string;
  readonly summary: string;
  /** One or two sentences more. */
  readonly details?: string;
  /** One key for each name in braces. */
  readonly params: P;
  readonly query: Q;
  /** An empty object: it takes none. */
  readonly body: B;
}

export interface JsonDefinition<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  A extends z.ZodType,
> extends Definition<P, Q, B> {
  readonly method: 'GET' | 'POST';
  readonly access: 'read' | 'change';
  readonly answer: A;
  readonly handle: (
    ports: ApiPorts,
    call: Call<z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<z.output<A> | Refusal> | z.output<A> | Refusal;
}

/** What was given, not yet checked. */
export interface RawCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly caller: Caller;
}

export interface Endpoint extends Definition<z.ZodObject, z.ZodObject, z.ZodObject> {
  readonly method: 'GET' | 'POST';
  readonly access: 'read' | 'change';
  /** Of one answer, or of one event where it is a stream of them. */
  readonly answer: z.ZodType;
  readonly kind: 'json' | 'events';
  /** Checks what was given, then answers. An endpoint of events answers with what was asked for, as checked. */
  readonly run: (ports: ApiPorts, raw: RawCall) => Promise<unknown>;
}

export function jsonEndpoint<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  A extends z.ZodType,
>(definition: JsonDefinition<P, Q, B, A>): Endpoint {
  const { handle, ...shape } = definition;
  return {
    ...shape,
    kind: 'json',
    run: async (ports, raw) => {
      const call = checked(definition, raw);
      return call instanceof Refusal ? call : handle(ports, call);
    },
  };
}

/** A stream of server-sent events; what is in `query` says which. */
export function eventsEndpoint<Q extends z.ZodObject>(
  definition: Definition<z.ZodObject, Q, z.ZodObject> & { readonly answer: z.ZodType },
): Endpoint {
  return {
    ...definition,
    method: 'GET',
    access: 'read',
    kind: 'events',
    run: async (_, raw) => {
      const call = checked(definition, raw);
      return call instanceof Refusal ? call : call.query;
    },
  };
}

function checked<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject>(
  { params, query, body }: Definition<P, Q, B>,
  raw: RawCall,
): Call<z.output<P>, z.output<Q>, z.output<B>> | Refusal {
  const inPath = params.safeParse(raw.params);
  if (!inPath.success) return refusalOf('path', inPath.error);
  const inQuery = query.safeParse(raw.query);
  if (!inQuery.success) return refusalOf('query', inQuery.error);
  const inBody = body.safeParse(raw.body);
  if (!inBody.success) return refusalOf('body', inBody.error);
  return { params: inPath.data, query: inQuery.data, body: inBody.data, caller: raw.caller };
}

function refusalOf(where: string, { issues }: z.ZodError): Refusal {
  const found = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return new Refusal(400, `the ${where} cannot be used: ${found.join('; ')}`, {
    hint: 'GET /api/v1/openapi.json says what each endpoint takes',
  });
}

/** docs/api.md, from the table of endpoints. */
import type { Endpoint } from './endpoint.js';
import { inputSchema, openApiDocument, type JsonObject } from './openapi.js';
import { API_PREFIX, endpoints } from './table.js';

/** Markdown. */
export function apiDocs(): string {
  return `${[INTRODUCTION, ...endpoints.map(section), '## Shapes\n', ...shapes()].join('\n').trimEnd()}\n`;
}

const INTRODUCTION = `<!-- Generated from the table of endpoints by "npm run generate". Changes here are lost. -->
# HTTP API

JSON below \`${API_PREFIX}\`, on the address that \`listen\` names (default \`:9090\`), beside \`/metrics\`.
\`GET ${API_PREFIX}/openapi.json\` is the OpenAPI 3.1 description; a copy is [openapi.json](openapi.json).

\`\`\`sh
npm start                                                     # says where its metrics are, such as http://127.0.0.1:43211
curl -s http://127.0.0.1:43211/api/v1/apps/my-app-1           # what it knows of an app
curl -sN 'http://127.0.0.1:43211/api/v1/events?app=my-app-*'  # decisions as they are made
\`\`\`

## Who may

| | on loopback | from elsewhere | over the unix socket |
|---|---|---|---|
| reading | anybody | with \`FAS_READ_TOKEN\` or \`FAS_ADMIN_TOKEN\` | its owner |
| changing | with \`FAS_ADMIN_TOKEN\` | with \`FAS_ADMIN_TOKEN\` | its owner |

An organization's private network holds its customers' apps too, so no address is trusted but loopback. A token is sent as
\`Authorization: Bearer TOKEN\`. Without \`FAS_ADMIN_TOKEN\` nothing can be changed over HTTP, without either token nothing can be read from
elsewhere. A request counts as loopback when it comes from 127.0.0.0/8 or ::1, its Host is \`localhost\` or such an address (a page in a
browser may have its own name lead there), and it has no header that proxies add: \`Forwarded\`, \`Via\`, \`X-Forwarded-*\`, \`X-Real-IP\`, \`Fly-*\`
and their like. Who runs a proxy that adds none of them on the same machine opens reading to its clients. \`/metrics\`, \`/livez\` and
\`/readyz\` are open to all, as before.

A page of another origin in a browser on the same machine is refused what loopback may read (403 by \`Sec-Fetch-Site\`, or by \`Origin\` where the browser
sends no such header), and a stream of events also with a token, which a proxy may have added. There are no CORS headers.

The [unix socket](pause.md#where-the-commands-find-the-autoscaler) speaks the same API and is what the commands use.

\`\`\`sh
curl -s --unix-socket "$FAS_DATA_DIR/control.sock" -X POST http://localhost/api/v1/pause \\
  -H 'Content-Type: application/json' -d '{"app":"my-app-*","mode":"in","for":"2h","reason":"move of the queue"}'
\`\`\`

## What goes wrong

Every answer that is no success is \`{"error": ..., "hint": ...}\`: 400 for what cannot be used, 401 and 403 for who may not, 404, 405, 413 for a body
of more than 64 KiB, 415 for one that is not JSON, 503 when an order could not be kept (it did not take effect then).
`;

function section(endpoint: Endpoint): string {
  const { method, path, summary, details, query, body, access } = endpoint;
  const parts = [
    `## ${method} ${path}\n`,
    `${summary}${details === undefined ? '' : ` ${details}`}\n`,
    ...(access === 'change' ? ['Needs the admin token.\n'] : []),
    ...fields('query', inputSchema(query)),
    ...fields('body', inputSchema(body)),
    `Answers with ${linkOf(answerOf(endpoint))}.\n`,
  ];
  return parts.join('\n');
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
}

function fields(where: string, json: JsonObject): readonly string[] {
  const { properties = {}, required = [] } = json as Schema;
  const rows = Object.entries(properties).map(([name, schema]) => {
    const initial =
      schema.default === undefined ? '' : `Default \`${JSON.stringify(schema.default)}\`.`;
    const need = required.includes(name) ? 'Required.' : initial;
    const text = [schema.description ?? '', need].filter((part) => part !== '').join(' ');
    return row([`\`${name}\``, typeOf(schema), text]);
  });
  if (rows.length === 0) return [];
  return [`${row([`in the ${where}`, 'type', 'meaning'])}|---|---|---|\n${rows.join('')}`];
}

function shapes(): readonly string[] {
  const { schemas } = (openApiDocument() as { components: { schemas: Record<string, Schema> } })
    .components;
  return Object.entries(schemas).map(([name, schema]) => {
    const { description, properties } = schema;
    const text = description === undefined ? '' : `${description}\n`;
    if (properties === undefined) return `### ${name}\n\n${typeOf(schema)}. ${text}`;
    const rows = Object.entries(properties).map(([key, each]) =>
      row([`\`${key}\``, typeOf(each), each.description ?? '']),
    );
    return `### ${name}\n\n${text}\n${row(['key', 'type', 'meaning'])}|---|---|---|\n${rows.join('')}`;
  });
}

/** Many codes are a page of their own. */
const MAX_CHOICES = 8;

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return linkOf(schema.$ref);
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (typeof schema.type === 'object') {
    return schema.type.map((type) => typeOf({ ...schema, type })).join(' or ');
  }
  if (schema.enum !== undefined && schema.enum.length <= MAX_CHOICES) {
    return schema.enum.map((choice) => `\`${choice}\``).join(', ');
  }
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.format === 'date-time') return 'time';
  if (schema.type === 'object' && schema.properties !== undefined) {
    return `{ ${Object.entries(schema.properties)
      .map(([key, each]) => `\`${key}\`: ${typeOf(each)}`)
      .join(', ')} }`;
  }
  if (typeof schema.additionalProperties === 'object') {
    return `object of ${typeOf(schema.additionalProperties)}`;
  }
  return TYPES[schema.type ?? ''] ?? schema.type ?? 'anything';
}

const TYPES: Readonly<Record<string, string>> = { string: 'text', boolean: 'true or false' };

function answerOf({ method, path }: Endpoint): string {
  const { paths } = openApiDocument() as unknown as {
    paths: Record<string, Record<string, { responses: { 200: { content: object } } }>>;
  };
  const content = paths[path]?.[method.toLowerCase()]?.responses[200].content ?? {};
  const [answer] = Object.values(content) as { schema: { $ref: string } }[];
  return answer?.schema.$ref ?? '';
}

function linkOf(reference: string): string {
  const name = reference.split('/').at(-1) ?? '';
  return `[${name}](#${name.toLowerCase()})`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

/** Answers that Fly's description allows, or nearly so, and that few readers expect: one field of one object is odd. */

/** A field by its path, and what stands there instead; undefined: nothing does. */
export interface Oddity {
  readonly path: readonly string[];
  readonly value: unknown;
}

type Choices = readonly (readonly [path: string, values: readonly unknown[]])[];

const MISSING = [undefined, null, '', 7] as const;

/**
 * What may be odd of a machine so that it cannot be read, and is no lie: fields whose absence says something (cordoned,
 * lease, metadata) are only of another type.
 */
const UNREADABLE: Choices = [
  ['', [null, 'x', 7]],
  ['id', MISSING],
  ['state', MISSING],
  ['region', MISSING],
  ['version', MISSING],
  ['created_at', [...MISSING, 'x']],
  ['updated_at', ['x']],
  ['name', [7]],
  ['cordoned', [7, 'x']],
  ['host_status', [7]],
  ['config', [7, []]],
  ['config.metadata.odd', [null, 7]],
  ['config.env', ['x', { odd: 7 }]],
  ['image_ref', [7]],
];

/** Odd, and clear all the same. */
const CLEAR: Choices = [
  ['updated_at', ['']],
  ['lease.expires_at', [undefined, null]],
];

const OF_MACHINES: Choices = [...UNREADABLE, ...CLEAR];

const OF_LISTED: Choices = [
  ['', [null, 'x']],
  ['id', MISSING],
  ['app_name', MISSING],
  ['state', MISSING],
  ['region', MISSING],
  ['version', MISSING],
  ['updated_at', [...MISSING, 'x']],
];

const OF_APPS: Choices = [
  ['', [null, 'x']],
  ['name', MISSING],
  ['status', [7, null]],
];

const OF_VOLUMES: Choices = [
  ['', [null]],
  ['name', MISSING],
  ['region', MISSING],
  ['state', MISSING],
  ['size_gb', [undefined, null, 'x']],
];

const OF_LEASES: Choices = [
  ['data.nonce', [undefined, null, 7]],
  ['data.expires_at', [undefined, null, 'x']],
];

const CHOICES: Readonly<Record<string, Choices>> = {
  'list-machines': OF_MACHINES,
  'get-machine': OF_MACHINES,
  'create-machine': OF_MACHINES,
  'list-org-machines': OF_LISTED,
  'list-apps': OF_APPS,
  'list-volumes': OF_VOLUMES,
  'acquire-lease': OF_LEASES,
};

export const ODD_ACTIONS: ReadonlySet<string> = new Set(Object.keys(CHOICES));

/** An oddity by which a machine cannot be read, drawn; `lot` gives numbers in [0, 1). */
export function drawOddity(lot: () => number): Oddity {
  return draw(UNREADABLE, lot);
}

export interface OddBody {
  readonly body: string;
  /** What it says can be read all the same. */
  readonly isClear: boolean;
}

/** The body with one of its objects odd. A body without any stays as it is. */
export function withOneOdd(action: string, body: string, lot: () => number): OddBody {
  const choices = CHOICES[action];
  if (choices === undefined) return { body, isClear: true };
  const answer = JSON.parse(body) as unknown;
  const list = listIn(answer);
  if (list?.length === 0) return { body, isClear: true };
  const index = list === null ? 0 : Math.floor(lot() * list.length);
  const oddity = draw(choices, lot);
  const isClear = isClearAllTheSame(oddity);
  if (list === null) return { body: JSON.stringify(made(answer, oddity)), isClear };
  // In place: the list is part of the answer.
  list[index] = made(list[index], oddity);
  return { body: JSON.stringify(answer), isClear };
}

function isClearAllTheSame({ path, value }: Oddity): boolean {
  return CLEAR.some(([clear, values]) => clear === path.join('.') && values.includes(value));
}

/** The object of an answer as the oddity makes it. */
export function made(value: unknown, { path, value: odd }: Oddity): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return odd;
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  // What is not there has nothing odd in it.
  if (rest.length > 0 && (fields[key] === undefined || fields[key] === null)) return value;
  const changed = { ...fields, [key]: made(fields[key], { path: rest, value: odd }) };
  // Its old name would say the version too.
  return key === 'version' ? { ...changed, instance_id: changed['version'] } : changed;
}

function draw(choices: Choices, lot: () => number): Oddity {
  const [path, values] = pick(choices, lot) ?? ['', [null]];
  return { path: path === '' ? [] : path.split('.'), value: pick(values, lot) };
}

function pick<T>(items: readonly T[], lot: () => number): T | undefined {
  return items[Math.floor(lot() * items.length)];
}

function listIn(answer: unknown): unknown[] | null {
  if (Array.isArray(answer)) return answer as unknown[];
  const { machines, apps } = answer as { machines?: unknown; apps?: unknown };
  const list = machines ?? apps;
  return Array.isArray(list) ? (list as unknown[]) : null;
}

/** What stands before Fly answers in its place, with 404: as HTML, as text, as its own JSON. */
export function gatewayPage(lot: () => number): {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  return pick(PAGES, lot) ?? PAGES[0];
}

const PAGES = [
  {
    body: '<html><head><title>404 Not Found</title></head></html>',
    headers: { 'content-type': 'text/html' },
  },
  { body: '404 page not found\n', headers: { 'content-type': 'text/plain' } },
  { body: '', headers: {} },
  {
    body: '{"message":"no Route matched with those values"}',
    headers: { 'content-type': 'application/json' },
  },
  {
    body: '{"status":404,"error":"Not Found"}',
    headers: { 'content-type': 'application/json' },
  },
] as const;

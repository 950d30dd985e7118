/** Answers of which one field is not as it should be: what a server that is ill, older, newer or another one may send. */

export interface Variation {
  /** Where, and what it is now: `messages_ready = -1`. */
  readonly what: string;
  /** The field that was varied; the last name or index on the way to it. */
  readonly field: string | number;
  /** `absent` where the field is left out. */
  readonly value: unknown;
  /** A copy of the document in which that one field differs. */
  readonly document: unknown;
}

export const ABSENT = Symbol('absent');

/** Numbers that can be none of a count among them. A text of a number is a number to some sources: it is among them only as an absurd one. */
export const ODD_VALUES: readonly unknown[] = [
  ABSENT,
  null,
  '',
  ' ',
  'many',
  true,
  false,
  [],
  {},
  [[]],
  { a: [null] },
  -1,
  -0.5,
  1.5,
  -(2 ** 31),
  2 ** 53,
  1e300,
  Number.NaN,
  Infinity,
  -Infinity,
  '-1',
  '9'.repeat(400),
  'x'.repeat(100_000),
];

/** What makes an answer large: for readers that take a whole object as one of many. */
export const HUGE_VALUES: readonly unknown[] = [
  Array.from({ length: 3000 }, () => 1),
  Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, null])),
];

type Path = readonly (string | number)[];

/** Each field of the object at `start`, and of what is in it, and the object itself, with each odd value. */
export function* variationsOf(
  document: unknown,
  start: Path = [],
  values: readonly unknown[] = ODD_VALUES,
): Generator<Variation> {
  for (const path of pathsBelow(at(document, start), start)) {
    for (const value of values) {
      yield {
        what: `${path.join('.')} = ${shown(value)}`,
        field: path.at(-1) ?? '',
        value,
        document: changed(document, path, value),
      };
    }
  }
}

function shown(value: unknown): string {
  if (typeof value === 'symbol') return 'absent';
  if (typeof value === 'number') return String(value);
  return JSON.stringify(value).slice(0, 40);
}

function* pathsBelow(value: unknown, path: Path): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  for (const key of keys) yield* pathsBelow(at(value, [key]), [...path, key]);
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<string | number, unknown>>)[key],
    value,
  );
}

function changed(document: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = rest.length === 0 ? value : changed(at(document, [key]), rest, value);
  if (Array.isArray(document)) {
    const copy: unknown[] = [...(document as readonly unknown[])];
    if (inner === ABSENT) copy.splice(Number(key), 1);
    else copy[Number(key)] = inner;
    return copy;
  }
  const { [key]: _, ...others } = document as Readonly<Record<string | number, unknown>>;
  return inner === ABSENT ? others : { ...others, [key]: inner };
}

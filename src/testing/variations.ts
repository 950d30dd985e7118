/** Answers of somebody else with one field changed, as whoever wrote them may change it. */

export interface Variation {
  /** "config.metadata.a is null" */
  readonly text: string;
  readonly value: unknown;
}

const ABSENT = Symbol('absent');

/** Every kind of JSON value, empty and huge. */
const VALUES: readonly (readonly [text: string, value: unknown])[] = [
  ['absent', ABSENT],
  ['null', null],
  ['""', ''],
  ['a text', 'x'],
  ['a number', 7],
  ['a number below zero', -1],
  ['a number beyond all', 1e308],
  ['a fraction', 0.5],
  ['true', true],
  ['an empty list', []],
  ['a list with a null', [null]],
  ['a list of texts', ['x']],
  ['an empty object', {}],
  ['an object with a null', { a: null }],
  ['an object with a number', { a: 1 }],
  ['a text of 50 kB', 'x'.repeat(50_000)],
  ['a list of 3,000', Array.from({ length: 3000 }, () => 1)],
  [
    'an object of 3,000',
    Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, null])),
  ],
];

/** The value with one field of it changed, once for each field at any depth and each value; the whole of it too. */
export function variationsOf(value: unknown): readonly Variation[] {
  return pathsOf(value, []).flatMap((path) =>
    VALUES.filter(([, changed]) => path.length > 0 || changed !== ABSENT).map(
      ([text, changed]) => ({
        text: `${path.length === 0 ? 'all of it' : path.join('.')} is ${text}`,
        value: replaced(value, path, changed),
      }),
    ),
  );
}

function pathsOf(value: unknown, path: readonly string[]): (readonly string[])[] {
  const below =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]))
      : [];
  return [path, ...below];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], changed: unknown): unknown {
  if (key === undefined) return changed;
  if (Array.isArray(value)) {
    const items = value.map((each: unknown, index) =>
      String(index) === key ? replaced(each, rest, changed) : each,
    );
    return items.filter((each) => each !== ABSENT);
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(
    ([name, each]) => [name, name === key ? replaced(each, rest, changed) : each] as const,
  );
  return Object.fromEntries(entries.filter(([, each]) => each !== ABSENT));
}

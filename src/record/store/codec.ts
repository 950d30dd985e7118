/**
 * Values as text and back, whatever a decision is made of: plain data, with the numbers, absences and collections that
 * JSON does not have, and expressions, which are compiled again. Nothing is said of any particular field, so that new
 * ones need nothing here.
 *
 * What JSON has no word for becomes an object with the key `$`; objects that have such a key themselves are wrapped.
 */
import {
  compileWritten,
  isProgram,
  writtenProgram,
  type Program,
  type WrittenProgram,
} from '../../core/model/program.js';
import { Recurrence, type WrittenRecurrence } from '../../core/time/recurrence.js';

const TAG = '$';

type Tagged =
  | { readonly $: 'number'; readonly v: 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { readonly $: 'undefined' }
  | { readonly $: 'bigint'; readonly v: string }
  | { readonly $: 'map' | 'object'; readonly v: readonly (readonly [unknown, unknown])[] }
  | { readonly $: 'set'; readonly v: readonly unknown[] }
  | ({ readonly $: 'program' } & WrittenProgram)
  | ({ readonly $: 'recurrence' } & WrittenRecurrence);

/** Throws a `TypeError` for what is no data: functions, symbols, instances of other classes. */
export function encode(value: unknown): string {
  return JSON.stringify(tag(value));
}

/** Throws when the text is not from `encode`, or holds an expression that does not compile any more. */
export function decode(text: string): unknown {
  return untag(JSON.parse(text));
}

const UNDEFINED: Tagged = { $: 'undefined' };

function tag(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return tagNumber(value);
    case 'undefined':
      return UNDEFINED;
    case 'bigint':
      return { $: 'bigint', v: String(value) } satisfies Tagged;
    case 'object':
      return value === null ? null : tagObject(value);
    default:
      throw new TypeError(`a ${typeof value} cannot be recorded`);
  }
}

function tagNumber(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  const v = Object.is(value, -0) ? '-0' : (String(value) as 'NaN' | 'Infinity' | '-Infinity');
  return { $: 'number', v } satisfies Tagged;
}

function tagObject(value: object): unknown {
  if (Array.isArray(value)) return tagArray(value);
  if (value instanceof Map) {
    const v = [...value].map(([key, inner]) => [tag(key), tag(inner)] as const);
    return { $: 'map', v } satisfies Tagged;
  }
  if (value instanceof Set) return { $: 'set', v: [...value].map(tag) } satisfies Tagged;
  if (isProgram(value)) return { $: 'program', ...writtenProgram(value) } satisfies Tagged;
  if (value instanceof Recurrence) {
    return { $: 'recurrence', ...value.written } satisfies Tagged;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`a ${value.constructor.name} cannot be recorded`);
  }
  return tagRecord(value as Readonly<Record<string, unknown>>);
}

/** The same array where no element needs a tag, which is nearly always. */
function tagArray(values: readonly unknown[]): readonly unknown[] {
  let tagged: unknown[] | null = null;
  for (let i = 0; i < values.length; i += 1) {
    const inner = tag(values[i]);
    if (tagged === null && inner !== values[i]) tagged = values.slice(0, i);
    tagged?.push(inner);
  }
  return tagged ?? values;
}

function tagRecord(record: Readonly<Record<string, unknown>>): unknown {
  if (Object.hasOwn(record, TAG)) {
    const v = Object.entries(record).map(([key, inner]) => [key, tag(inner)] as const);
    return { $: 'object', v } satisfies Tagged;
  }
  let tagged: [string, unknown][] | null = null;
  const keys = Object.keys(record);
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? '';
    const inner = tag(record[key]);
    if (tagged === null && inner !== record[key]) {
      tagged = keys.slice(0, i).map((earlier) => [earlier, record[earlier]]);
    }
    tagged?.push([key, inner]);
  }
  return tagged === null ? record : Object.fromEntries(tagged);
}

function untag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = untag(value[i]);
    return value;
  }
  const record = value as Record<string, unknown>;
  if (Object.hasOwn(record, TAG)) return untagged(record as unknown as Tagged);
  for (const key of Object.keys(record)) {
    const inner = record[key];
    if (typeof inner !== 'object' || inner === null) continue;
    // An assignment to `__proto__` would not make a property.
    Object.defineProperty(record, key, {
      value: untag(inner),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return record;
}

function untagged(tagged: Tagged): unknown {
  switch (tagged.$) {
    case 'number':
      return Number(tagged.v);
    case 'undefined':
      return undefined;
    case 'bigint':
      return BigInt(tagged.v);
    case 'map':
      return new Map(tagged.v.map(([key, inner]) => [untag(key), untag(inner)]));
    case 'object':
      return Object.fromEntries(tagged.v.map(([key, inner]) => [key, untag(inner)]));
    case 'set':
      return new Set(tagged.v.map(untag));
    case 'program':
      return programOf(tagged);
    case 'recurrence': {
      const { cron, durationMs, zone } = tagged;
      return new Recurrence({ cron, durationMs, zone });
    }
  }
}

/** Many decisions are read with the same few expressions. */
const MOST_PROGRAMS = 500;
const programs = new Map<string, Program>();

function programOf({ source, names }: WrittenProgram): Program {
  const key = JSON.stringify([source, names]);
  const known = programs.get(key);
  if (known !== undefined) return known;
  const program = compileWritten({ source, names });
  if (programs.size >= MOST_PROGRAMS) programs.clear();
  programs.set(key, program);
  return program;
}

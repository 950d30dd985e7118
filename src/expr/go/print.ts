import { Dict, type ExprValue, GoFunction, GoInteger, List } from '../values.js';
import { monthNames, weekdayNames } from './civil.js';
import { formatGoDuration } from './duration.js';
import { formatFloat } from './float.js';
import { Location, type LocationStruct, Time } from './time.js';
import { formatTimeString } from './time-format.js';
import { durationType, monthType, weekdayType } from './type.js';
import { compareText } from './utf8.js';

/** Go's `fmt.Sprint(value)`, which is `%v`. */
export function formatValue(value: ExprValue): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join('');
}

function write(value: ExprValue, parts: string[]): void {
  if (value === null) parts.push('<nil>');
  else if (typeof value === 'number') parts.push(formatFloat(value));
  else if (typeof value !== 'object') parts.push(String(value));
  else if (value instanceof List) writeAll(value.items, parts, '[');
  else if (value instanceof Dict) writeMap(value, parts);
  else parts.push(formatObject(value));
}

function formatObject(value: GoInteger | Time | Location | LocationStruct | GoFunction): string {
  if (value instanceof GoInteger) return formatInteger(value);
  if (value instanceof Time) return formatTimeString(value);
  if (value instanceof Location) return value.name;
  // Go prints the address of a function and the whole table of a zone; neither can be had here.
  if (value instanceof GoFunction) return '0x0';
  return value.location.isFixed
    ? `{${value.location.name} [] []  0 0 <nil>}`
    : `{${value.location.name}}`;
}

function writeAll(items: readonly ExprValue[], parts: string[], open: string): void {
  parts.push(open);
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(' ');
    write(item, parts);
  }
  parts.push(']');
}

function writeMap(dict: Dict, parts: string[]): void {
  parts.push('map[');
  for (const [index, [key, value]] of sortedEntries(dict).entries()) {
    if (index > 0) parts.push(' ');
    write(key, parts);
    parts.push(':');
    write(value, parts);
  }
  parts.push(']');
}

/** Month and Weekday print as names; a number that is none prints as `%!Month(13)`. */
export function formatInteger(integer: GoInteger): string {
  const { type, value } = integer;
  if (type === durationType) return formatGoDuration(value);
  if (type === monthType) return monthNames[Number(value) - 1] ?? `%!Month(${value})`;
  if (type === weekdayType) return weekdayNames[Number(value)] ?? `%!Weekday(${value})`;
  return String(value);
}

/** Entries in the order in which Go prints a map: nil, then by kind, then by value. */
function sortedEntries(dict: Dict): (readonly [key: ExprValue, value: ExprValue])[] {
  return [...dict.entries.values()].sort(([a], [b]) => compareKeys(a, b));
}

function compareKeys(a: ExprValue, b: ExprValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (typeof a === 'number' && typeof b === 'number') return compareFloats(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const x = typeof a === 'bigint' ? a : a instanceof GoInteger ? a.value : 0n;
  const y = typeof b === 'bigint' ? b : b instanceof GoInteger ? b.value : 0n;
  return x < y ? -1 : x > y ? 1 : 0;
}

function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  return Number.isNaN(b) ? 1 : a - b;
}

function rankOf(key: ExprValue): number {
  if (key === null) return 0;
  if (typeof key === 'boolean') return 1;
  if (typeof key === 'bigint' || key instanceof GoInteger) return 2;
  if (typeof key === 'number') return 3;
  return typeof key === 'string' ? 4 : 5;
}

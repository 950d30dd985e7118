import { GoError } from '../error.js';
import { Dict, type ExprValue, GoFunction, GoInteger, List } from '../values.js';
import { encodeBase64 } from './base64.js';
import { bytesOf } from './bytes.js';
import { formatFloat, formatJsonFloat } from './float.js';
import { type Location, type LocationStruct, Time } from './time.js';
import { formatRfc3339 } from './time-format.js';
import { anyType, bytesType } from './type.js';
import { compareText } from './utf8.js';

/** Go's `json.MarshalIndent(value, "", "  ")`. Throws a `GoError` with its message. */
export function toJson(value: ExprValue): string {
  const parts: string[] = [];
  write(value, '\n', parts);
  return parts.join('');
}

/** `line` is a line break with the indentation of the place. */
function write(value: ExprValue, line: string, parts: string[]): void {
  if (value === null) parts.push('null');
  else if (typeof value === 'number') parts.push(float(value));
  else if (typeof value === 'string') parts.push(quoteJson(value));
  else if (typeof value !== 'object') parts.push(String(value));
  else if (value instanceof List) writeList(value, line, parts);
  else if (value instanceof Dict) writeDict(value, line, parts);
  else parts.push(object(value));
}

function float(value: number): string {
  if (Number.isFinite(value)) return formatJsonFloat(value);
  throw new GoError(`json: unsupported value: ${formatFloat(value)}`);
}

function object(value: GoInteger | Time | Location | LocationStruct | GoFunction): string {
  if (value instanceof GoInteger) return String(value.value);
  if (value instanceof Time) {
    try {
      return `"${formatRfc3339(value, 'Time.MarshalJSON')}"`;
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      throw new GoError(`json: error calling MarshalJSON for type time.Time: ${message}`);
    }
  }
  if (value instanceof GoFunction) throw new GoError(`json: unsupported type: ${value.type.name}`);
  // The fields of a location are private.
  return '{}';
}

function writeList(list: List, line: string, parts: string[]): void {
  if (list.isNil) parts.push('null');
  else if (list.type === bytesType) parts.push(`"${encodeBase64(Uint8Array.from(bytesOf(list)))}"`);
  else writeItems('[', ']', list.items, line, parts, (item, inner) => write(item, inner, parts));
}

function writeDict(dict: Dict, line: string, parts: string[]): void {
  if (dict.type.key === anyType) throw new GoError(`json: unsupported type: ${dict.type.name}`);
  const entries = [...dict.entries.values()]
    .map(([key, value]) => [typeof key === 'string' ? key : '', value] as const)
    .sort(([a], [b]) => compareText(a, b));
  writeItems('{', '}', entries, line, parts, ([key, value], inner) => {
    parts.push(quoteJson(key), ': ');
    write(value, inner, parts);
  });
}

function writeItems<T>(
  open: string,
  close: string,
  items: readonly T[],
  line: string,
  parts: string[],
  writeItem: (item: T, line: string) => void,
): void {
  const inner = `${line}  `;
  parts.push(open);
  for (const [index, item] of items.entries()) {
    parts.push(index === 0 ? inner : `,${inner}`);
    writeItem(item, inner);
  }
  parts.push(items.length === 0 ? close : line + close);
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Escapes what would be dangerous in HTML too, as Go does by default. */
function quoteJson(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += escapes.get(char) ?? escapeRare(char);
  return `${quoted}"`;
}

function escapeRare(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const isStray = code >= 0xd800 && code <= 0xdfff;
  const isEscaped = code < 0x20 || code === 0x2028 || code === 0x2029 || '<>&'.includes(char);
  if (isStray) return '\\ufffd';
  return isEscaped ? `\\u${code.toString(16).padStart(4, '0')}` : char;
}

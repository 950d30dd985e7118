import { GoError } from '../error.js';
import { daysInMonth, monthNames, weekdayNames } from './civil.js';
import { layoutElements } from './layout.js';
import { quoteBytes } from './quote-bytes.js';
import { makeTime, type Time } from './time.js';
import { fixedZone, type Location, utc } from './zone.js';

/** What a text said of a time, before it becomes one. */
interface Fields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  half: 'AM' | 'PM' | undefined;
  isUtc: boolean;
  offset: number | undefined;
  zoneName: string;
}

/** The text does not have the form of the element. */
class Unfit extends Error {}

/** The text has the form, but the number is too large or too small. */
class OutOfRange extends Error {
  readonly rest: string;
  constructor(what: string, rest: string) {
    super(what);
    this.rest = rest;
  }
}

/**
 * Go's `time.ParseInLocation`. `fallback` is where a time without a zone lies, `local` the zone whose
 * names and offsets are known; for `time.Parse` these are UTC and the zone of the process. Throws a
 * `GoError` with Go's message.
 */
export function parseTime(layout: string, text: string, fallback: Location, local: Location): Time {
  const fail = (element: string, rest: string, message = ''): GoError =>
    parseError(layout, text, element, rest, message);
  const fields = emptyFields();
  const found = layoutElements(layout);
  let rest = text;
  let end = 0;
  for (const [index, { element, at }] of found.entries()) {
    rest = skip(rest, layout.slice(end, at), fail);
    end = at + element.length;
    const next = found[index + 1]?.element ?? '';
    const before = rest;
    try {
      rest = readElement(element, rest, fields, next);
    } catch (error) {
      if (error instanceof OutOfRange) {
        throw fail(element, error.rest, `: ${error.message} out of range`);
      }
      throw error instanceof Unfit ? fail(element, before) : error;
    }
  }
  rest = skip(rest, layout.slice(end), fail);
  if (rest !== '') throw fail('', rest, `: extra text: ${quoteBytes(rest)}`);
  return assemble(fields, fallback, local, (message) => fail('', text, message));
}

function emptyFields(): Fields {
  return {
    year: 0,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    half: undefined,
    isUtc: false,
    offset: undefined,
    zoneName: '',
  };
}

function parseError(
  layout: string,
  text: string,
  element: string,
  rest: string,
  message: string,
): GoError {
  if (message !== '') return new GoError(`parsing time ${quoteBytes(text)}${message}`);
  return new GoError(
    `parsing time ${quoteBytes(text)} as ${quoteBytes(layout)}: cannot parse ${quoteBytes(rest)} as ${quoteBytes(element)}`,
  );
}

/** Steps over the literal text between elements; any run of spaces matches any other. */
function skip(
  text: string,
  literal: string,
  fail: (element: string, rest: string) => GoError,
): string {
  let value = text;
  let prefix = literal;
  while (prefix !== '') {
    if (prefix.startsWith(' ')) {
      if (value !== '' && !value.startsWith(' ')) throw fail(literal, value);
      prefix = prefix.replace(/^ +/, '');
      value = value.replace(/^ +/, '');
    } else {
      if (value.charAt(0) !== prefix.charAt(0)) throw fail(literal, value);
      prefix = prefix.slice(1);
      value = value.slice(1);
    }
  }
  return value;
}

/** Reads a number of one or two digits; `width` fixes how many there must be. */
function readNumber(text: string, isFixed: boolean, most = 2): [value: number, rest: string] {
  const match = new RegExp(`^[0-9]{1,${most}}`).exec(text)?.[0] ?? '';
  if (match === '' || (isFixed && match.length < most)) throw new Unfit();
  return [Number(match), text.slice(match.length)];
}

function readName(text: string, names: readonly string[]): [index: number, rest: string] {
  const index = names.findIndex(
    (name) => text.slice(0, name.length).toLowerCase() === name.toLowerCase(),
  );
  if (index < 0) throw new Unfit();
  return [index, text.slice(names[index]?.length)];
}

const shortMonths = monthNames.map((name) => name.slice(0, 3));
const shortWeekdays = weekdayNames.map((name) => name.slice(0, 3));

function inRange(value: number, least: number, most: number, what: string, rest: string): number {
  if (value < least || value > most) throw new OutOfRange(what, rest);
  return value;
}

function readElement(element: string, text: string, fields: Fields, next: string): string {
  switch (element) {
    case '2006': {
      if (!/^[0-9]{4}/.test(text)) throw new Unfit();
      fields.year = Number(text.slice(0, 4));
      return text.slice(4);
    }
    case '06': {
      if (!/^[0-9]{2}/.test(text)) throw new Unfit();
      const short = Number(text.slice(0, 2));
      fields.year = short >= 69 ? short + 1900 : short + 2000;
      return text.slice(2);
    }
    case 'Jan':
    case 'January': {
      const [index, rest] = readName(text, element === 'Jan' ? shortMonths : monthNames);
      fields.month = index + 1;
      return rest;
    }
    case '1':
    case '01': {
      const [month, rest] = readNumber(text, element === '01');
      fields.month = inRange(month, 1, 12, 'month', rest);
      return rest;
    }
    case 'Mon':
    case 'Monday':
      return readName(text, element === 'Mon' ? shortWeekdays : weekdayNames)[1];
    case '2':
    case '_2':
    case '02': {
      const [day, rest] = readNumber(
        element === '_2' ? text.replace(/^ /, '') : text,
        element === '02',
      );
      fields.day = day;
      return rest;
    }
    case '__2':
    case '002': {
      const value = element === '__2' ? text.replace(/^ {1,2}/, '') : text;
      const [yearDay, rest] = readNumber(value, element === '002', 3);
      fields.yearDay = yearDay;
      return rest;
    }
    default:
      return readClock(element, text, fields, next);
  }
}

function readClock(element: string, text: string, fields: Fields, next: string): string {
  switch (element) {
    case '15': {
      const [hour, rest] = readNumber(text, false);
      fields.hour = inRange(hour, 0, 23, 'hour', rest);
      return rest;
    }
    case '3':
    case '03': {
      const [hour, rest] = readNumber(text, element === '03');
      fields.hour = inRange(hour, 0, 12, 'hour', rest);
      return rest;
    }
    case '4':
    case '04': {
      const [minute, rest] = readNumber(text, element === '04');
      fields.minute = inRange(minute, 0, 59, 'minute', rest);
      return rest;
    }
    case '5':
    case '05': {
      const [second, rest] = readNumber(text, element === '05');
      fields.second = inRange(second, 0, 59, 'second', rest);
      // A fraction is taken even where the layout has none.
      if (/^[.,]/.test(next)) return rest;
      return readFraction(rest, fields);
    }
    case 'PM':
    case 'pm': {
      const half = text.slice(0, 2);
      const upper = half.toUpperCase();
      const isCased = element === 'PM' ? half === upper : half === half.toLowerCase();
      if (!isCased || (upper !== 'AM' && upper !== 'PM')) throw new Unfit();
      fields.half = upper;
      return text.slice(2);
    }
    case 'MST':
      return readZoneName(text, fields);
    default:
      if (!/^[.,]/.test(element)) return readOffset(element, text, fields);
      if (element[1] === '9') return readFraction(text, fields);
      return readExactFraction(element, text, fields);
  }
}

function readFraction(text: string, fields: Fields): string {
  const digits = /^[.,]([0-9]+)/.exec(text)?.[1];
  if (digits === undefined) return text;
  fields.nanos = Number(digits.slice(0, 9).padEnd(9, '0'));
  return text.slice(digits.length + 1);
}

function readExactFraction(element: string, text: string, fields: Fields): string {
  const part = text.slice(0, element.length);
  if (!/^[.,][0-9]+$/.test(part) || part.length < element.length) throw new Unfit();
  fields.nanos = Number(part.slice(1, 10).padEnd(9, '0'));
  return text.slice(element.length);
}

function readZoneName(text: string, fields: Fields): string {
  if (text.startsWith('UTC')) {
    fields.isUtc = true;
    return text.slice(3);
  }
  const match =
    /^(?:ChST|MeST)/.exec(text) ??
    /^GMT(?:[+-](?:1?[0-9]|2[0-3])(?![0-9]))?/.exec(text) ??
    /^[+-](?:[01]?[0-9]|2[0-3])(?![0-9])/.exec(text) ??
    /^(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z])/.exec(text);
  if (match === null) throw new Unfit();
  [fields.zoneName] = match;
  return text.slice(match[0].length);
}

function readOffset(element: string, text: string, fields: Fields): string {
  if (element.startsWith('Z') && text.startsWith('Z')) {
    fields.isUtc = true;
    return text.slice(1);
  }
  const form = element.slice(1).replace('07', '([0-9]{2})').replaceAll('00', '([0-9]{2})');
  const match = new RegExp(`^([+-])${form}`).exec(text);
  if (match === null) throw new Unfit();
  const rest = text.slice(match[0].length);
  const hours = inRange(Number(match[2]), 0, 24, 'time zone offset hour', rest);
  const minutes = inRange(Number(match[3] ?? 0), 0, 60, 'time zone offset minute', rest);
  const seconds = inRange(Number(match[4] ?? 0), 0, 60, 'time zone offset second', rest);
  const size = (hours * 60 + minutes) * 60 + seconds;
  fields.offset = match[1] === '-' ? -size : size;
  return rest;
}

function assemble(
  fields: Fields,
  fallback: Location,
  local: Location,
  fail: (message: string) => GoError,
): Time {
  let { hour } = fields;
  if (fields.half === 'PM' && hour < 12) hour += 12;
  else if (fields.half === 'AM' && hour === 12) hour = 0;
  const { month, day } = dayOf(fields, fail);
  const seconds = (hour * 60 + fields.minute) * 60 + fields.second;
  const at = (location: Location): Time =>
    makeTime({ year: fields.year, month, day }, seconds, fields.nanos, location);
  if (fields.isUtc) return at(utc);
  if (fields.offset !== undefined)
    return withOffset(at(utc), fields.offset, fields.zoneName, local);
  return fields.zoneName === '' ? at(fallback) : withName(at(utc), fields.zoneName, local);
}

function dayOf(fields: Fields, fail: (message: string) => GoError): { month: number; day: number } {
  const { year, yearDay } = fields;
  let { month, day } = fields;
  if (yearDay !== undefined) {
    const isLeap = daysInMonth(year, 2) === 29;
    if (yearDay < 1 || yearDay > (isLeap ? 366 : 365)) throw fail(': day-of-year out of range');
    let monthOfDay = 1;
    let left = yearDay;
    while (left > daysInMonth(year, monthOfDay)) left -= daysInMonth(year, monthOfDay++);
    if (month !== undefined && month !== monthOfDay)
      throw fail(': day-of-year does not match month');
    if (day !== undefined && day !== left) throw fail(': day-of-year does not match day');
    month = monthOfDay;
    day = left;
  }
  month ??= 1;
  day ??= 1;
  if (day < 1 || day > daysInMonth(year, month)) throw fail(': day out of range');
  return { month, day };
}

/** The local zone where it has this offset then, else a zone made for it. */
function withOffset(wall: Time, offset: number, name: string, local: Location): Time {
  const time = wall.add(BigInt(-offset) * 1_000_000_000n);
  const zone = local.at(time.seconds);
  const isLocal = zone.offset === offset && (name === '' || zone.abbreviation === name);
  return time.in(isLocal ? local : fixedZone(name, offset));
}

/** The local zone where it has this name then or half a year away, else a zone of unknown offset. */
function withName(wall: Time, name: string, local: Location): Time {
  const halfYear = 182n * 86_400n;
  for (const shift of [0n, halfYear, -halfYear]) {
    const zone = local.at(wall.seconds + shift);
    if (zone.abbreviation === name && local !== utc) {
      return wall.add(BigInt(-zone.offset) * 1_000_000_000n).in(local);
    }
  }
  const hours = /^GMT([+-][0-9]+)$/.exec(name)?.[1] ?? '0';
  return wall.in(fixedZone(name, Number(hours) * 3600));
}

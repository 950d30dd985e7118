import { monthNames, weekdayNames } from './civil.js';

/** What a text said of a time, before it becomes one. */
export interface Fields {
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
export class Unfit extends Error {}

/** The text has the form, but the number is too large or too small. */
export class OutOfRange extends Error {
  readonly rest: string;
  constructor(what: string, rest: string) {
    super(what);
    this.rest = rest;
  }
}

export function emptyFields(): Fields {
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

export function readElement(element: string, text: string, fields: Fields, next: string): string {
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

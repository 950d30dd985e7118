import { GoError } from '../error.js';
import { monthNames, weekdayNames } from './civil.js';
import { layoutElements } from './layout.js';
import type { Time } from './time.js';

/** Go's `Time.Format`. */
export function formatTime(time: Time, layout: string): string {
  let text = '';
  let end = 0;
  for (const { element, at } of layoutElements(layout)) {
    text += layout.slice(end, at) + formatElement(time, element);
    end = at + element.length;
  }
  return text + layout.slice(end);
}

/** Go's `Time.String`. */
export function formatTimeString(time: Time): string {
  return formatTime(time, '2006-01-02 15:04:05.999999999 -0700 MST');
}

/** RFC 3339 with the fraction that the time has, as Go marshals it. */
export function formatRfc3339(time: Time, method: string): string {
  const { year } = time.date;
  if (year < 0 || year > 9999) throw new GoError(`${method}: year outside of range [0,9999]`);
  if (Math.abs(time.zone.offset) >= 24 * 3600) {
    throw new GoError(`${method}: timezone hour outside of range [0,23]`);
  }
  return formatTime(time, '2006-01-02T15:04:05.999999999Z07:00');
}

function pad(value: number, width: number, fill = '0'): string {
  const digits = String(Math.abs(value)).padStart(width, fill);
  return value < 0 ? `-${digits}` : digits;
}

function formatElement(time: Time, element: string): string {
  switch (element) {
    case '2006':
      return pad(time.date.year, 4);
    case '06':
      return pad(Math.max(0, time.date.year) % 100, 2);
    case 'January':
      return monthNames[time.date.month - 1] ?? '';
    case 'Jan':
      return monthNames[time.date.month - 1]?.slice(0, 3) ?? '';
    case '1':
      return String(time.date.month);
    case '01':
      return pad(time.date.month, 2);
    case 'Monday':
      return weekdayNames[time.weekday] ?? '';
    case 'Mon':
      return weekdayNames[time.weekday]?.slice(0, 3) ?? '';
    case '2':
      return String(time.date.day);
    case '_2':
      return pad(time.date.day, 2, ' ');
    case '02':
      return pad(time.date.day, 2);
    case '__2':
      return pad(time.yearDay, 3, ' ');
    case '002':
      return pad(time.yearDay, 3);
    default:
      return formatClock(time, element);
  }
}

function formatClock(time: Time, element: string): string {
  // Noon and midnight are 12 on a clock of twelve hours.
  const hour12 = time.hour % 12 === 0 ? 12 : time.hour % 12;
  switch (element) {
    case '15':
      return pad(time.hour, 2);
    case '3':
      return String(hour12);
    case '03':
      return pad(hour12, 2);
    case '4':
      return String(time.minute);
    case '04':
      return pad(time.minute, 2);
    case '5':
      return String(time.second);
    case '05':
      return pad(time.second, 2);
    case 'PM':
      return time.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return time.hour >= 12 ? 'pm' : 'am';
    case 'MST':
      return time.zone.abbreviation === '' ? shortOffset(time.zone.offset) : time.zone.abbreviation;
    default:
      return /^[.,]/.test(element)
        ? formatFraction(time.nanos, element)
        : formatOffset(time.zone.offset, element);
  }
}

function shortOffset(offset: number): string {
  return formatOffset(offset, '-0700');
}

function formatFraction(nanos: number, element: string): string {
  const digits = String(nanos)
    .padStart(9, '0')
    .slice(0, element.length - 1);
  const [separator = '.', kind] = element;
  const padded = digits.padEnd(element.length - 1, '0');
  if (kind === '0') return separator + padded;
  const trimmed = padded.replace(/0+$/, '');
  return trimmed === '' ? '' : separator + trimmed;
}

function formatOffset(offset: number, element: string): string {
  if (offset === 0 && element.startsWith('Z')) return 'Z';
  const size = Math.abs(offset);
  const sign = offset < 0 ? '-' : '+';
  const colon = element.includes(':') ? ':' : '';
  const length = element.replaceAll(':', '').length;
  let text = sign + pad(Math.trunc(size / 3600), 2);
  if (length >= 5) text += colon + pad(Math.trunc((size % 3600) / 60), 2);
  if (length >= 7) text += colon + pad(size % 60, 2);
  return text;
}

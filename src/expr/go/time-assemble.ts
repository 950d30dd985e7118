import type { GoError } from '../error.js';
import { daysInMonth } from './civil.js';
import { makeTime, type Time } from './time.js';
import { fixedZone, type Location, utc } from './zone.js';

import type { Fields } from './time-elements.js';

/** Puts the fields together; `fail` makes the error for a day that does not exist. */
export function assemble(
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

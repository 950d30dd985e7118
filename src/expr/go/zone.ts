import { GoError } from '../error.js';
import { abbreviationOf } from './zone-names.js';

/** What a time zone says of one instant. */
export interface ZoneInfo {
  /** Seconds east of Greenwich. */
  readonly offset: number;
  /** `CEST`, `-03`; empty where Go prints the offset instead. */
  readonly abbreviation: string;
  readonly isDst: boolean;
}

const earliest = -8_640_000_000_000;
const latest = 8_640_000_000_000;

/** Go's `*time.Location`. */
export class Location {
  readonly name: string;
  readonly #lookup: (seconds: number) => ZoneInfo;
  /** Never changes its offset, so it has no transitions. */
  readonly isFixed: boolean;

  constructor(name: string, isFixed: boolean, lookup: (seconds: number) => ZoneInfo) {
    this.name = name;
    this.isFixed = isFixed;
    this.#lookup = lookup;
  }

  /** The zone at an instant in Unix seconds. */
  at(seconds: bigint): ZoneInfo {
    const clamped = Number(seconds);
    return this.#lookup(Math.max(earliest, Math.min(latest, clamped)));
  }

  /** Start of the period that the instant lies in, or undefined where it has none. */
  periodStart(seconds: bigint): bigint | undefined {
    if (this.isFixed) return undefined;
    const here = this.at(seconds);
    const isSame = (other: ZoneInfo): boolean =>
      other.offset === here.offset && other.abbreviation === here.abbreviation;
    let inside = Math.max(earliest, Math.min(latest, Number(seconds)));
    // No zone keeps daylight saving time for less than some weeks.
    const stepSeconds = 7 * 86_400;
    let outside = inside - stepSeconds;
    while (isSame(this.at(BigInt(outside)))) {
      inside = outside;
      outside -= stepSeconds;
      if (outside < -5_000_000_000) return undefined;
    }
    while (inside - outside > 1) {
      const middle = Math.floor((inside + outside) / 2);
      if (isSame(this.at(BigInt(middle)))) inside = middle;
      else outside = middle;
    }
    return BigInt(inside);
  }

  toString(): string {
    return this.name;
  }
}

/** What remains of a `*time.Location` when Expr follows the pointer. */
export class LocationStruct {
  readonly location: Location;

  constructor(location: Location) {
    this.location = location;
  }
}

export const utc = fixedZone('UTC', 0);

/** Go's `time.FixedZone`. */
export function fixedZone(name: string, offset: number): Location {
  const info: ZoneInfo = { offset, abbreviation: name, isDst: false };
  return new Location(name, true, () => info);
}

const locals = new Map<string, Location>();
let processZone: string | undefined;

/** The zone of this name, or that of the process, under Go's name for it. */
export function localZone(name: string | undefined): Location {
  processZone ??= new Intl.DateTimeFormat('en-US').resolvedOptions().timeZone;
  const zone = name ?? processZone;
  const known = locals.get(zone);
  if (known !== undefined) return known;
  const inner = loadLocation(zone);
  const location = new Location('Local', inner.isFixed, (seconds) => inner.at(BigInt(seconds)));
  locals.set(zone, location);
  return location;
}

const loaded = new Map<string, Location>();

/** Go's `time.LoadLocation`, over the time zone data of the JavaScript engine. */
export function loadLocation(name: string): Location {
  if (name === '' || name === 'UTC') return utc;
  const known = loaded.get(name);
  if (known !== undefined) return known;
  if (name.includes('..') || name.startsWith('/') || name.includes('\\')) {
    throw new GoError('time: invalid location name');
  }
  const formatter = zoneFormatter(name);
  if (formatter === undefined) throw new GoError(`unknown time zone ${name}`);
  const location = new Location(name, false, cached(name, formatter));
  loaded.set(name, location);
  return location;
}

function zoneFormatter(name: string): Intl.DateTimeFormat | undefined {
  // Engines also take `+01:00` and any case; Go looks for a file of exactly this name.
  if (!/^[A-Z][A-Za-z0-9_+\-/]*$/.test(name)) return undefined;
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
    });
    const canonical = formatter.resolvedOptions().timeZone;
    const isOtherCase = canonical !== name && canonical.toLowerCase() === name.toLowerCase();
    return isOtherCase ? undefined : formatter;
  } catch {
    return undefined;
  }
}

/** Offsets change a few times a year: the last answers are kept by the quarter of an hour. */
function cached(name: string, formatter: Intl.DateTimeFormat): (seconds: number) => ZoneInfo {
  let lastSlot = Number.NaN;
  let last: ZoneInfo | undefined;
  return (seconds) => {
    const slot = seconds < 0 ? Number.NaN : Math.floor(seconds / 900);
    if (slot === lastSlot && last !== undefined) return last;
    const offset = offsetAt(formatter, seconds);
    const isDst = offset > standardOffset(formatter, seconds);
    last = { offset, isDst, abbreviation: abbreviationOf(name, offset, isDst) };
    lastSlot = slot;
    return last;
  };
}

function offsetAt(formatter: Intl.DateTimeFormat, seconds: number): number {
  const parts = formatter.formatToParts(seconds * 1000);
  const text = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(text);
  if (match === null) return 0;
  const size = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -size : size;
}

/** The smaller offset of winter and summer of that year, on either half of the globe. */
function standardOffset(formatter: Intl.DateTimeFormat, seconds: number): number {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const january = offsetAt(formatter, Date.UTC(year, 0, 1) / 1000);
  const july = offsetAt(formatter, Date.UTC(year, 6, 1) / 1000);
  return Math.min(january, july);
}

import { GoError } from '../error.js';
import { parseGoDuration } from '../go/duration.js';
import { asString } from '../go/of.js';
import { parseTime } from '../go/time-parse.js';
import { Location } from '../go/time.js';
import {
  durationType,
  errorType,
  functionOf,
  locationType,
  stringType,
  timeType,
} from '../go/type.js';
import { loadLocation, utc } from '../go/zone.js';
import { type ExprValue, GoInteger } from '../values.js';
import { mismatch, type OverloadedBuiltin, type ValidatedBuiltin } from './builtin.js';

const now: ValidatedBuiltin = {
  kind: 'validated',
  name: 'now',
  readsTime: true,
  keepsPointers: true,
  validate(args) {
    const isFit = args.length === 0 || (args.length === 1 && args[0] === locationType);
    const problem = `invalid number of arguments (expected 0, got ${args.length})`;
    return isFit ? timeType : mismatch(problem);
  },
  run([location], run) {
    return run.now(location instanceof Location ? location : run.local);
  },
};

/** The layouts that a text is tried with where none is given; most texts can be only one of them. */
const layouts: readonly { readonly layout: string; readonly mayFit: RegExp }[] = [
  { layout: '2006-01-02', mayFit: /^\d{4}-\d\d-\d\d$/ },
  { layout: '15:04:05', mayFit: /^\d\d?:/ },
  { layout: '2006-01-02 15:04:05', mayFit: /^\d{4}-\d\d-\d\d / },
  { layout: '2006-01-02T15:04:05Z07:00', mayFit: /^\d{4}-\d\d-\d\dT/ },
  { layout: '02 Jan 06 15:04 MST', mayFit: /^\d\d / },
  { layout: 'Monday, 02-Jan-06 15:04:05 MST', mayFit: /^[A-Za-z]/ },
  { layout: 'Mon, 02 Jan 2006 15:04:05 MST', mayFit: /^[A-Za-z]/ },
];

const date: ValidatedBuiltin = {
  kind: 'validated',
  name: 'date',
  keepsPointers: true,
  validate(args) {
    if (args.length < 1) {
      return mismatch('invalid number of arguments (expected at least 1, got 0)');
    }
    const count = args[0] === locationType ? args.length - 1 : args.length;
    if (count <= 3) return timeType;
    return mismatch(`invalid number of arguments (expected at most 3, got ${count})`);
  },
  run(args, run) {
    const [first] = args;
    const zone = first instanceof Location ? first : undefined;
    const [text, layout, zoneName] = zone === undefined ? args : args.slice(1);
    if (text === undefined) {
      throw new GoError('runtime error: index out of range [0] with length 0');
    }
    const value = asString(text);
    if (layout === undefined) return dateOfAnyLayout(value, zone, run.local);
    const form = asString(layout);
    if (zoneName === undefined) return parseTime(form, value, zone ?? utc, zone ?? run.local);
    const named = loadLocation(asString(zoneName));
    return parseTime(form, value, named, named);
  },
};

function dateOfAnyLayout(text: string, zone: Location | undefined, local: Location): ExprValue {
  for (const { layout, mayFit } of layouts) {
    if (!mayFit.test(text)) continue;
    try {
      return parseTime(layout, text, zone ?? utc, zone ?? local);
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
    }
  }
  throw new GoError(`invalid date ${text}`);
}

const duration: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'duration',
  types: [functionOf([stringType], [durationType, errorType])],
  run: ([text = null]) => new GoInteger(durationType, parseGoDuration(asString(text))),
};

const timezone: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'timezone',
  types: [functionOf([stringType], [locationType, errorType])],
  run([name = null], run) {
    const text = asString(name);
    return text === 'Local' ? run.local : loadLocation(text);
  },
};

export const dateBuiltins = [now, date, duration, timezone] as const;

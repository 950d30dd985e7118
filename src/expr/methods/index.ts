import {
  durationType,
  functionOf,
  type GoType,
  locationType,
  monthType,
  stringType,
  timeType,
  weekdayType,
} from '../go/type.js';
import { Location, Time } from '../go/time.js';
import type { Run } from '../run.js';
import { type ExprValue, type GoFunction, GoInteger } from '../values.js';
import { durationMethods, nameMethods } from './integers.js';
import { bind, method, type Method, type MethodTable } from './method.js';
import { timeMethods } from './time.js';

const locationMethods: MethodTable<Location> = {
  String: method([], stringType, (location) => location.name),
};

const tables: ReadonlyMap<GoType, Readonly<Record<string, Method<never>>>> = new Map<
  GoType,
  Readonly<Record<string, Method<never>>>
>([
  [timeType, timeMethods],
  [durationType, durationMethods],
  [monthType, nameMethods],
  [weekdayType, nameMethods],
  [locationType, locationMethods],
]);

/** The type of a method with its receiver in front, as the checker names it. */
export function methodType(receiver: GoType, name: string): GoType | undefined {
  const entry = own(tables.get(receiver), name);
  if (entry === undefined) return undefined;
  return functionOf([receiver, ...entry.parameters], entry.results);
}

/** The method of a value, ready to be called. */
export function findMethod(value: ExprValue, name: string, run: Run): GoFunction | undefined {
  if (value instanceof Time) return bound(own(timeMethods, name), value, run);
  if (value instanceof Location) return bound(own(locationMethods, name), value, run);
  if (!(value instanceof GoInteger)) return undefined;
  if (value.type === durationType) return bound(own(durationMethods, name), value, run);
  const isName = value.type === monthType || value.type === weekdayType;
  return isName ? bound(own(nameMethods, name), value, run) : undefined;
}

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

function bound<Receiver>(
  entry: Method<Receiver> | undefined,
  receiver: Receiver,
  run: Run,
): GoFunction | undefined {
  return entry === undefined ? undefined : bind(entry, receiver, run);
}

import type { ErrorCode } from '../../../core/model/errors.js';
import type { Sample } from '../../../core/model/sample.js';
import { judgedByAge, timeMsOf } from '../pacing/max-age.js';
import { parseNumber } from '../samples/number-text.js';
import { emptySample, errorSample } from '../samples/samples.js';
import type { SqlAnswer } from './sql-pool.js';

export interface RowsMeaning {
  /** Undefined: one number, for whoever asked. */
  readonly appColumn: string | undefined;
  /** Says when the number was true. */
  readonly timeColumn: string | undefined;
  readonly maxAgeMs: number | undefined;
  readonly defaultValue: number | undefined;
  /** Before messages: which server. */
  readonly serverName: string;
}

/** What a row says. */
interface Cells {
  readonly value: unknown;
  readonly time: unknown;
}

/** More than any fleet has apps. They are read at one go, in some tens of milliseconds. */
const MAX_ROWS = 100_000;

/**
 * What the rows say for an app. An answer that is not understood is an error for all. Fly knows no capitals: a row whose app differs
 * by them alone is that app's, with a warning.
 */
export function readRows(
  answer: SqlAnswer,
  meaning: RowsMeaning,
  atMs: number,
): (app: string) => Sample {
  const failed = (code: ErrorCode, message: string): Sample =>
    errorSample(code, `${meaning.serverName}: ${message}`, atMs);
  const places = placesIn(answer.columns, meaning);
  if (typeof places === 'string') {
    const sample = failed('source-query-invalid', places);
    return () => sample;
  }
  if (answer.rows.length > MAX_ROWS) {
    const message = `the query gives ${answer.rows.length} rows, more than the ${MAX_ROWS} that are read: select those of the fleet alone`;
    const sample = failed('source-bad-answer', message);
    return () => sample;
  }
  const cellsOf = (row: readonly unknown[]): Cells => ({
    value: row[places.value],
    time: places.time === null ? null : row[places.time],
  });
  const sampleOf = (rows: readonly Cells[]): Sample => {
    const [row] = rows;
    if (rows.length > 1) {
      return failed('source-ambiguous', `the query gives ${rows.length} rows, one is wanted`);
    }
    const value = row === undefined || row.value === null ? null : numberOf(row.value);
    if (row === undefined || value === null) return emptySample(meaning.defaultValue, atMs);
    if (value === 'none') {
      return failed('source-bad-answer', `the query gives ${shown(row.value)}, which is no number`);
    }
    const sample: Sample = { kind: Number.isFinite(value) ? 'value' : 'not-a-number', value, atMs };
    if (meaning.maxAgeMs === undefined) return sample;
    const time = timeMsOf(row.time);
    if (time === null) {
      const wanted = 'which is no time with a zone and no seconds since 1970';
      return failed('source-bad-answer', `${meaning.timeColumn} is ${shown(row.time)}, ${wanted}`);
    }
    return judgedByAge(sample, time, meaning.maxAgeMs, atMs);
  };
  const { app: appPlace } = places;
  if (appPlace === null) {
    const sample = sampleOf(answer.rows.map(cellsOf));
    return () => sample;
  }
  const byApp = rowsByApp(answer, appPlace, (app) => app);
  let byLowerCase: ReadonlyMap<string, readonly (readonly unknown[])[]> | null = null;
  return (app) => {
    const own = byApp.get(app);
    if (own !== undefined) return sampleOf(own.map(cellsOf));
    byLowerCase ??= rowsByApp(answer, appPlace, (name) => name.toLowerCase());
    const others = byLowerCase.get(app) ?? [];
    const sample = sampleOf(others.map(cellsOf));
    if (others[0] === undefined || sample.kind !== 'value') return sample;
    const warning = `the row is of ${shown(others[0][appPlace])}, which is taken for the app`;
    return { ...sample, warning };
  };
}

/** An app of the rows, when there are rows and none of them is of an app that is asked for; else null. */
export function strangerIn(
  { columns, rows }: SqlAnswer,
  { appColumn }: Pick<RowsMeaning, 'appColumn'>,
  apps: readonly string[],
): string | null {
  const place = appColumn === undefined ? -1 : columns.indexOf(appColumn);
  const [first] = rows;
  if (place < 0 || first === undefined) return null;
  const named = new Set(rows.map((row) => nameIn(row[place])?.toLowerCase()));
  return apps.some((app) => named.has(app)) ? null : shown(first[place]);
}

function rowsByApp(
  { rows }: SqlAnswer,
  place: number,
  key: (app: string) => string,
): ReadonlyMap<string, readonly (readonly unknown[])[]> {
  const byApp = new Map<string, (readonly unknown[])[]>();
  for (const row of rows) {
    const name = nameIn(row[place]);
    if (name === null) continue;
    const app = key(name);
    const known = byApp.get(app);
    if (known === undefined) byApp.set(app, [row]);
    else known.push(row);
  }
  return byApp;
}

/** Columns of a fixed length fill names up with spaces. Null: it names no app. */
function nameIn(cell: unknown): string | null {
  const isName = typeof cell === 'string' || typeof cell === 'number' || Buffer.isBuffer(cell);
  if (!isName) return null;
  const name = cell.toString();
  let end = name.length;
  while (name.endsWith(' ', end)) end -= 1;
  return name.slice(0, end);
}

interface Places {
  readonly app: number | null;
  readonly time: number | null;
  readonly value: number;
}

/** Where the columns are, or what is wrong with them. */
function placesIn(
  columns: readonly string[],
  { appColumn, timeColumn }: RowsMeaning,
): Places | string {
  const named = [appColumn, timeColumn].filter((name) => name !== undefined);
  if (columns.length !== named.length + 1) {
    const wanted = named.length === 0 ? 'is one' : `are ${named.join(', ')} and one more`;
    const some = columns.slice(0, 5).join(', ');
    return `the query gives ${columns.length} columns (${some}), wanted ${wanted}`;
  }
  const missing = named.find((name) => !columns.includes(name));
  if (missing !== undefined) return `no column ${missing} among ${columns.join(', ')}`;
  const twice = named.find((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (twice !== undefined) return `two columns are named ${twice}: give the other a name by AS`;
  const placeOf = (name: string | undefined): number | null =>
    name === undefined ? null : columns.indexOf(name);
  const [app, time] = [placeOf(appColumn), placeOf(timeColumn)];
  return { app, time, value: columns.findIndex((_, place) => place !== app && place !== time) };
}

function shown(cell: unknown): string {
  return JSON.stringify(String(cell).slice(0, 40));
}

/** Big and exact numbers come as texts. */
function numberOf(cell: unknown): number | 'none' {
  if (typeof cell === 'number') return cell;
  return (typeof cell === 'string' ? parseNumber(cell) : null) ?? 'none';
}

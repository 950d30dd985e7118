import type { ErrorCode } from '../core/errors.js';
import type { Sample } from '../core/sample.js';
import { parseNumber } from './number-text.js';
import { emptySample, errorSample } from './samples.js';
import type { SqlAnswer } from './sql-pool.js';

export interface RowsMeaning {
  /** Undefined: one number, for whoever asked. */
  readonly appColumn: string | undefined;
  readonly defaultValue: number | undefined;
  /** Before messages: which server. */
  readonly serverName: string;
}

/** What the rows say for an app. An answer that is not understood is an error for all. */
export function readRows(
  answer: SqlAnswer,
  meaning: RowsMeaning,
  atMs: number,
): (app: string) => Sample {
  const failed = (code: ErrorCode, message: string): Sample =>
    errorSample(code, `${meaning.serverName}: ${message}`, atMs);
  const { appColumn } = meaning;
  const wanted = appColumn === undefined ? 1 : 2;
  if (answer.columns.length !== wanted) {
    const sample = failed(
      'source-query-invalid',
      `the query gives ${answer.columns.length} columns (${answer.columns.slice(0, 5).join(', ')}), wanted ${wanted === 1 ? 'is one' : `are ${appColumn} and one more`}`,
    );
    return () => sample;
  }
  const cellSample = (cells: readonly unknown[]): Sample => {
    if (cells.length > 1) {
      return failed('source-ambiguous', `the query gives ${cells.length} rows, one is wanted`);
    }
    const value = cells.length === 0 || cells[0] === null ? null : numberOf(cells[0]);
    if (value === null) return emptySample(meaning.defaultValue, atMs);
    if (value === 'none') {
      const shown = JSON.stringify(String(cells[0]).slice(0, 40));
      return failed('source-bad-answer', `the query gives ${shown}, which is no number`);
    }
    if (!Number.isFinite(value)) return { kind: 'not-a-number', value, atMs };
    return { kind: 'value', value, atMs };
  };
  if (appColumn === undefined) {
    const sample = cellSample(answer.rows.map(([cell]) => cell));
    return () => sample;
  }
  const appIndex = answer.columns.findIndex((column) => column === appColumn);
  if (appIndex < 0) {
    const columns = answer.columns.join(', ');
    const sample = failed('source-query-invalid', `no column ${appColumn} among ${columns}`);
    return () => sample;
  }
  const cellsByApp = new Map<string, unknown[]>();
  for (const row of answer.rows) {
    const app = String(row[appIndex]);
    const cells = cellsByApp.get(app);
    if (cells === undefined) cellsByApp.set(app, [row[1 - appIndex]]);
    else cells.push(row[1 - appIndex]);
  }
  return (app) => cellSample(cellsByApp.get(app) ?? []);
}

/** Big and exact numbers come as texts. */
function numberOf(cell: unknown): number | 'none' {
  if (typeof cell === 'number') return cell;
  return (typeof cell === 'string' ? parseNumber(cell) : null) ?? 'none';
}

/** What is asked of the record, as SQL. */
import { asBytes, type SqlValue } from '../../seams/database.js';
import type { DecisionQuery, RecordedKind } from '../../seams/views.js';
import type { Position } from './backend.js';

/** By the number that stands in the file. */
export const KINDS: readonly RecordedKind[] = ['acts', 'changed', 'regular'];

/** Of a type that damage cannot change. */
export function asNumbers(...columns: readonly string[]): string {
  return columns.map((column) => `CAST(${column} AS INTEGER) AS ${column}`).join(', ');
}

// Sorting must name the table: by the name of what is selected, no index is used.
export const DECISION = [
  asNumbers('id', 'at_ms', 'kind'),
  ...['app', 'policy', 'codes', 'actions', 'body'].map(asBytes),
].join(', ');
export const VALUE_BLOCK = `${asNumbers('bucket', 'from_ms', 'to_ms')}, ${asBytes('body')}`;
export const GAP = `${asNumbers('from_ms', 'to_ms', 'lost')}, ${asBytes('why')}`;

export function selection(
  query: DecisionQuery,
  upTo?: Position,
): {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
} {
  const { app, policy, sinceMs, untilMs, action, reason, kinds, after, order } = query;
  const conditions: string[] = [];
  const parameters: SqlValue[] = [];
  const add = (condition: string, ...values: readonly SqlValue[]): void => {
    conditions.push(condition);
    parameters.push(...values);
  };
  if (app !== undefined) add('app = ?', app);
  if (policy !== undefined) add('policy = ?', policy);
  if (sinceMs !== undefined) add('at_ms >= ?', sinceMs);
  if (untilMs !== undefined) add('at_ms <= ?', untilMs);
  if (action !== undefined) add('instr(actions, ?) > 0', ` ${action} `);
  if (reason !== undefined) add('instr(codes, ?) > 0', ` ${reason} `);
  if (kinds !== undefined) {
    const numbers = kinds.map((kind) => KINDS.indexOf(kind));
    add(`kind IN (${numbers.map(() => '?').join(', ')})`, ...numbers);
  }
  if (after !== undefined) {
    add(`(at_ms, id) ${order === 'oldest-first' ? '>' : '<'} (?, ?)`, after.atMs, after.id);
  }
  if (upTo !== undefined) {
    add(`(at_ms, id) ${order === 'oldest-first' ? '<=' : '>='} (?, ?)`, upTo.atMs, upTo.id);
  }
  const sql = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return { sql, parameters };
}

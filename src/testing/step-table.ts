/** Tables of what one decision step makes of a case. */
import { expect, it } from 'vitest';
import type { Sample } from '../core/model/sample.js';
import { createdOf, decideCase, detailOf, type Case } from './behavior.js';
import { T0 } from './builders.js';

export const MISSING: Sample = { kind: 'empty', atMs: T0 };

/** Name, the case, the change, the code of a reason and its detail; null: no such reason. */
export type Row = readonly [string, Case, string, string, string | null];

export function checkRows(rows: readonly Row[]): void {
  it.each(rows)('%s', (_name, given, change, code, detail) => {
    const proposal = decideCase(given);
    expect(createdOf(proposal)).toBe(change);
    expect(detailOf(proposal, code) ?? null).toBe(detail);
  });
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compare, evaluate, printReport, readVectors } from '../../scripts/expr-conformance.js';

const read = (name: string) =>
  readVectors(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'));

/** Recorded by running Expr v1.17.8, built with Go 1.19. */
const vectors = read('vectors.jsonl');
/** Recorded by running Expr v1.17.8, built with Go 1.26: corners, and expressions made from the grammar. */
const moreVectors = read('more-vectors.jsonl');

/**
 * Where a count is not what the original autoscaler made of the same value, on purpose: it wrapped or
 * passed on what no fleet can have; `machineCount` refuses everything above 100,000. The values agree.
 */
const tooLarge = new Set([
  '1e18 * 100',
  '1_000_000',
  'bitushr(-5, 2)',
  'date("2023-08-14").Unix()',
  'date("2023-08-14 09:00:00", "2006-01-02 15:04:05", "Europe/Zurich").Unix()',
]);

describe('recorded results of Expr v1.17.8', () => {
  it('has the same outcome, value and error text for every vector', () => {
    const report = compare(vectors);
    process.stdout.write(`${printReport(report)}\n`);
    expect(report.total).toBe(940);
    expect(report.differences).toEqual([]);
    expect(report.sameValue).toBe(940);
    expect(report.sameMessage).toBe(940);
  });

  it('has the same outcome, value and error text for the further recordings', () => {
    const report = compare(moreVectors);
    process.stdout.write(`${printReport(report)}\n`);
    expect(report.total).toBeGreaterThan(1_000);
    expect(report.differences).toEqual([]);
  });

  it('refuses exactly the counts above 100,000', () => {
    const refused = vectors.filter(
      (vector) => vector.mode === 'f64' && evaluate(vector).evalInt === 'too large',
    );
    for (const { head } of refused) {
      const count = BigInt(head.evalInt ?? '0');
      expect(count > 100_000n || count < 0n).toBe(true);
    }
    const sources = new Set(refused.map(({ expr }) => expr));
    for (const source of tooLarge) expect(sources).toContain(source);
  });
});

/** A change that takes away one of the things that keep a fleet safe. */
export interface Mutant {
  /** What is missing or wrong with it, in a few words with hyphens. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A rule of the simulation that is broken within the first ten seeds, or the unit test that fails. */
  readonly caughtBy: { readonly rule: string } | { readonly test: string };
}

/** `[name, find, replace, rule or test]`: a name of a file is a test. */
export type Row = readonly [name: string, find: string, replace: string, caughtBy: string];

export function mutantsOf(file: string, rows: readonly Row[]): readonly Mutant[] {
  return rows.map(([name, find, replace, catcher]) => ({
    name,
    file,
    find,
    replace,
    caughtBy: catcher.endsWith('.test.ts') ? { test: catcher } : { rule: catcher },
  }));
}

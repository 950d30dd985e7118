/** What the parser must know of an argument: a predicate may use `#` and may be a `{ block }`. */
export interface Argument {
  readonly isPredicate: boolean;
  readonly isOptional: boolean;
}

const value: Argument = { isPredicate: false, isOptional: false };
const optionalValue: Argument = { isPredicate: false, isOptional: true };
const predicate: Argument = { isPredicate: true, isOptional: false };
const optionalPredicate: Argument = { isPredicate: true, isOptional: true };

/** The builtins that take a predicate. */
export const predicateArguments: ReadonlyMap<string, readonly Argument[]> = new Map([
  ['all', [value, predicate]],
  ['none', [value, predicate]],
  ['any', [value, predicate]],
  ['one', [value, predicate]],
  ['filter', [value, predicate]],
  ['map', [value, predicate]],
  ['count', [value, optionalPredicate]],
  ['sum', [value, optionalPredicate]],
  ['find', [value, predicate]],
  ['findIndex', [value, predicate]],
  ['findLast', [value, predicate]],
  ['findLastIndex', [value, predicate]],
  ['groupBy', [value, predicate]],
  ['sortBy', [value, predicate, optionalValue]],
  ['reduce', [value, predicate, optionalValue]],
]);

import { aggregateBuiltins } from './aggregates.js';
import { bitBuiltins } from './bits.js';
import type { Builtin } from './builtin.js';
import { loopBuiltins } from './loops.js';
import { numberBuiltins } from './numbers.js';

const all: readonly Builtin[] = [
  ...loopBuiltins,
  ...numberBuiltins,
  ...aggregateBuiltins,
  ...bitBuiltins,
];

/** All builtins by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  all.map((builtin) => [builtin.name, builtin]),
);

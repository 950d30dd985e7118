import { aggregateBuiltins } from './aggregates.js';
import { bitBuiltins } from './bits.js';
import type { Builtin } from './builtin.js';
import { collectionBuiltins } from './collections.js';
import { dateBuiltins } from './dates.js';
import { encodingBuiltins } from './encoding.js';
import { loopBuiltins } from './loops.js';
import { numberBuiltins } from './numbers.js';
import { stringBuiltins } from './strings.js';

const all: readonly Builtin[] = [
  ...loopBuiltins,
  ...numberBuiltins,
  ...aggregateBuiltins,
  ...stringBuiltins,
  ...collectionBuiltins,
  ...encodingBuiltins,
  ...dateBuiltins,
  ...bitBuiltins,
];

/** All builtins by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  all.map((builtin) => [builtin.name, builtin]),
);

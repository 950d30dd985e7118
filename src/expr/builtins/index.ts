import { aggregateBuiltins } from './aggregates.js';
import { arrayBuiltins } from './arrays.js';
import { bitBuiltins } from './bits.js';
import type { Builtin } from './builtin.js';
import { dateBuiltins } from './dates.js';
import { encodingBuiltins } from './encoding.js';
import { mapBuiltins } from './maps.js';
import { numberBuiltins } from './numbers.js';
import { searchBuiltins } from './searches.js';
import { stringBuiltins } from './strings.js';

import { transformBuiltins } from './transforms.js';

const all: readonly Builtin[] = [
  ...searchBuiltins,
  ...transformBuiltins,
  ...numberBuiltins,
  ...aggregateBuiltins,
  ...stringBuiltins,
  ...mapBuiltins,
  ...arrayBuiltins,
  ...encodingBuiltins,
  ...dateBuiltins,
  ...bitBuiltins,
];

/** All builtins by name; what a program may call. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  all.map((builtin) => [builtin.name, builtin]),
);

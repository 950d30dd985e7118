import { builtins } from './builtins/index.js';

export { machineCount } from './count.js';
export { ExprError, type ExprPhase } from './error.js';
export { inspect, type Inspection } from './inspect.js';
export { formatGoDuration, parseGoDuration } from './go/duration.js';
export { formatValue } from './go/print.js';
export { typeName } from './go/of.js';
export { Location, LocationStruct, Time } from './go/time.js';
export { defaultLimits, type ExprLimits } from './limits.js';
export { compile, type CompileOptions, type Program } from './program.js';
export type { ExprVariables, RunOptions } from './run.js';
export { Dict, type ExprValue, GoFunction, GoInteger, List } from './values.js';

/** Names of the functions that a program may call. */
export const FUNCTIONS: readonly string[] = [...builtins.keys()];

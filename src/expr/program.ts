import { builtins } from './builtins/index.js';
import { Checker } from './check/checker.js';
import { isNumber, isUnknown, nameOf, type Nature } from './check/nature.js';
import { claim, errorAt, ExprError, type ExprPhase, GoError } from './error.js';
import { toFloat } from './go/of.js';
import { toWellFormed } from './go/utf8.js';
import { defaultLimits, type ExprLimits } from './limits.js';
import { Linker } from './link/linker.js';
import { optimize } from './optimize/index.js';
import { type Closure, type ExprVariables, noOptions, Run, type RunOptions } from './run.js';
import { parse } from './syntax/parser.js';
import type { ExprValue } from './values.js';

export interface CompileOptions {
  /** Names of the metrics, all of them float64. Any other name is an error. */
  readonly variables: readonly string[];
  /** The result must be a number; `run` then gives a `number`. Default false. */
  readonly asFloat64?: boolean | undefined;
  readonly limits?: Partial<ExprLimits> | undefined;
}

/** A compiled expression. It keeps nothing of a run, and may be run any number of times. */
export interface Program {
  readonly source: string;
  /** The metrics that a run can read. */
  readonly variables: ReadonlySet<string>;
  /** True when a run may ask for the time: the same metrics may then give another result later. */
  readonly readsTime: boolean;
  /** The names that it was compiled with: what compiles the same program again, beside `source`. */
  readonly names: readonly string[];
  /** Throws an `ExprError` with phase `run`. */
  run(variables: ExprVariables, options?: RunOptions): ExprValue;
}

/** Chained comparisons may visit a node more than once; this many times on average is plenty. */
const visitsPerNode = 20;

/**
 * Compiles an expression of the Expr language (v1.17.8). Throws an `ExprError` with phase `compile`,
 * whose message is the text that Expr prints.
 */
export function compile(source: string, options: CompileOptions): Program {
  const limits = { ...defaultLimits, ...options.limits };
  // Go reads bytes: half a surrogate pair reaches it as U+FFFD.
  const text = toWellFormed(source);
  const asFloat64 = options.asFloat64 ?? false;
  return guarded('compile', text, () => {
    const variables = new Set(options.variables);
    const maxVisits = limits.nodes * visitsPerNode;
    const parsed = parse(text, { variables, isBuiltin: (name) => builtins.has(name), limits });
    const nature = new Checker(variables, maxVisits).visit(parsed);
    if (asFloat64) expectNumber(nature);
    const optimized = optimize(parsed, maxVisits);
    const linker = new Linker([...variables], maxVisits);
    const closure = linker.link(optimized, asFloat64);
    return new LinkedProgram(text, closure, asFloat64, linker, limits, [...variables]);
  });
}

function expectNumber(nature: Nature): void {
  if (isUnknown(nature) || isNumber(nature)) return;
  throw new ExprError('compile', `expected float64, but got ${nameOf(nature)}`);
}

/** What Expr does last: its failure stands at the start of the source. */
function castToFloat(value: ExprValue): number {
  try {
    return toFloat(value);
  } catch (error) {
    throw claim(error, 0);
  }
}

class LinkedProgram implements Program {
  readonly source: string;
  readonly variables: ReadonlySet<string>;
  readonly readsTime: boolean;
  readonly names: readonly string[];
  readonly #closure: Closure;
  readonly #asFloat64: boolean;
  readonly #limits: ExprLimits;
  readonly #slotCount: number;
  /** The state of the last run, for the next; absent while a run is under way. */
  #idle: Run | undefined;

  constructor(
    source: string,
    closure: Closure,
    asFloat64: boolean,
    linker: Linker,
    limits: ExprLimits,
    names: readonly string[],
  ) {
    this.source = source;
    this.names = names;
    this.variables = linker.reads;
    this.readsTime = linker.readsTime;
    this.#closure = closure;
    this.#asFloat64 = asFloat64;
    this.#limits = limits;
    this.#slotCount = linker.slotCount;
  }

  run(variables: ExprVariables, options: RunOptions = noOptions): ExprValue {
    const run = this.#idle ?? new Run(this.#limits, this.#slotCount);
    // A clock or an observer may run this program again from inside.
    this.#idle = undefined;
    run.begin(variables, options);
    try {
      const value = this.#closure(run);
      if (!this.#asFloat64 || typeof value === 'number') return value;
      return castToFloat(value);
    } catch (error) {
      throw explain(error, 'run', this.source);
    } finally {
      run.end();
      this.#idle = run;
    }
  }
}

function guarded<T>(phase: ExprPhase, source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(error, phase, source);
  }
}

/** Failures with their position; a stack or text that grew too large; all else is not ours. */
function explain(error: unknown, phase: ExprPhase, source: string): unknown {
  if (error instanceof GoError) {
    return errorAt(phase, toWellFormed(error.message), source, Math.max(0, error.at));
  }
  if (error instanceof RangeError) {
    return new ExprError(phase, 'expression exceeds what the engine can hold');
  }
  return error;
}

/** Expressions become programs here, once. */
import { compile, ExprError, machineCount, type Program } from '../../expr/index.js';
import { dashHint, functionHint, syntaxHint } from './expression-hint.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from './read.js';
import { didYouMean } from '../base/suggest.js';

/** What every expression can read beside the metrics. */
export const COUNT_VARIABLES = [
  'created_machine_count',
  'started_machine_count',
  'stopped_machine_count',
] as const;

export interface WrittenExpression {
  readonly key: string;
  readonly source: string;
  readonly place: Place;
}

/** What expressions may read. */
export interface Metrics {
  readonly names: readonly string[];
  /** Metrics with one value per instance, which no expression can read. */
  readonly perInstance: readonly string[];
  /** False when some are not known, because their collectors have problems of their own. */
  readonly isComplete: boolean;
}

const PER_INSTANCE =
  'has one value per instance and is for busy-metric; an expression needs a collector without per: instance';
const UNKNOWN_NAME = /^unknown name (\S+)/;

/** Undefined when it is refused; why is noted. */
export function compileExpression(
  written: WrittenExpression,
  metrics: Metrics,
  context: LoadContext,
): Program | undefined {
  const { findings } = context;
  const { key, place, source } = written;
  try {
    return compile(source, {
      variables: [...metrics.names, ...COUNT_VARIABLES],
      asFloat64: true,
    });
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const unknown = UNKNOWN_NAME.exec(error.message)?.[1];
    if (unknown !== undefined && !metrics.isComplete) {
      // Perhaps the metric of a collector that was refused. What else is wrong is told now, not only when that is mended.
      const names = [...metrics.names, unknown];
      if (!metrics.names.includes(unknown)) {
        compileExpression(written, { ...metrics, names }, context);
      }
      return undefined;
    }
    const isPerInstance = unknown !== undefined && metrics.perInstance.includes(unknown);
    const known =
      unknown === undefined
        ? syntaxHint(error.message)
        : (functionHint(unknown, source) ??
          dashHint(unknown, source) ??
          knownMetrics(unknown, metrics.names));
    const hint = isPerInstance ? `${unknown} ${PER_INSTANCE}` : known;
    findings.add({ key, message: inWords(error.message), place, hint });
    return undefined;
  }
}

/** The language speaks of types that nobody wrote. */
function inWords(message: string): string {
  return message.replace(
    /^expected float64, but got (\w+)/,
    (_, type: string) => `must be a number, and is ${TYPES[type] ?? `of type ${type}`}`,
  );
}

const TYPES: Readonly<Record<string, string>> = {
  bool: 'true or false',
  string: 'a text',
  array: 'a list',
  map: 'a map',
};

function knownMetrics(unknown: string, names: readonly string[]): string {
  const meant = didYouMean(unknown, [...names, ...COUNT_VARIABLES]);
  const known =
    names.length === 0
      ? 'no collector gives a metric'
      : `known metrics: ${[...names].sort().join(', ')}`;
  return `${meant === undefined ? '' : `${meant} `}${known}; always there: ${COUNT_VARIABLES.join(', ')}`;
}

/** The count that the program gives whatever the metrics and the time say; undefined when there is none. */
export function constantCount(program: Program): number | undefined {
  if (program.variables.size > 0) return undefined;
  try {
    // Without a clock, an expression that asks for the time fails.
    return machineCount(program.run({}));
  } catch (error) {
    if (error instanceof ExprError) return undefined;
    throw error;
  }
}

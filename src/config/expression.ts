/** Expressions become programs here, once. */
import { compile, ExprError, machineCount, type Program } from '../expr/index.js';
import type { Place } from './problem.js';
import type { LoadContext } from './read.js';
import { didYouMean } from './suggest.js';

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
  /** False when some are not known, because their collectors have problems of their own. */
  readonly isComplete: boolean;
}

const UNKNOWN_NAME = /^unknown name (\S+)/;

/** Undefined when it is refused; why is noted. */
export function compileExpression(
  written: WrittenExpression,
  metrics: Metrics,
  { findings }: LoadContext,
): Program | undefined {
  const { key, place, source } = written;
  try {
    return compileWith(source, [...metrics.names, ...COUNT_VARIABLES]);
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const unknown = UNKNOWN_NAME.exec(error.message)?.[1];
    if (unknown !== undefined && !metrics.isComplete) return undefined;
    const hint = unknown === undefined ? undefined : knownMetrics(unknown, metrics.names);
    findings.add({
      key,
      message: error.message,
      place,
      ...(hint === undefined ? {} : { hint }),
    });
    return undefined;
  }
}

function knownMetrics(unknown: string, names: readonly string[]): string {
  const meant = didYouMean(unknown, [...names, ...COUNT_VARIABLES]);
  const known =
    names.length === 0
      ? 'no collector gives a metric'
      : `known metrics: ${[...names].sort().join(', ')}`;
  return `${meant === undefined ? '' : `${meant} `}${known}; always there: ${COUNT_VARIABLES.join(', ')}`;
}

/** Whether the expression, which compiles with all names, needs this one. */
export function reads(source: string, name: string, names: readonly string[]): boolean {
  if (/\$env\b/.test(source)) return true;
  try {
    compileWith(source, [...names.filter((other) => other !== name), ...COUNT_VARIABLES]);
    return (COUNT_VARIABLES as readonly string[]).includes(name) && source.includes(name);
  } catch (error) {
    if (error instanceof ExprError) return true;
    throw error;
  }
}

/** The count that the expression gives whatever the metrics say; undefined when it depends on anything. */
export function constantCount(source: string): number | undefined {
  try {
    const program = compileWith(source, []);
    let isConstant = true;
    const now = (): number => {
      isConstant = false;
      return 0;
    };
    const count = machineCount(
      program.run(new Map(), { now, localZone: 'UTC', maxSteps: 100_000, onRead: () => undefined }),
    );
    return isConstant ? count : undefined;
  } catch (error) {
    if (error instanceof ExprError) return undefined;
    throw error;
  }
}

function compileWith(source: string, variables: readonly string[]): Program {
  return compile(source, { variables, asFloat64: true });
}

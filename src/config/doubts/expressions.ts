/** Expressions that compile and give another count than the one that was meant, or none. */
import { compile, ExprError, inspect, machineCount, type Program } from '../../expr/index.js';
import type { Problem } from '../base/problem.js';
import { about, countExpressions, type MadePolicy, type Subject } from './doubt.js';

interface Read {
  readonly made: MadePolicy;
  readonly key: string;
  readonly program: Program;
}

function everyExpression({ policies }: Subject): readonly Read[] {
  return policies.flatMap((made) => {
    const counts = countExpressions(made).map(({ key, program }) => ({ made, key, program }));
    const { backoff } = made.policy;
    if (backoff === null) return counts;
    return [...counts, { made, key: 'scale-backoff-value', program: backoff }];
  });
}

/** `queue // 5`: who divides so in other languages has all of the queue here. A remark in words does not compile. */
export function comments(subject: Subject): readonly Problem[] {
  return everyExpression(subject).flatMap(({ made, key, program }) => {
    const { source, names } = program;
    return inspect(source, names).comments.flatMap(({ at, text }) => {
      if (!source.startsWith('//', at) || !compiles(text, names)) return [];
      const before = source.slice(0, at).trim();
      const message = `what follows // is a comment: the value is that of ${before} alone`;
      const hint = `divide with one slash: ${before} / ${text}`;
      return [about(made, key, { message, hint })];
    });
  });
}

function compiles(text: string, names: readonly string[]): boolean {
  try {
    compile(text, { variables: names, asFloat64: true });
    return true;
  } catch (error) {
    if (error instanceof ExprError) return false;
    throw error;
  }
}

export function zeroDivisions(subject: Subject): readonly Problem[] {
  return everyExpression(subject).flatMap(({ made, key, program }) => {
    if (!inspect(program.source, program.names).dividesByZero) return [];
    const message = 'divides by 0, which gives no count: the app would be left as it is';
    const hint = 'divide by how much one machine takes, for example queue_depth / 10';
    return [about(made, key, { message, hint })];
  });
}

/** What reads nothing fails in each pass as it fails here. */
export function countsThatFail(subject: Subject): readonly Problem[] {
  return everyExpression(subject).flatMap(({ made, key, program }) => {
    const { source, names, variables, readsTime } = program;
    if (variables.size > 0 || readsTime || inspect(source, names).dividesByZero) return [];
    const why = failureOf(program);
    if (why === null) return [];
    const hint = 'give a number of machines, or read a metric';
    return [about(made, key, { message: `never gives a count: ${why}`, hint })];
  });
}

function failureOf(program: Program): string | null {
  try {
    machineCount(program.run({}));
    return null;
  } catch (error) {
    if (error instanceof ExprError) return error.message.split('\n', 1).join('');
    throw error;
  }
}

/** The last machine is what others are cloned from, and stays. */
export function keepsOneMachine({ policies }: Subject): readonly Problem[] {
  return policies.flatMap((made) =>
    countExpressions(made).flatMap(({ count, end, key, program }) => {
      const isZero = isConstant(program) && failureOf(program) === null && countOf(program) === 0;
      if (count === 'started' || end === 'min' || !isZero) return [];
      const message = 'is 0, and every app keeps one machine, from which others are cloned';
      const hint =
        'write 1, or use started-machine-count, which may be 0, for machines that are only stopped';
      return [about(made, key, { message, hint })];
    }),
  );
}

function isConstant({ variables, readsTime }: Program): boolean {
  return variables.size === 0 && !readsTime;
}

function countOf(program: Program): number {
  return machineCount(program.run({}));
}

/** A count is rounded to nearest, as the original does. A maximum that is rounded down is no trap. */
export function rounding({ policies }: Subject): readonly Problem[] {
  return policies.flatMap((made) =>
    countExpressions(made).flatMap(({ end, key, program }) => {
      const { source, names } = program;
      if (end === 'max' || isConstant(program) || !inspect(source, names).mayBeFractional)
        return [];
      const message = 'is rounded to the nearest whole number, so that 8.4 is 8 machines, not 9';
      const isLong = source.includes('\n') || source.includes('//');
      const shown = isLong ? 'the division' : source.trim();
      const hint = isLong
        ? 'put ceil(...) around the division where part of a machine must be a whole one'
        : `write ceil(${shown}) where part of a machine must be a whole one`;
      return [about(made, key, { message, hint })];
    }),
  );
}

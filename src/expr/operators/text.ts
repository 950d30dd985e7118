import { boolNature, isString, mayFit, type Nature } from '../check/nature.js';
import { asString, isNilValue, typeName } from '../go/of.js';
import { GoError } from '../error.js';
import { bytesType } from '../go/type.js';
import { toWellFormed } from '../go/utf8.js';
import { compilePattern, type Pattern } from '../go/regexp.js';
import { type ExprValue, List } from '../values.js';
import type { Run } from '../run.js';
import { bytesToText } from '../go/bytes.js';
import type { BinaryOperator } from './operator.js';

function check(left: Nature, right: Nature): Nature | undefined {
  if (isString(left) && isString(right)) return boolNature;
  return mayFit(left, right, isString) ? boolNature : undefined;
}

/** Nil contains nothing and is contained nowhere; all else must be text. */
function textOperator(
  symbol: string,
  test: (left: string, right: string) => boolean,
): BinaryOperator {
  return {
    symbols: [symbol],
    check,
    run(left, right, run) {
      if (isNilValue(left) || isNilValue(right)) return false;
      const text = asString(left);
      run.spendSteps(Math.ceil(text.length / 16));
      return test(text, asString(right));
    },
  };
}

export const contains = textOperator('contains', (left, right) => left.includes(right));
export const startsWith = textOperator('startsWith', (left, right) => left.startsWith(right));
export const endsWith = textOperator('endsWith', (left, right) => left.endsWith(right));

/** Whether a pattern matches; the pattern is compiled for each call unless it is a literal. */
export const matches: BinaryOperator = {
  symbols: ['matches'],
  check(left, right) {
    const isBytes = left.type === bytesType;
    if ((isString(left) || isBytes) && isString(right)) return boolNature;
    return mayFit(left, right, isString) ? boolNature : undefined;
  },
  run(left, right, run) {
    if (isNilValue(left) || isNilValue(right)) return false;
    const subject = subjectOf(left);
    const pattern = asString(right);
    run.spendSteps(patternCost(pattern));
    return matchPattern(compilePattern(pattern), subject, run);
  },
};

/** Compiling writes repeated parts out, so `(a|b){1000}` costs a thousand times its length. */
function patternCost(pattern: string): number {
  const counts = Array.from(pattern.matchAll(/\{(\d+)(?:,(\d+))?/g), ([, least, most]) =>
    Number(most ?? least),
  );
  const repeats = counts.reduce(
    (product, count) => Math.min(1000, product * Math.max(1, count)),
    1,
  );
  return pattern.length * repeats + 50;
}

/** `text matches "literal"`: the pattern was compiled with the program. */
export function matchesLiteral(left: ExprValue, pattern: Pattern, run: Run): boolean {
  return !isNilValue(left) && matchPattern(pattern, subjectOf(left), run);
}

function matchPattern(pattern: Pattern, subject: string, run: Run): boolean {
  run.spendSteps(subject.length);
  return pattern.matches(toWellFormed(subject));
}

function subjectOf(value: ExprValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof List && value.type === bytesType) return bytesToText(value);
  throw new GoError(`interface conversion: interface {} is ${typeName(value)}, not []uint8`);
}

/** What was probably meant by an expression that is refused. */
import { FUNCTIONS } from '../../expr/index.js';
import { didYouMean } from '../base/suggest.js';

const LANGUAGE = 'the language: https://expr-lang.org/docs/language-definition';

/** Names that other languages have for a function. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ceiling: 'ceil',
  roundup: 'ceil',
  rounddown: 'floor',
  trunc: 'int',
  avg: 'mean',
  average: 'mean',
  minimum: 'min',
  maximum: 'max',
  number: 'float',
};

/** A call of a name that is none of the functions; undefined when it is no call. */
export function functionHint(name: string, source: string): string | undefined {
  if (name === 'Math') return 'functions stand alone: ceil(x), floor(x), max(x, y)';
  const calls = [...source.matchAll(/(\w+)\s*\(/g)].map(([, called]) => called);
  if (!calls.includes(name)) return undefined;
  const other = OTHER_NAMES[name.toLowerCase()];
  if (other !== undefined) return `did you mean ${other}(...)?`;
  const meant = didYouMean(name, FUNCTIONS);
  return meant ?? `no function has that name; some that do: ceil, floor, round, max, min, abs`;
}

/** Anything but an unknown name. */
export function syntaxHint(message: string): string {
  const [headline = ''] = message.split('\n', 1);
  if (headline.includes('Operator("=")')) return 'compare with ==';
  if (/\("(then|else|if)"\)/.test(headline)) return 'a choice is written: queue > 5 ? 2 : 1';
  if (headline.includes('unexpected token EOF'))
    return 'something is missing at the end, such as a closing bracket';
  if (/but got bool/.test(headline)) return 'a choice of counts is written: queue > 5 ? 2 : 1';
  if (/but got string/.test(headline)) return 'numbers stand without quotes';
  return LANGUAGE;
}

/** "queue-depth" is a subtraction: the name that was probably meant, when it has a dash before or after the unknown part. */
export function dashHint(unknown: string, source: string): string | undefined {
  const [whole] =
    [...source.matchAll(/[A-Za-z_]\w*(?:-[A-Za-z_]\w*)+/g)]
      .map(([text]) => text)
      .filter((text) => text.split('-').includes(unknown)) ?? [];
  return whole === undefined
    ? undefined
    : `${whole} is a subtraction: a metric-name takes no dashes, such as ${whole.replaceAll('-', '_')}`;
}

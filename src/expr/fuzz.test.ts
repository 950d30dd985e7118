import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins } from './builtins/index.js';
import { compile, defaultLimits, ExprError, formatValue, type Program } from './index.js';
import type { ParserOptions } from './syntax/operand-parser.js';
import { parse } from './syntax/parser.js';
import { print } from './syntax/print.js';

const metrics = { q: 41, cpu: 0.73, zero: 0, neg: -2.5 };
const variables = Object.keys(metrics);
const runs = 1_500;
const maxSteps = 20_000;

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  const pair = fc.tuple(inner, inner);
  const leaf = fc.constantFrom(
    'q',
    'cpu',
    'zero',
    'neg',
    '0',
    '1',
    '7',
    '0.5',
    '1e18',
    '9223372036854775807',
    'true',
    'nil',

    '"a"',
    '"héllo"',
    '"2023-08-14"',
    '"1h30m"',
    'b"\\xff"',
    '$env',
    '[1, 2.5, q]',
    '{a: 1, b: [q]}',
    '1..5',
    'date("2024-02-29")',
    'duration("90s")',
    'now()',
    '$env?.nope',
    'unknown',
  );
  const operator = fc.constantFrom(
    '+',
    '-',
    '*',
    '/',
    '%',
    '**',
    '<',
    '>=',
    '==',
    '!=',
    'and',
    'or',
    'in',
    'not in',
    '??',
    '..',
    'contains',
    'matches',
    'startsWith',
  );
  const name = fc.constantFrom(...builtins.keys());
  return {
    expression: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      leaf,
      fc.tuple(pair, operator).map(([[left, right], symbol]) => `(${left}) ${symbol} (${right})`),
      fc.tuple(name, pair).map(([call, args]) => `${call}(${args.join(', ')})`),
      fc.tuple(name, inner).map(([call, arg]) => `${call}(${arg})`),
      fc
        .tuple(name, inner, fc.constantFrom('# > 1', '#', '#index', '.a', '{let e = #; e}'))
        .map(([call, arg, test]) => `${call}(${arg}, ${test})`),
      pair.map(([left, right]) => `(${left})[${right}]`),
      inner.map((value) => `(${value})?.a`),
      inner.map((value) => `(${value}).Hour()`),
      pair.map(([left, right]) => `q > 1 ? (${left}) : (${right})`),
      pair.map(([left, right]) => `(if q < 1 { ${left} } else { ${right} })`),
      pair.map(([left, right]) => `(let v = (${left}); (${right}) ?? v)`),
      pair.map(([left, right]) => `[${left}, ${right}]`),
      inner.map((value) => `-(${value})`),
    ),
  };
});

const junk = fc.constantFrom(
  ...Array.from('()[]{}?.:;|#"\'`\\,+-*/%!=<>&@_$0xé😀\n\t '),
  'not ',
  '?.',
  '??',
  '..',
  '/*',
  'let ',
  'if ',
);

const mutated = fc
  .tuple(
    expression,
    fc.array(fc.tuple(fc.nat(400), fc.nat(3), junk), { minLength: 1, maxLength: 4 }),
  )
  .map(([source, edits]) =>
    edits.reduce((text, [at, cut, added]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + added + text.slice(start + cut);
    }, source),
  );

/** What happened, as text: the same text means the same outcome. */
function outcome(source: string): string {
  let program: Program;
  try {
    program = compile(source, { variables });
  } catch (error) {
    return errorText(error);
  }
  const once = () => {
    try {
      return formatValue(program.run(metrics, { now: () => 0, localZone: 'UTC', maxSteps }));
    } catch (error) {
      return errorText(error);
    }
  };
  const first = once();
  expect(once()).toBe(first);
  return first;
}

function parses(source: string, options: ParserOptions): boolean {
  try {
    parse(source, options);
    return true;
  } catch {
    return false;
  }
}

/** Anything else than an `ExprError` is a bug and ends the test. */
function errorText(error: unknown): string {
  if (error instanceof ExprError) return `${error.phase}: ${error.message}`;
  throw error;
}

describe('any text', () => {
  it('gives a value or an ExprError, and the same one each time', () => {
    fc.assert(
      fc.property(fc.oneof(expression, mutated, fc.string({ unit: 'binary' })), (source) => {
        expect(outcome(source)).toBe(outcome(source));
      }),
      { numRuns: runs },
    );
  });

  it('means the same after it was printed and parsed again', () => {
    fc.assert(
      fc.property(expression, (source) => {
        const options = {
          variables: new Set(variables),
          isBuiltin: (name: string) => builtins.has(name),
          limits: defaultLimits,
        };
        fc.pre(parses(source, options));
        const printed = print(parse(source, options));
        // Positions move with the text, so errors are compared by their first line without position.
        const reason = (text: string) => text.split('\n')[0]?.replace(/ \(\d+:\d+\)$/, '');
        expect(reason(outcome(printed))).toBe(reason(outcome(source)));
      }),
      { numRuns: runs, examples: [['($env?.nope?.a.Hour())["a"]'], ['($env?.nope?.a)?.["b"]']] },
    );
  });
});

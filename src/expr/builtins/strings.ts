import { GoError } from '../error.js';
import { lowerCase, upperCase } from '../go/case.js';
import { asString, toInt, typeName } from '../go/of.js';
import { formatValue } from '../go/print.js';
import {
  anyType,
  arrayType,
  boolType,
  functionOf,
  intType,
  stringsType,
  stringType,
} from '../go/type.js';
import { byteLength, concat } from '../go/utf8.js';
import type { Run } from '../run.js';
import { type ExprValue, List } from '../values.js';
import type { OverloadedBuiltin } from './builtin.js';

const textToText = functionOf([stringType], [stringType]);
const twoTextsToText = functionOf([stringType, stringType], [stringType]);
const twoTextsToInt = functionOf([stringType, stringType], [intType]);
const twoTextsToBool = functionOf([stringType, stringType], [boolType]);

function text(args: readonly ExprValue[], index: number): string {
  return asString(args[index] ?? null);
}

/** A builtin over texts; each run pays for the length of its first argument. */
function textBuiltin(
  name: string,
  types: OverloadedBuiltin['types'],
  run: (args: readonly ExprValue[], run: Run) => ExprValue,
): OverloadedBuiltin {
  return {
    kind: 'overloaded',
    name,
    types,
    run(args, state) {
      const [first] = args;
      if (typeof first === 'string') state.spendSteps(Math.ceil(first.length / 16));
      return run(args, state);
    },
  };
}

/** Removes the characters of a set, or white space, from both ends. */
function trimSet(value: string, cutset: string | undefined): string {
  const characters = Array.from(value);
  const isCut =
    cutset === undefined
      ? (char: string) => /^\p{White_Space}$/u.test(char)
      : (
          (set) => (char: string) =>
            set.has(char)
        )(new Set(cutset));
  let start = 0;
  let end = characters.length;
  while (start < end && isCut(characters[start] ?? '')) start++;
  while (end > start && isCut(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

const trim = textBuiltin('trim', [textToText, twoTextsToText], (args) =>
  trimSet(text(args, 0), args.length > 1 ? text(args, 1) : undefined),
);

const trimPrefix = textBuiltin('trimPrefix', [twoTextsToText, textToText], (args) => {
  const value = text(args, 0);
  const prefix = args.length > 1 ? text(args, 1) : ' ';
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
});

const trimSuffix = textBuiltin('trimSuffix', [twoTextsToText, textToText], (args) => {
  const value = text(args, 0);
  const suffix = args.length > 1 ? text(args, 1) : ' ';
  return value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value;
});

const upper = textBuiltin('upper', [textToText], (args) => upperCase(text(args, 0)));
const lower = textBuiltin('lower', [textToText], (args) => lowerCase(text(args, 0)));

/** Go's SplitN and SplitAfterN: at most `limit` parts, all of them where it is negative. */
function splitText(
  value: string,
  separator: string,
  limit: number,
  keepsSeparator: boolean,
  run: Run,
): List {
  if (limit === 0) return new List(stringsType, [], true);
  if (separator === '') return new List(stringsType, explode(value, limit, run));
  const parts: string[] = [];
  let start = 0;
  const most = limit < 0 ? Infinity : limit;
  while (parts.length < most - 1) {
    const at = value.indexOf(separator, start);
    if (at < 0) break;
    run.spendSteps(1);
    parts.push(value.slice(start, keepsSeparator ? at + separator.length : at));
    start = at + separator.length;
  }
  parts.push(value.slice(start));
  return new List(stringsType, parts);
}

function explode(value: string, limit: number, run: Run): string[] {
  const characters = Array.from(value);
  run.spendSteps(characters.length);
  if (limit < 0 || characters.length <= limit) return characters;
  return [...characters.slice(0, limit - 1), characters.slice(limit - 1).join('')];
}

function splitter(name: string, keepsSeparator: boolean): OverloadedBuiltin {
  return textBuiltin(
    name,
    [
      functionOf([stringType, stringType], [stringsType]),
      functionOf([stringType, stringType, intType], [stringsType]),
    ],
    (args, run) => {
      const limit = args.length > 2 ? Number(toInt(args[2] ?? null)) : -1;
      return splitText(text(args, 0), text(args, 1), limit, keepsSeparator, run);
    },
  );
}

const split = splitter('split', false);
const splitAfter = splitter('splitAfter', true);

function replaceText(
  value: string,
  old: string,
  replacement: string,
  limit: number,
  run: Run,
): string {
  if (old === replacement || limit === 0) return value;
  const parts = splitText(value, old, limit < 0 ? -1 : limit + 1, false, run).items;
  // An empty text is found before, between and after all characters.
  const pieces = old === '' ? aroundEach(value, limit) : parts.map(asString);
  run.allocateText(value.length + (pieces.length - 1) * replacement.length);
  return pieces.reduce((joined, piece, index) =>
    index === 0 ? piece : concat(concat(joined, replacement), piece),
  );
}

/** The pieces between which an empty text is found, at most `limit` times. */
function aroundEach(value: string, limit: number): string[] {
  const characters = Array.from(value);
  const places = characters.length + 1;
  const count = limit < 0 ? places : Math.min(limit, places);
  const head = characters.slice(0, count - 1);
  return ['', ...head, characters.slice(count - 1).join('')];
}

const replace = textBuiltin(
  'replace',
  [
    functionOf([stringType, stringType, stringType, intType], [stringType]),
    functionOf([stringType, stringType, stringType], [stringType]),
  ],
  (args, run) => {
    const limit = args.length > 3 ? Number(toInt(args[3] ?? null)) : -1;
    return replaceText(text(args, 0), text(args, 1), text(args, 2), limit, run);
  },
);

const mostRepeats = 1_000_000n;

const repeat = textBuiltin(
  'repeat',
  [functionOf([stringType, intType], [stringType])],
  (args, run) => {
    const value = text(args, 0);
    const count = toInt(args[1] ?? null);
    if (count < 0n) {
      throw new GoError(`invalid argument for repeat (expected positive integer, got ${count})`);
    }
    if (count > mostRepeats) throw new GoError('memory budget exceeded');
    run.allocate(byteLength(value) * Number(count));
    return value.repeat(Number(count));
  },
);

const join = textBuiltin(
  'join',
  [
    functionOf([stringsType, stringType], [stringType]),
    functionOf([arrayType, stringType], [stringType]),
    functionOf([arrayType], [stringType]),
    functionOf([stringsType], [stringType]),
  ],
  (args, run) => {
    const glue = args.length > 1 ? text(args, 1) : '';
    const [list = null] = args;
    const isJoinable =
      list instanceof List && (list.type === stringsType || list.type === arrayType);
    if (!isJoinable) {
      const type = list === null ? '%!s(<nil>)' : typeName(list);
      throw new GoError(`invalid argument for join (type ${type})`);
    }
    const texts = list.items.map(asString);
    const size = texts.reduce((total, each) => total + each.length + glue.length, 0);
    run.allocateText(size);
    run.spendSteps(texts.length);
    return texts.length === 0
      ? ''
      : texts.reduce((joined, each) => concat(concat(joined, glue), each));
  },
);

/** Positions are counted in bytes, as Go counts them. */
function bytePosition(value: string, position: number): bigint {
  return BigInt(position < 0 ? -1 : byteLength(value.slice(0, position)));
}

const indexOf = textBuiltin('indexOf', [twoTextsToInt], (args) =>
  bytePosition(text(args, 0), text(args, 0).indexOf(text(args, 1))),
);
const lastIndexOf = textBuiltin('lastIndexOf', [twoTextsToInt], (args) =>
  bytePosition(text(args, 0), text(args, 0).lastIndexOf(text(args, 1))),
);
const hasPrefix = textBuiltin('hasPrefix', [twoTextsToBool], (args) =>
  text(args, 0).startsWith(text(args, 1)),
);
const hasSuffix = textBuiltin('hasSuffix', [twoTextsToBool], (args) =>
  text(args, 0).endsWith(text(args, 1)),
);

const string: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'string',
  types: [functionOf([anyType], [stringType])],
  run([value = null], run) {
    const printed = formatValue(value);
    run.allocateText(printed.length);
    return printed;
  },
};

export const stringBuiltins = [
  trim,
  trimPrefix,
  trimSuffix,
  upper,
  lower,
  split,
  splitAfter,
  replace,
  repeat,
  join,
  indexOf,
  lastIndexOf,
  hasPrefix,
  hasSuffix,
  string,
] as const;

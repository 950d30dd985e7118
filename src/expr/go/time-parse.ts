import { GoError } from '../error.js';
import { layoutElements } from './layout.js';
import { quoteBytes } from './quote-bytes.js';
import { type Time } from './time.js';
import { type Location } from './zone.js';

import { assemble } from './time-assemble.js';
import { emptyFields, OutOfRange, readElement, Unfit } from './time-elements.js';

/**
 * Go's `time.ParseInLocation`. `fallback` is where a time without a zone lies, `local` the zone whose
 * names and offsets are known; for `time.Parse` these are UTC and the zone of the process. Throws a
 * `GoError` with Go's message.
 */
export function parseTime(layout: string, text: string, fallback: Location, local: Location): Time {
  const fail = (element: string, rest: string, message = ''): GoError =>
    parseError(layout, text, element, rest, message);
  const fields = emptyFields();
  const found = layoutElements(layout);
  let rest = text;
  let end = 0;
  for (const [index, { element, at }] of found.entries()) {
    rest = skip(rest, layout.slice(end, at), fail);
    end = at + element.length;
    const next = found[index + 1]?.element ?? '';
    const before = rest;
    try {
      rest = readElement(element, rest, fields, next);
    } catch (error) {
      if (error instanceof OutOfRange) {
        throw fail(element, error.rest, `: ${error.message} out of range`);
      }
      throw error instanceof Unfit ? fail(element, before) : error;
    }
  }
  rest = skip(rest, layout.slice(end), fail);
  if (rest !== '') throw fail('', rest, `: extra text: ${quoteBytes(rest)}`);
  return assemble(fields, fallback, local, (message) => fail('', text, message));
}

function parseError(
  layout: string,
  text: string,
  element: string,
  rest: string,
  message: string,
): GoError {
  if (message !== '') return new GoError(`parsing time ${quoteBytes(text)}${message}`);
  return new GoError(
    `parsing time ${quoteBytes(text)} as ${quoteBytes(layout)}: cannot parse ${quoteBytes(rest)} as ${quoteBytes(element)}`,
  );
}

/** Steps over the literal text between elements; any run of spaces matches any other. */
function skip(
  text: string,
  literal: string,
  fail: (element: string, rest: string) => GoError,
): string {
  let value = text;
  let prefix = literal;
  while (prefix !== '') {
    if (prefix.startsWith(' ')) {
      if (value !== '' && !value.startsWith(' ')) throw fail(literal, value);
      prefix = prefix.replace(/^ +/, '');
      value = value.replace(/^ +/, '');
    } else {
      if (value.charAt(0) !== prefix.charAt(0)) throw fail(literal, value);
      prefix = prefix.slice(1);
      value = value.slice(1);
    }
  }
  return value;
}

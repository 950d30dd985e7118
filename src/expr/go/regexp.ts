import { RE2JS } from 're2js';
import { GoError } from '../error.js';

/** A compiled pattern in RE2 syntax, matched in time linear in the text. */
export interface Pattern {
  /** Whether it matches anywhere in the text. */
  matches(text: string): boolean;
}

/** Go's `regexp.Compile`. Throws a `GoError` with Go's message. */
export function compilePattern(pattern: string): Pattern {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new GoError(error instanceof Error ? error.message : String(error));
  }
  return { matches: (text) => compiled.matcher(text).find() };
}

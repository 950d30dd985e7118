/** What the YAML parser says against a file, in words for the person who wrote it. */
import type { LineCounter, YAMLError } from 'yaml';
import type { Problem } from '../base/problem.js';

interface Told {
  readonly message: string;
  readonly hint: string;
}

export const QUOTES_HINT = 'put texts that begin with *, !, &, @, % or ` in quotes';
const QUOTES_CODES: ReadonlySet<string> = new Set([
  'BAD_ALIAS',
  'BAD_SCALAR_START',
  'TAG_RESOLVE_FAILED',
]);

const INDENTATION: Told = {
  message: 'the indentation of this line, or of the next, does not fit',
  hint: 'keys that belong together begin in the same column; a text with ": " in it needs quotes',
};

/** What the parser says -> what it comes from. */
const PLAIN: readonly (readonly [said: RegExp, told: Told])[] = [
  [/^Nested mappings/, INDENTATION],
  [/^Implicit keys need to be on a single line/, INDENTATION],
  [/^All (mapping|sequence) items must start/, INDENTATION],
  [/^Sequence item without -/, INDENTATION],
  [/^Map(ping)? items? must/, INDENTATION],
  [/^Tabs are not allowed/, { message: 'a tab indents this line', hint: 'indent with blanks' }],
  [
    /^Implicit map keys need to be followed/,
    { message: 'no "key: value"', hint: 'put a blank after the colon' },
  ],
  [
    /^Missing closing ["']/,
    { message: 'a quote is not closed', hint: 'end the text with the quote that it begins with' },
  ],
  [
    /^(Flow (map|sequence)|Expected (flow )?(map|sequence)).*(\]|\}|end)/,
    { message: 'a bracket is not closed', hint: 'end a list with ], a map with }' },
  ],
];

/** A pretty error would quote the line, and with it a secret: only names of keys are taken from the text. */
export function yamlProblem(
  error: YAMLError,
  { path, text }: { readonly path: string; readonly text: string },
  lines: LineCounter,
): Problem {
  const { line, col } = lines.linePos(error.pos[0]);
  const told =
    twice(error, text, lines) ?? PLAIN.find(([said]) => said.test(error.message))?.[1] ?? null;
  const usual = QUOTES_CODES.has(error.code)
    ? QUOTES_HINT
    : 'check indentation, brackets and quotes';
  return {
    key: '',
    message: `not YAML: ${told?.message ?? error.message}`,
    hint: told?.hint ?? usual,
    place: { file: path, line: Math.max(1, line), column: Math.max(1, col) },
  };
}

function twice(error: YAMLError, text: string, lines: LineCounter): Told | null {
  if (error.code !== 'DUPLICATE_KEY') return null;
  const [at] = error.pos;
  const [, key] = /^["']?([\w.-]{1,60})["']?\s*:/.exec(text.slice(at)) ?? [];
  if (key === undefined) return { message: 'a key is given twice', hint: 'keep one of them' };
  const before = [...text.slice(0, at).matchAll(/^[ \t-]*["']?([\w.-]+)["']?\s*:/gm)];
  const first = before.findLast(([, other]) => other === key);
  const where = first === undefined ? '' : `, first in line ${lines.linePos(first.index).line}`;
  return { message: `the key ${key} is given twice${where}`, hint: 'keep one of them' };
}

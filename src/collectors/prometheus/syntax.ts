/**
 * Finds mistakes in a query before it is ever asked. The grammar is PromQL's own; VictoriaMetrics, which Fly runs,
 * understands more (MetricsQL), so what only PromQL refuses is a warning where MetricsQL may be meant.
 */
import { parser } from '@prometheus-io/lezer-promql';
import type { Tree } from '@lezer/common';
import { withPlaceholders } from '../shared/settings/app-template.js';

export interface QueryProblem {
  /** A warning: PromQL does not know it, MetricsQL may. */
  readonly severity: 'error' | 'warning';
  /** With line and column of the query text, both from 1. */
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Null when the query is good PromQL. `$APP_NAME` may stand anywhere. */
export function checkQuery(query: string): QueryProblem | null {
  const text = withPlaceholders(query);
  if (text.trim() === '') return problem('error', query, 0, 'the query is empty');
  const scan = scanStructure(text);
  if (scan.fault !== null) return problem('error', query, scan.fault.at, scan.fault.message);
  const at = firstErrorAt(parseQuery(query));
  if (at === null) return null;
  const found = query.slice(at, at + 20).split('\n')[0] ?? '';
  const what = found === '' ? 'the query ends too early' : `unexpected "${found}"`;
  if (!mayBeMetricsQl(scan.bare)) return problem('error', query, at, what);
  return problem('warning', query, at, `${what} (not PromQL; VictoriaMetrics may know it)`);
}

/** The syntax tree, with positions as in the query text. */
export function parseQuery(query: string): Tree {
  return parser.parse(withPlaceholders(query));
}

/** Where the grammar first stumbles; null when it does not. */
export function firstErrorAt(tree: Tree): number | null {
  let first: number | null = null;
  tree.iterate({
    enter(node) {
      if (node.type.isError && (first === null || node.from < first)) first = node.from;
    },
  });
  return first;
}

/** Both from 1. */
export function placeIn(
  query: string,
  at: number,
): { readonly line: number; readonly column: number } {
  const before = query.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function problem(
  severity: QueryProblem['severity'],
  query: string,
  at: number,
  what: string,
): QueryProblem {
  const { line, column } = placeIn(query, at);
  return {
    severity,
    message: `line ${line}, column ${column} of the query: ${what}`,
    line,
    column,
  };
}

interface Structure {
  readonly fault: { readonly at: number; readonly message: string } | null;
  /** The text with strings emptied and comments blanked. */
  readonly bare: string;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Strings and brackets, which both languages close alike. The grammar itself lets an open string pass. */
function scanStructure(text: string): Structure {
  const open: { readonly char: string; readonly at: number }[] = [];
  let bare = '';
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === '"' || char === "'" || char === '`') {
      const end = endOfString(text, at, char);
      if (end === null) {
        return { fault: { at, message: `the string that starts with ${char} has no end` }, bare };
      }
      bare += char + char;
      at = end;
      continue;
    }
    if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
      continue;
    }
    if (char in CLOSING) open.push({ char, at });
    if (char === ')' || char === ']' || char === '}') {
      const last = open.pop();
      if (last === undefined || CLOSING[last.char] !== char) {
        return { fault: { at, message: `"${char}" closes nothing` }, bare };
      }
    }
    bare += char;
    at += 1;
  }
  const unclosed = open.at(-1);
  if (unclosed === undefined) return { fault: null, bare };
  return { fault: { at: unclosed.at, message: `"${unclosed.char}" is never closed` }, bare };
}

/** The position behind the closing quote; null when there is none. */
function endOfString(text: string, start: number, quote: string): number | null {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at + 1;
    if (text[at] === '\\' && quote !== '`') at += 1;
  }
  return null;
}

/**
 * Constructs of MetricsQL that PromQL lacks (docs.victoriametrics.com/metricsql). Wide on purpose:
 * a query that the server understands must never be refused here, while the server refuses a bad one anyway.
 */
const METRICSQL: readonly RegExp[] = [
  /\b(with|default|if|ifnot|keep_metric_names|limit|prefix|offset)\b/i,
  /\{[^}]*\bor\b/i,
  // Steps, fractions and variables in durations; no step before or after the colon.
  /\d+(\.\d+)?i\b|\d\.\d+[a-z]|\$__|\[\s*[:\]]/i,
  // Byte units, binary numbers, nothing behind the point.
  /\d\.(\D|$)|\b0b[01]|\d(\.\d+)?[KMGT](i|b|ib)?\b/i,
  // Trailing commas, lists in parentheses (also empty ones), group_left(*).
  /,\s*[)\]}]|(^|[^\w\s])\s*\([^{}]*,|\(\s*(\*\s*)?\)/,
  // `@` behind any expression; escaped and non-ASCII names.
  /@|\\|\P{ASCII}/u,
];

function mayBeMetricsQl(bare: string): boolean {
  return METRICSQL.some((pattern) => pattern.test(bare)) || callsUnknownFunction(bare);
}

function callsUnknownFunction(bare: string): boolean {
  const names = [...bare.matchAll(/([A-Za-z_][\w.]*)\s*\(/g)].map((match) => match[1] ?? '');
  return names.some(
    (name) => !isKeyword(name) && firstErrorAt(parser.parse(`${name}(x)`)) !== null,
  );
}

function isKeyword(name: string): boolean {
  return /^(by|without|on|ignoring|group_left|group_right|and|or|unless|bool|atan2|fill|fill_left|fill_right)$/i.test(
    name,
  );
}

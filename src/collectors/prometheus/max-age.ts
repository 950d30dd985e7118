/**
 * How old is the data behind a query? The time of an answer is the time of its evaluation, whatever went into it.
 * So a second query asks for `timestamp()` of each series selector: the newest sample of each one counts,
 * since one dead instance among living ones must not hold the app, while a selector gone quiet must.
 */
import type { SyntaxNode } from '@lezer/common';
import { failure, type Failure, type SeriesAnswer } from './answer.js';
import { holesIn } from '../shared/settings/app-template.js';
import { firstErrorAt, parseQuery } from './syntax.js';

/** The step at which long ranges are searched: below every usual look-back (5 minutes), so that no sample is missed. */
const SEARCH_STEP = '1m';

/** Why `max-age` cannot be checked for this query; null when it can. */
export function checkMaxAge(query: string): string | null {
  const derived = derive(query);
  return typeof derived === 'string' ? derived : null;
}

/**
 * The query whose answer holds, for each selector that has data, the time of its newest sample in seconds.
 * Null when it cannot be derived. `$APP_NAME` stays where it was.
 */
export function timestampQuery(query: string): string | null {
  const derived = derive(query);
  if (typeof derived === 'string') return null;
  const [only, ...others] = derived;
  if (only !== undefined && others.length === 0) return only;
  // Aggregates carry no labels: without one of its own, `or` would keep only the first.
  return derived
    .map((part, index) => `label_replace(${part}, "selector", "${index}", "", "")`)
    .join(' or ');
}

/** Functions that make a value of nothing; those of the date do so without an argument. */
const MAKERS: ReadonlySet<string> = new Set([
  'vector',
  'scalar',
  'absent',
  'absent_over_time',
  'minute',
  'hour',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'month',
  'year',
]);

/** Whether the query says nothing where none of its selectors has a series: a value of it is the value of some data. */
export function isOfDataAlone(query: string): boolean {
  let isAlone = true;
  parseQuery(query).iterate({
    enter({ name, node }) {
      if (name === 'FunctionIdentifier' && MAKERS.has(query.slice(node.from, node.to).trim()))
        isAlone = false;
    },
  });
  return isAlone;
}

/**
 * The time of the newest sample of the quietest selector, in milliseconds. A selector without any series says nothing:
 * it is for the query (`or vector(0)`) or the `default` to say what that means. Null when none has any.
 */
export function oldestNewestMs(answer: SeriesAnswer): number | null | Failure {
  let oldest: number | null = null;
  for (const { value } of answer.series) {
    if (!Number.isFinite(value)) return failure('source-bad-answer', 'a timestamp is no number');
    const ms = Math.round(value * 1000);
    if (oldest === null || ms < oldest) oldest = ms;
  }
  return oldest;
}

/** One expression per distinct selector, or the reason why not. */
function derive(query: string): readonly string[] | string {
  const tree = parseQuery(query);
  if (firstErrorAt(tree) !== null) return 'the query is not plain PromQL';
  const parts = new Set<string>();
  let obstacle: string | null = null;
  tree.iterate({
    enter({ name, node }) {
      obstacle ??= OBSTACLES[name] ?? null;
      if (name === 'VectorSelector') parts.add(newestSample(query, node));
    },
  });
  if (obstacle !== null) return obstacle;
  if (parts.size === 0) return 'the query selects no series';
  // Those of the app first, as one query for the fleet must have them.
  const isShared = (part: string): number => (holesIn(part).length === 0 ? 1 : 0);
  return [...parts].sort((a, b) => isShared(a) - isShared(b));
}

const OBSTACLES: Readonly<Record<string, string>> = {
  OffsetExpr: 'the query looks into the past with "offset"',
  StepInvariantExpr: 'the query looks at a fixed time with "@"',
  SubqueryExpr: 'the query has a subquery',
};

function newestSample(query: string, selector: SyntaxNode): string {
  const text = query.slice(selector.from, selector.to);
  const newest = `max(timestamp(${text}))`;
  const range = selector.parent;
  if (range?.name !== 'MatrixSelector') return newest;
  // A range may reach further back than a plain selector does; then the search finds what the first part does not see.
  const window = query
    .slice(selector.to, range.to)
    .replace(/^\s*\[|\]\s*$/g, '')
    .trim();
  return `(${newest} or max(max_over_time(timestamp(${text})[${window}:${SEARCH_STEP}])))`;
}

/** Decides whether one query can answer for the whole fleet, and how. Nothing here runs while the fleet is scaled: a query is planned once. */
import type { SyntaxNode } from '@lezer/common';
import { holesIn } from '../../shared/settings/app-template.js';
import { firstErrorAt, parseQuery } from '../syntax.js';
import { aggregation } from './aggregation.js';
import { binary } from './binary.js';
import { call } from './call.js';
import { isPlainLabel, unquoted } from './nodes.js';
import { prepareQuery } from './query-text.js';
import { range, selector } from './selector.js';
import { parentheses, sign } from './series-wise.js';
import { refused, type Analysis, type Otherwise, type Outcome, type Refusal } from './value.js';

/** One query for all apps, and how to read each app's own answer from it. */
export interface FleetPlan {
  readonly kind: 'fleet';
  readonly query: string;
  /** The label of the answer's series that names the app. */
  readonly label: string;
  /** False: the app's own query has series without it, so it is taken away. */
  readonly keepsLabel: boolean;
  /** Series that an app has beside those, unless its own match them; the query mentions no app. */
  readonly otherwise: Pick<Otherwise, 'text' | 'matching'> | null;
  /** True: the answer has a series with the label `LEFT_OUT` for each that functions around an `or` have left out. */
  readonly showsLeftOut: boolean;
}

export const LEFT_OUT = 'fas_left_out';

/** It does not mention the app: one answer is everybody's. */
export interface SharedPlan {
  readonly kind: 'shared';
}

export type Plan = FleetPlan | SharedPlan | Refusal;

/** `appRegex` is a regular expression that takes the name of each app; it needs no escapes in a text in double quotes. */
export function planQuery(query: string, appRegex: string): Plan {
  const holes = holesIn(query);
  if (holes.length === 0) return { kind: 'shared' };
  const errorAt = firstErrorAt(parseQuery(query));
  if (errorAt !== null) return { kind: 'refused', at: errorAt, why: 'it is no plain PromQL' };
  const { root, text } = prepareQuery(query);
  const literals = new Set(holes.map(({ from }) => from - 1));
  const isApp = (node: SyntaxNode): boolean =>
    node.name === 'StringLiteral' &&
    literals.has(node.from) &&
    holes.some(({ from, to }) => from === node.from + 1 && to === node.to - 1);
  const label = appLabel(root, query, isApp);
  if (typeof label !== 'string') return label;
  const missed = holes.find(({ from }) => !isApp(root.resolve(from, 1)));
  if (missed !== undefined) return { kind: 'refused', at: missed.from, why: NOT_A_MATCHER };
  const analysis: Analysis = {
    query: text,
    label,
    matcher: `${label}=~"${appRegex}"`,
    isApp,
    visit: (node) => visit(node, analysis),
  };
  const outcome = analysis.visit(root);
  if (outcome.kind === 'refused') return outcome;
  if (outcome.type !== 'vector' || outcome.split === null) {
    return refused(root, 'the answer is no list of series with a value');
  }
  const { keepsLabel, otherwise } = outcome.split;
  const whole = outcome.text.trim();
  const bare = otherwise === null || otherwise.isAlwaysFloat ? null : otherwise.bare;
  return {
    kind: 'fleet',
    query: bare === null ? whole : withLeftOut(whole, bare.trim()),
    label,
    keepsLabel,
    otherwise,
    showsLeftOut: bare !== null,
  };
}

/** Series of `bare` that are missing from f(bare), such as native histograms, marked: without them "or" seems to stand for them. */
function withLeftOut(text: string, bare: string): string {
  return `(${text}) or ignoring (${LEFT_OUT}) label_replace(${bare}, "${LEFT_OUT}", "yes", "", "")`;
}

const NOT_A_MATCHER = '$APP_NAME is not the whole value of a matcher such as app="$APP_NAME"';

/** The one label by which all matchers name the app. */
function appLabel(
  root: SyntaxNode,
  query: string,
  isApp: (node: SyntaxNode) => boolean,
): string | Refusal {
  const labels = new Set<string>();
  let refusal: Refusal | null = null;
  root.cursor().iterate(({ name, node, from, to }) => {
    if (name === 'QuotedLabelName' && query.slice(from, to).includes('\\')) {
      refusal ??= refused(node, 'a label name with an escape');
    }
    if (!isApp(node)) return;
    const { parent: matcher } = node;
    const [labelNode] = [matcher?.firstChild];
    const isMatcher =
      matcher?.name === 'UnquotedLabelMatcher' || matcher?.name === 'QuotedLabelMatcher';
    if (
      !isMatcher ||
      labelNode == null ||
      matcher.getChild('MatchOp')?.getChild('EqlSingle') == null
    ) {
      refusal ??= refused(node, NOT_A_MATCHER);
      return;
    }
    const label = unquoted(query.slice(labelNode.from, labelNode.to));
    if (!isPlainLabel(label) || label === '__name__') {
      refusal ??= refused(node, `the label ${label} cannot stand for the app`);
    }
    labels.add(label);
    if (labels.size > 1) {
      refusal ??= refused(node, `$APP_NAME stands on two labels: ${[...labels].join(' and ')}`);
    }
  });
  if (refusal !== null) return refusal;
  return [...labels][0] ?? refused(root, NOT_A_MATCHER);
}

/** One rule for each kind of node; what has none is asked app by app. */
function visit(node: SyntaxNode, analysis: Analysis): Outcome {
  const text = analysis.query.textOf(node);
  const base = { kind: 'value', text, split: null, labels: new Set<string>() } as const;
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { ...base, type: 'scalar' };
    case 'StringLiteral':
      return text.trim().length === node.to - node.from
        ? { ...base, type: 'text' }
        : refused(node, 'a text with offset or @');
    case 'VectorSelector':
      return selector(node, analysis);
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return range(node, analysis);
    case 'ParenExpr':
      return parentheses(node, analysis);
    case 'UnaryExpr':
      return sign(node, analysis);
    case 'AggregateExpr':
      return aggregation(node, analysis);
    case 'BinaryExpr':
      return binary(node, analysis);
    case 'FunctionCall':
      return call(node, analysis);
    default:
      return refused(node, `${node.name} is not understood`);
  }
}

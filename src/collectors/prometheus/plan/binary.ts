/** Operators: arithmetic and comparisons here, `and`, `or` and `unless` in sets.ts, how series find each other in matching.ts. */
import type { SyntaxNode } from '@lezer/common';
import { readClause, rewritten, toMany, type Clause } from './matching.js';
import { differs, textWith, type Operation } from './operation.js';
import { plainNumber, seriesWise } from './series-wise.js';
import { setOperation } from './sets.js';
import {
  isSplit,
  refused,
  without,
  type Analysis,
  type Outcome,
  type SplitValue,
  type Value,
} from './value.js';

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^', 'atan2']);
const SETS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

export function binary(node: SyntaxNode, analysis: Analysis): Outcome {
  const { query, visit } = analysis;
  const { firstChild: left, lastChild: right } = node;
  const sign = left?.nextSibling ?? null;
  if (left === null || sign === null || right === null)
    return refused(node, 'an operand is missing');
  const leftValue = visit(left);
  if (leftValue.kind === 'refused') return leftValue;
  const rightValue = visit(right);
  if (rightValue.kind === 'refused') return rightValue;
  const operator = query.textOf(sign).trim().toLowerCase();
  const isSplitAtAll = isSplit(leftValue) || isSplit(rightValue);
  const fill = node.getChild('FillModifier');
  const isKnown = COMPARISONS.has(operator) || ARITHMETIC.has(operator) || SETS.has(operator);
  if (isSplitAtAll && (fill !== null || !isKnown)) {
    return refused(
      fill ?? sign,
      `${fill === null ? operator : 'fill'} is not known to treat each app alone`,
    );
  }
  const isBool = node.getChild('BoolModifier') !== null;
  const clause = readClause(node, sign, analysis);
  const values = { leftValue, rightValue };
  const operation: Operation = { node, left, right, ...values, operator, isBool, clause, analysis };
  if (!isSplitAtAll) return shared(operation);
  if (SETS.has(operator)) return setOperation(operation);
  if (leftValue.type === 'scalar' || rightValue.type === 'scalar') return withScalar(operation);
  if (leftValue.type !== 'vector' || rightValue.type !== 'vector') {
    return refused(sign, `${operator} with something that has no number`);
  }
  for (const value of [leftValue, rightValue]) {
    if (value.split?.otherwise != null) {
      return refused(sign, `${operator} beside "or" with what every app shares`);
    }
  }
  if (isSplit(leftValue) && isSplit(rightValue)) {
    return betweenSplit(operation, leftValue, rightValue);
  }
  return withShared(operation);
}

/** The same for all apps. */
function shared({ node, leftValue, rightValue, operator, clause, analysis }: Operation): Value {
  const isScalar = leftValue.type === 'scalar' && rightValue.type === 'scalar';
  const text = analysis.query.textOf(node);
  const base = { kind: 'value', text, split: null } as const;
  if (isScalar) return { ...base, type: 'scalar', labels: new Set() };
  const vector = { ...base, type: 'vector' } as const;
  if (leftValue.type === 'scalar') return { ...vector, labels: rightValue.labels };
  if (rightValue.type === 'scalar') return { ...vector, labels: leftValue.labels };
  const isOneToOne = !SETS.has(operator) && clause.many === null;
  return { ...vector, labels: isOneToOne ? matchedLabels(leftValue, clause) : null };
}

/** `e + 1`, `1 < e`: each series by itself. */
function withScalar(operation: Operation): Outcome {
  const { node, left, right, leftValue, rightValue, operator, isBool, analysis } = operation;
  const [operand, value, scalar] = isSplit(leftValue)
    ? ([left, leftValue, rightValue] as const)
    : ([right, rightValue, leftValue] as const);
  if (!isSplit(value) || value.type !== 'vector') {
    return refused(node, `${operator} with something that has no number`);
  }
  const number = plainNumber(scalar);
  const isTotal =
    number !== null &&
    (['+', '-'].includes(operator) ||
      (['*', '/'].includes(operator) && number !== 0) ||
      (COMPARISONS.has(operator) && isBool));
  return seriesWise(node, operand, value, { isTotal, analysis });
}

/**
 * `e + f`, both by app: series of two apps must not meet, those of one app must meet as they did. If the label has a part in it, it
 * must be there on both sides or on neither; then it may have one, since within an app it is the same everywhere.
 */
function betweenSplit(operation: Operation, left: SplitValue, right: SplitValue): Outcome {
  const { node, clause, analysis } = operation;
  const { label } = analysis;
  const refusal = differs(operation, left, right) ?? includes(operation) ?? mayBeNumber(operation);
  if (refusal !== null) return refused(node, refusal);
  const text = textWith(operation, rewritten(clause, label));
  const many = clause.many === 'left' ? left : clause.many === 'right' ? right : null;
  const keepsLabel = many?.split.keepsLabel ?? (left.split.keepsLabel && !clause.drops(label));
  const labels = many === null ? without(matchedLabels(left, clause), [label]) : null;
  return { kind: 'value', type: 'vector', text, split: { keepsLabel, otherwise: null }, labels };
}

function includes({ clause, analysis }: Operation): string | null {
  if (!clause.included.includes(analysis.label)) return null;
  return `group_${clause.many ?? 'left'} brings the label ${analysis.label} from the other side`;
}

/**
 * Without `on` or `ignoring`, VictoriaMetrics takes a side that is one series without labels for a number, which goes with every series
 * of the other. In the answer for the fleet no series is without labels, so nothing must hang on that.
 */
function mayBeNumber({ leftValue, rightValue, clause }: Operation): string | null {
  if (clause.matching !== null) return null;
  const values = [leftValue, rightValue];
  const isNeverBare = values.every(({ split }) => split === null || split.keepsLabel);
  const isAlwaysBare = values.every(({ labels }) => labels?.size === 0);
  if (isNeverBare || isAlwaysBare) return null;
  return 'one side may be a single series without labels, which goes with all others in VictoriaMetrics: say on (...)';
}

/** `e + g`, where g is the same for all apps. */
function withShared(operation: Operation): Outcome {
  const { node, left, leftValue, rightValue, operator, isBool, clause, analysis } = operation;
  const { label } = analysis;
  const [value, other] = isSplit(leftValue)
    ? ([leftValue, rightValue] as const)
    : ([rightValue as SplitValue, leftValue] as const);
  const side = isSplit(leftValue) ? 'left' : 'right';
  const why = includes(operation) ?? mayBeNumber(operation);
  if (why !== null) return refused(node, why);
  const { keepsLabel } = value.split;
  const base = { kind: 'value', type: 'vector' } as const;
  if (keepsLabel && clause.matches(label)) {
    // g has a label of that name too, or matches nothing: each app meets what is its own.
    const labels = clause.many === null ? without(matchedLabels(value, clause), [label]) : null;
    return { ...base, text: textWith(operation, null), split: value.split, labels };
  }
  // From here on the series of all apps meet the same series of g.
  if (clause.matches(label)) {
    if (clause.matching?.isOn === true || other.labels === null || other.labels.has(label)) {
      return refused(node, `the side without $APP_NAME may have the label ${label}`);
    }
  }
  if (clause.many === side) {
    const text = textWith(operation, toMany(clause, label, side));
    return { ...base, text, split: value.split, labels: null };
  }
  if (clause.many !== null) {
    return refused(node, 'several series on the side without $APP_NAME');
  }
  // One series of an app for one of g: that there is but one has to be sure, as the fleet's query would not complain of two.
  const { labels } = value;
  if (labels === null || [...labels].some((name) => !clause.matches(name))) {
    return refused(left, 'an app may have several series for one on the side without $APP_NAME');
  }
  const keepsName = COMPARISONS.has(operator) && !isBool && clause.matching?.isOn !== true;
  if (side === 'right' && keepsName) {
    return refused(node, 'the comparison keeps the name of the side without $APP_NAME');
  }
  const text = textWith(operation, toMany(clause, label, side));
  return { ...base, text, split: { keepsLabel: false, otherwise: null }, labels };
}

/** Of the series that one-to-one matching makes. */
function matchedLabels(left: Value, { matching }: Clause): ReadonlySet<string> | null {
  if (matching === null) return left.labels;
  if (!matching.isOn) return without(left.labels, matching.labels);
  return matching.labels.includes('__name__') ? null : new Set(matching.labels);
}

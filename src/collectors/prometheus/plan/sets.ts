/** `and`, `or`, `unless`: which series there are depends on which others there are. */
import { isAlwaysFloat } from './floats.js';
import { differs, textWith, type Operation } from './operation.js';
import { rewritten, withoutLabel, written } from './matching.js';
import { isSplit, refused, union, type Outcome, type SplitValue, type Value } from './value.js';

export function setOperation(operation: Operation): Outcome {
  const { node, leftValue, rightValue, operator } = operation;
  if (leftValue.type !== 'vector' || rightValue.type !== 'vector') {
    return refused(node, `"${operator}" of something that has no series`);
  }
  if (operator === 'or') return either(operation);
  for (const value of [leftValue, rightValue]) {
    if (value.split?.otherwise != null) {
      return refused(node, `"${operator}" beside "or" with what every app shares`);
    }
  }
  if (isSplit(leftValue) && isSplit(rightValue)) {
    return filtered(operation, leftValue, rightValue);
  }
  return isSplit(leftValue)
    ? filteredByShared(operation, leftValue, rightValue)
    : sharedFiltered(operation, rightValue as SplitValue);
}

/** `e and f`, `e unless f`, both by app. */
function filtered(operation: Operation, left: SplitValue, right: SplitValue): Outcome {
  const { node, clause, analysis } = operation;
  const refusal = differs(operation, left, right);
  if (refusal !== null) return refused(node, refusal);
  return { ...left, text: textWith(operation, rewritten(clause, analysis.label)) };
}

/** `e and g`, `e unless g`, where g is the same for all apps. */
function filteredByShared(operation: Operation, left: SplitValue, right: Value): Outcome {
  const { node, clause, analysis } = operation;
  const { label } = analysis;
  const hasNoPart = !clause.matches(label);
  if (hasNoPart || left.split.keepsLabel) return { ...left, text: textWith(operation, null) };
  if (clause.matching?.isOn === true || right.labels === null || right.labels.has(label)) {
    return refused(node, `the side without $APP_NAME may have the label ${label}`);
  }
  return { ...left, text: textWith(operation, written(withoutLabel(clause, label), null, [])) };
}

/** `g and e`: those series of g that find one of the app, and so have its label. `g unless e` has those of all other apps too. */
function sharedFiltered(operation: Operation, right: SplitValue): Outcome {
  const { node, leftValue, operator, clause, analysis } = operation;
  if (operator === 'and' && right.split.keepsLabel && clause.matches(analysis.label)) {
    return { ...leftValue, split: right.split, labels: null, text: textWith(operation, null) };
  }
  return refused(node, `"${operator}" answers with series that name no app`);
}

/** `e or f`: of two that are by app, or of one and what all apps share, which is added app by app when the answer is there. */
function either(operation: Operation): Outcome {
  const { node, leftValue: left, rightValue: right, clause, analysis } = operation;
  if (!isSplit(left)) return refused(node, '"or" answers with series that name no app');
  const { matching } = clause;
  const { otherwise } = left.split;
  // `(e or g) or h` is `e or (g or h)` where all labels count.
  const isAssociative = matching === null && (otherwise?.matching ?? null) === null;
  if (!isSplit(right)) {
    if (!areApart(left, right, operation)) {
      return refused(node, '"or" may match several series with what every app shares');
    }
    if (otherwise !== null && !isAssociative) {
      return refused(node, 'several "or", not all of them by all labels');
    }
    const text = otherwise === null ? right.text : `${otherwise.text} or ${right.text}`;
    const added = {
      text: `(${text.trim()})`,
      matching,
      isAlwaysFloat: otherwise?.isAlwaysFloat ?? isAlwaysFloat(operation.left, operation.analysis),
      bare: otherwise?.bare ?? null,
    };
    const labels = union(left.labels, right.labels);
    return { ...left, split: { ...left.split, otherwise: added }, labels };
  }
  if (otherwise !== null || right.split.otherwise !== null) {
    return refused(node, '"or" beside "or" with what every app shares');
  }
  if (left.split.keepsLabel !== right.split.keepsLabel) {
    return refused(node, `one side has the label ${analysis.label}, the other has lost it`);
  }
  return {
    ...left,
    text: `(${textWith(operation, rewritten(clause, analysis.label))})`,
    labels: union(left.labels, right.labels),
  };
}

/**
 * VictoriaMetrics gives each series that has no value at this time the value of what matches it, instead of adding that. It comes to the
 * same where at most one series matches at most one without a name, or where none ever does.
 */
function areApart(left: SplitValue, right: Value, { clause, analysis }: Operation): boolean {
  const { label } = analysis;
  const neverMatch =
    left.split.keepsLabel && clause.matches(label) && right.labels?.has(label) === false;
  const hasOneEach = [left, right].every(
    ({ labels }) => labels !== null && [...labels].every((name) => clause.matches(name)),
  );
  return neverMatch || hasOneEach;
}

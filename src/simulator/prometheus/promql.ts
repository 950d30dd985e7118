import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { AGGREGATES, FUNCTIONS } from './functions.js';
import { labelReplace, patternOf } from './label-replace.js';
import { applyBinary } from './operators.js';
import type { BinaryOptions } from './operators.js';
import type { Matcher } from './series.js';
import { computed, pickLabels, QueryError, signature, vectorOf } from './values.js';
import type { Evaluation, Expression, Sample, Value } from './values.js';

/**
 * A subset of PromQL, read with Prometheus' own grammar: selectors with all four matchers, ranges, offset, sum/avg/min/max/count/group
 * with by and without, all operators (`on`, `ignoring`, `group_left`, `group_right`, `bool`), `label_replace`,
 * and the functions of functions.ts.
 * `QueryError` for everything else.
 */
export function compileQuery(text: string): Expression {
  const tree = parser.parse(text);
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) {
      throw new QueryError(`cannot parse the query at position ${cursor.from}`);
    }
  } while (cursor.next());
  const root = tree.topNode.firstChild;
  if (root === null) throw new QueryError('the query is empty');
  return compile(root, text);
}

/** A list of matchers, as `match[]` takes it. */
export function compileSelector(text: string): readonly Matcher[] {
  const root = parser.parse(text).topNode.firstChild;
  if (root?.name !== 'VectorSelector') throw new QueryError('expected a series selector');
  return matchersOf(root, text);
}

function compile(node: SyntaxNode, text: string): Expression {
  switch (node.name) {
    case 'NumberDurationLiteral': {
      const value = numberOf(textOf(node, text));
      return () => ({ kind: 'scalar', value });
    }
    case 'ParenExpr':
      return compile(onlyChild(node), text);
    case 'UnaryExpr':
      return compileUnary(node, text);
    case 'VectorSelector':
      return compileSelection(node, text, 0);
    case 'MatrixSelector':
      return compileRange(node, text, 0);
    case 'OffsetExpr':
      return compileOffset(node, text);
    case 'AggregateExpr':
      return compileAggregate(node, text);
    case 'BinaryExpr':
      return compileBinary(node, text);
    case 'FunctionCall':
      return compileCall(node, text);
    default:
      throw new QueryError(`${node.name} is not understood by the simulator`);
  }
}

function textOf(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to);
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

function onlyChild(node: SyntaxNode): SyntaxNode {
  const child = node.firstChild;
  if (child === null) throw new QueryError('an expression is missing');
  return child;
}

function compileUnary(node: SyntaxNode, text: string): Expression {
  const inner = compile(childrenOf(node).at(-1) ?? node, text);
  if (!textOf(node, text).startsWith('-')) return inner;
  return (at) => {
    const value = inner(at);
    if (value.kind === 'scalar') return { kind: 'scalar', value: -value.value };
    const samples = vectorOf(value, 'the sign').map((sample) =>
      computed(sample, -sample.value, at),
    );
    return { kind: 'vector', samples };
  };
}

function compileSelection(node: SyntaxNode, text: string, offsetMs: number): Expression {
  const matchers = matchersOf(node, text);
  return (at) => {
    const samples: Sample[] = [];
    for (const { name, labels, sampleAt } of at.select(matchers)) {
      const point = sampleAt(at.tMs - offsetMs);
      if (point !== null) samples.push({ name, labels, value: point.value, tMs: point.tMs });
    }
    return { kind: 'vector', samples };
  };
}

function compileRange(node: SyntaxNode, text: string, offsetMs: number): Expression {
  const [selector, duration] = childrenOf(node);
  if (selector?.name !== 'VectorSelector' || duration === undefined) {
    throw new QueryError('a range wants a selector');
  }
  const rangeMs = durationMsOf(textOf(duration, text));
  const matchers = matchersOf(selector, text);
  return (at) => {
    const toMs = at.tMs - offsetMs;
    const series = at.select(matchers).map(({ name, labels, pointsIn }) => ({
      name,
      labels,
      points: pointsIn(toMs - rangeMs, toMs),
    }));
    return { kind: 'range', rangeMs, series };
  };
}

function compileOffset(node: SyntaxNode, text: string): Expression {
  const [inner, , duration] = childrenOf(node);
  if (inner === undefined || duration === undefined)
    throw new QueryError('offset wants a duration');
  const offsetMs = durationMsOf(textOf(duration, text));
  if (inner.name === 'VectorSelector') return compileSelection(inner, text, offsetMs);
  if (inner.name === 'MatrixSelector') return compileRange(inner, text, offsetMs);
  throw new QueryError('offset wants a selector');
}

function compileAggregate(node: SyntaxNode, text: string): Expression {
  const children = childrenOf(node);
  const operator = textOf(children[0] ?? node, text).toLowerCase();
  const reduce = AGGREGATES[operator];
  const body = children.find(({ name }) => name === 'FunctionCallBody');
  const args = body === undefined ? [] : childrenOf(body);
  const [arg] = args;
  if (reduce === undefined || arg === undefined || args.length !== 1) {
    throw new QueryError(`the aggregate ${operator} is not understood by the simulator`);
  }
  const inner = compile(arg, text);
  const isKept = groupingOf(
    children.find(({ name }) => name === 'AggregateModifier'),
    text,
  );
  return (at) => {
    const groups = new Map<string, Sample[]>();
    for (const sample of vectorOf(inner(at), operator)) {
      const key = signature(sample.labels, isKept);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [sample]);
      else group.push(sample);
    }
    const samples = [...groups.values()].map((group) => ({
      name: '',
      labels: pickLabels(group[0]?.labels ?? {}, isKept),
      value: reduce(group.map(({ value }) => value)),
      tMs: at.tMs,
    }));
    return { kind: 'vector', samples };
  };
}

function groupingOf(modifier: SyntaxNode | undefined, text: string): (label: string) => boolean {
  if (modifier === undefined) return () => false;
  const isBy = modifier.getChild('By') !== null;
  const labels = new Set(groupingLabels(modifier, text));
  return (label) => labels.has(label) === isBy;
}

function groupingLabels(node: SyntaxNode, text: string): readonly string[] {
  const labels = node.getChild('GroupingLabels');
  return labels === null ? [] : childrenOf(labels).map((label) => textOf(label, text));
}

function compileBinary(node: SyntaxNode, text: string): Expression {
  const children = childrenOf(node);
  const [leftNode, operatorNode] = children;
  const rightNode = children.at(-1);
  if (leftNode === undefined || operatorNode === undefined || rightNode === undefined) {
    throw new QueryError('an operand is missing');
  }
  const clause = node.getChild('MatchingModifierClause');
  const options: BinaryOptions = {
    operator: textOf(operatorNode, text).toLowerCase(),
    isBool: node.getChild('BoolModifier') !== null || clause?.getChild('BoolModifier') != null,
    matching:
      clause === null
        ? null
        : { isOn: clause.getChild('On') !== null, labels: groupingLabels(clause, text) },
    grouping: clause === null ? null : groupingOfSides(clause, text),
  };
  const left = compile(leftNode, text);
  const right = compile(rightNode, text);
  return (at) => applyBinary(options, left(at), right(at), at);
}

function groupingOfSides(clause: SyntaxNode, text: string): BinaryOptions['grouping'] {
  const isLeft = clause.getChild('GroupLeft') !== null;
  if (!isLeft && clause.getChild('GroupRight') === null) return null;
  const [, included] = clause.getChildren('GroupingLabels');
  const labels = included === undefined ? [] : childrenOf(included);
  return {
    many: isLeft ? 'left' : 'right',
    included: labels.map((label) => textOf(label, text)),
  };
}

function compileCall(node: SyntaxNode, text: string): Expression {
  const [identifier, body] = childrenOf(node);
  const name = identifier === undefined ? '' : textOf(identifier, text);
  if (name === 'label_replace') {
    return compileLabelReplace(body === undefined ? [] : childrenOf(body), text);
  }
  const run = FUNCTIONS[name];
  if (run === undefined) {
    throw new QueryError(`the function ${name} is not understood by the simulator`);
  }
  const args = (body === undefined ? [] : childrenOf(body)).map((arg) => compile(arg, text));
  return (at: Evaluation): Value =>
    run(
      args.map((arg) => arg(at)),
      at,
    );
}

/** `label_replace(e, "target", "$1", "source", "(.*)")`. */
function compileLabelReplace(args: readonly SyntaxNode[], text: string): Expression {
  const [inner, ...literals] = args;
  if (inner === undefined || literals.length !== 4) {
    throw new QueryError('label_replace wants a vector and four texts');
  }
  const texts = literals.map((literal) => {
    if (literal.name !== 'StringLiteral') throw new QueryError('label_replace wants plain texts');
    return unquote(textOf(literal, text));
  });
  return labelReplace(compile(inner, text), texts);
}

function matchersOf(selector: SyntaxNode, text: string): readonly Matcher[] {
  const matchers: Matcher[] = [];
  const name = selector.getChild('Identifier');
  if (name !== null) matchers.push(matcherOf('__name__', '=', textOf(name, text)));
  const list = selector.getChild('LabelMatchers');
  for (const node of list === null ? [] : childrenOf(list)) {
    const label = node.getChild('LabelName');
    const operator = node.getChild('MatchOp');
    const literal = node.getChild('StringLiteral');
    if (label === null || operator === null || literal === null) {
      throw new QueryError(`${node.name} is not understood by the simulator`);
    }
    matchers.push(
      matcherOf(textOf(label, text), textOf(operator, text), unquote(textOf(literal, text))),
    );
  }
  if (matchers.length === 0) throw new QueryError('a selector wants at least one matcher');
  return matchers;
}

function matcherOf(label: string, operator: string, value: string): Matcher {
  const isNegated = operator.startsWith('!');
  if (!operator.endsWith('~')) {
    const matches = (text: string): boolean => (text === value) !== isNegated;
    return { label, value, isExact: !isNegated, matches };
  }
  const pattern = patternOf(value, label);
  return { label, value, isExact: false, matches: (text) => pattern.test(text) !== isNegated };
}

/** Backquotes take the text as it is; the other quotes know Go's escapes, of which JSON has nearly all. */
function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replace(
    /\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|(.))/gs,
    (_all, hex: string | undefined, unicode: string | undefined, char: string | undefined) => {
      const code = hex ?? unicode;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return { n: '\n', t: '\t', r: '\r' }[char ?? ''] ?? char ?? '';
    },
  );
}

function numberOf(literal: string): number {
  const text = literal.toLowerCase().replaceAll('_', '');
  const sign = text.startsWith('-') ? -1 : 1;
  const bare = text.replace(/^[+-]/, '');
  if (bare === 'inf') return sign * Number.POSITIVE_INFINITY;
  if (bare === 'nan') return Number.NaN;
  const value = Number(bare);
  return Number.isNaN(value) ? (sign * durationMsOf(bare)) / 1000 : sign * value;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function durationMsOf(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const bare = text.replace(/^-/, '');
  if (/^[\d.]+$/.test(bare)) return sign * Number(bare) * 1000;
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(bare)) {
    throw new QueryError(`"${text}" is not a duration that the simulator understands`);
  }
  let totalMs = 0;
  for (const [, amount, unit] of bare.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    totalMs += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  }
  return sign * totalMs;
}

/** What a good expression says that may not be meant: facts, which others judge. */
import { builtins } from './builtins/index.js';
import { ExprError } from './error.js';
import { isNumeric, numericToFloat } from './go/of.js';
import { toWellFormed } from './go/utf8.js';
import { defaultLimits } from './limits.js';
import { compile } from './program.js';
import type { BinaryNode, Node } from './syntax/ast.js';
import { Lexer, type Comment } from './syntax/lexer.js';
import { parse } from './syntax/parser.js';
import { print } from './syntax/print.js';
import { walk } from './syntax/walk.js';

export interface Inspection {
  /** In the order of the text. */
  readonly comments: readonly Comment[];
  /** Something is divided by a constant 0, as an operand of `/` or `%`. */
  readonly dividesByZero: boolean;
  /** The result may have a fraction from a division or a factor, which no `ceil`, `floor`, `round` or `int` takes away. */
  readonly mayBeFractional: boolean;
}

/** Of an expression that compiles with these names; throws what its compilation would. */
export function inspect(source: string, names: readonly string[]): Inspection {
  compile(source, { variables: names });
  const text = toWellFormed(source);
  const variables = new Set(names);
  const limits = defaultLimits;
  const root = parse(text, { variables, isBuiltin: (name) => builtins.has(name), limits });
  return {
    comments: commentsIn(text),
    dividesByZero: nodesOf(root).some((node) => isDivision(node) && constantOf(node.right) === 0),
    mayBeFractional: isFractional(root, new Map()),
  };
}

function commentsIn(text: string): readonly Comment[] {
  const lexer = new Lexer(text);
  while (lexer.next() !== undefined);
  return lexer.comments;
}

/** Each node may be visited so often, as in `compile`. */
const VISITS_PER_NODE = 20;

function nodesOf(root: Node): readonly Node[] {
  const nodes: Node[] = [];
  const note = (node: Node): Node => {
    nodes.push(node);
    return node;
  };
  walk(root, note, defaultLimits.nodes * VISITS_PER_NODE);
  return nodes;
}

function isDivision(node: Node): node is BinaryNode {
  return node.kind === 'binary' && (node.operator === '/' || node.operator === '%');
}

/** Undefined: it depends on something, or is no number. */
function constantOf(node: Node): number | undefined {
  const isOpen = nodesOf(node).some(({ kind }) => kind === 'name' || kind === 'pointer');
  if (isOpen) return undefined;
  try {
    // Without a clock, what asks for the time fails.
    const value = compile(print(node), { variables: [] }).run({});
    return isNumeric(value) ? numericToFloat(value) : undefined;
  } catch (error) {
    if (error instanceof ExprError) return undefined;
    throw error;
  }
}

/** Functions whose result is one of their arguments, give or take its sign. */
const CHOOSING = new Set(['max', 'min', 'abs', 'float']);

/** `locals`: whether what `let` names may be fractional. */
function isFractional(node: Node, locals: ReadonlyMap<string, boolean>): boolean {
  const of = (child: Node): boolean => isFractional(child, locals);
  switch (node.kind) {
    case 'name':
      return locals.get(node.name) ?? false;
    case 'integer':
    case 'float':
      return node.kind === 'float' && !Number.isInteger(node.value);
    case 'unary':
    case 'chain':
      return of(node.node);
    case 'binary':
      return isFractionalResult(node, of);
    case 'conditional':
      return of(node.whenTrue) || of(node.whenFalse);
    case 'builtin':
      return CHOOSING.has(node.name) && node.args.some(of);
    case 'let':
      return isFractional(node.body, new Map([...locals, [node.name, of(node.value)]]));
    case 'sequence':
      return node.nodes.slice(-1).some(of);
    default:
      return false;
  }
}

function isFractionalResult(
  { operator, left, right }: BinaryNode,
  of: (child: Node) => boolean,
): boolean {
  switch (operator) {
    case '/': {
      const divisor = constantOf(right);
      if (divisor === undefined) return true;
      // It gives no number at all.
      if (divisor === 0) return false;
      const dividend = constantOf(left);
      if (dividend !== undefined) return !Number.isInteger(dividend / divisor);
      // A division by 0.5 is a multiplication.
      return !Number.isInteger(1 / divisor) || of(left);
    }
    case '+':
    case '-':
    case '*':
    case '??':
      return of(left) || of(right);
    default:
      return false;
  }
}

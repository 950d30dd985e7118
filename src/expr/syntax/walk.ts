import { GoError } from '../error.js';
import type { Node } from './ast.js';

/** Answers the node that takes the place of this one; the node itself where nothing changes. */
export type Visitor = (node: Node) => Node;

/**
 * Visits every node from the leaves up and puts in what the visitor answers. A node with two parents
 * is visited from both, as in Expr; `maxVisits` bounds what nested ones cost.
 */
export function walk(root: Node, visitor: Visitor, maxVisits: number): Node {
  let visitsLeft = maxVisits;
  const visit = (node: Node): Node => {
    if (--visitsLeft < 0) {
      throw new GoError('compilation failed: expression exceeds maximum allowed nodes', node.at);
    }
    if (node.kind === 'binary') return visitSpine(node);
    visitChildren(node, visit);
    return visitor(node);
  };
  // The left side of `a + b + c + ...` may be thousands of operators deep.
  const visitSpine = (node: Node & { kind: 'binary' }): Node => {
    const spine = [node];
    let first = node.left;
    while (first.kind === 'binary') {
      spine.push(first);
      first = first.left;
    }
    let left = visit(first);
    for (const each of spine.toReversed()) {
      each.left = left;
      each.right = visit(each.right);
      left = visitor(each);
    }
    return left;
  };
  return visit(root);
}

function visitAll(nodes: Node[], visit: Visitor): void {
  for (const [index, node] of nodes.entries()) nodes[index] = visit(node);
}

function visitChildren(node: Node, visit: Visitor): void {
  switch (node.kind) {
    case 'unary':
    case 'chain':
    case 'predicate':
      node.node = visit(node.node);
      break;
    case 'binary':
      node.left = visit(node.left);
      node.right = visit(node.right);
      break;
    case 'member':
      node.node = visit(node.node);
      node.property = visit(node.property);
      break;
    case 'slice':
      node.node = visit(node.node);
      node.from = node.from && visit(node.from);
      node.to = node.to && visit(node.to);
      break;
    case 'call':
      node.callee = visit(node.callee);
      visitAll(node.args, visit);
      break;
    case 'builtin':
      visitAll(node.args, visit);
      break;
    case 'let':
      node.value = visit(node.value);
      node.body = visit(node.body);
      break;
    case 'conditional':
      node.condition = visit(node.condition);
      node.whenTrue = visit(node.whenTrue);
      node.whenFalse = visit(node.whenFalse);
      break;
    case 'sequence':
    case 'array':
      visitAll(node.nodes, visit);
      break;
    case 'map':
      for (const pair of node.pairs) {
        pair.key = visit(pair.key);
        pair.value = visit(pair.value);
      }
      break;
    case 'nil':
    case 'name':
    case 'integer':
    case 'float':
    case 'bool':
    case 'string':
    case 'bytes':
    case 'constant':
    case 'set':
    case 'pointer':
    case 'pair':
      break;
  }
}

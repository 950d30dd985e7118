import type { Nature } from '../check/nature.js';
import { fresh, type BuiltinNode, type Node, type NodeDraft } from '../syntax/ast.js';

/** A node that takes the place of another: same position, the type given or that of the other. */
export function replace(old: Node, draft: NodeDraft, nature: Nature = old.nature): Node {
  const node = fresh(draft);
  node.at = old.at;
  node.nature = nature;
  return node;
}

/** A call of this builtin with as many arguments. */
export function isBuiltin(
  node: Node | undefined,
  name: string,
  count: number,
): node is BuiltinNode {
  return node?.kind === 'builtin' && node.name === name && node.args.length === count;
}

export function isInteger(node: Node | undefined, value: bigint): boolean {
  return node?.kind === 'integer' && node.value === value;
}

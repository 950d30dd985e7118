import type { Node } from '../syntax/ast.js';
import type { Nature } from './nature.js';

/** What the rule of one kind of node may ask of the checker. */
export interface CheckScope {
  /** Names of the metrics. */
  readonly variables: ReadonlySet<string>;
  visit(node: Node): Nature;
  /** In a loop over the collection; `names`: what else has a name there. */
  visitPredicate(node: Node, collection: Nature, names?: ReadonlyMap<string, Nature>): Nature;
  /** Refuses the expression at the node. */
  fail(node: Node, message: string): never;
}

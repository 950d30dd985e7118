import type { Closure } from '../run.js';
import type { Node } from '../syntax/ast.js';

/** Thrown by a `?.` that met nil, to the end of its own chain. */
export interface Chain {
  isUsed: boolean;
}

/** What one kind of node may ask of the linker. */
export interface LinkScope {
  /** Nodes linked so far: what a loop charges for each round. */
  readonly nodeCount: number;
  /** The optional chains that the node being linked stands in, innermost last. */
  readonly chains: Chain[];
  /** `isFloat`: whoever takes the value makes a float of it anyway. */
  link(node: Node, isFloat?: boolean): Closure;
  /** A metric; or nil, where the environment has none of that name. */
  variable(name: string, at: number): Closure;
}

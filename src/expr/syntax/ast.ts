import { unknown, type Nature } from '../check/nature.js';
import type { ExprValue } from '../values.js';

interface NodeBase {
  /** Offset in the source that an error at this node points to, in UTF-16 units. */
  at: number;
  /** What the checker found; unknown before it ran and for nodes that an optimizer adds. */
  nature: Nature;
}

export interface NilNode extends NodeBase {
  readonly kind: 'nil';
}
export interface NameNode extends NodeBase {
  readonly kind: 'name';
  readonly name: string;
}
export interface IntegerNode extends NodeBase {
  readonly kind: 'integer';
  readonly value: bigint;
}
export interface FloatNode extends NodeBase {
  readonly kind: 'float';
  readonly value: number;
}
export interface BoolNode extends NodeBase {
  readonly kind: 'bool';
  readonly value: boolean;
}
export interface StringNode extends NodeBase {
  readonly kind: 'string';
  readonly value: string;
}
export interface BytesNode extends NodeBase {
  readonly kind: 'bytes';
  readonly value: string;
}
/** A value that an optimizer computed. */
export interface ConstantNode extends NodeBase {
  readonly kind: 'constant';
  readonly value: ExprValue;
}
/** The literal right side of `in`, turned into a set by an optimizer. */
export interface SetNode extends NodeBase {
  readonly kind: 'set';
  readonly element: 'int' | 'string';
  readonly members: ReadonlySet<bigint | string>;
}
export interface UnaryNode extends NodeBase {
  readonly kind: 'unary';
  readonly operator: string;
  node: Node;
}
export interface BinaryNode extends NodeBase {
  readonly kind: 'binary';
  readonly operator: string;
  left: Node;
  right: Node;
}
/** The part of an expression that a `?.` inside it skips when it meets nil. */
export interface ChainNode extends NodeBase {
  readonly kind: 'chain';
  node: Node;
}
export interface MemberNode extends NodeBase {
  readonly kind: 'member';
  node: Node;
  property: Node;
  readonly isOptional: boolean;
  isMethod: boolean;
}
export interface SliceNode extends NodeBase {
  readonly kind: 'slice';
  node: Node;
  from: Node | undefined;
  to: Node | undefined;
}
export interface CallNode extends NodeBase {
  readonly kind: 'call';
  callee: Node;
  readonly args: Node[];
}
export interface BuiltinNode extends NodeBase {
  readonly kind: 'builtin';
  readonly name: string;
  readonly args: Node[];
  /** Set by an optimizer: `filter(a, p)[0]` fails where nothing is found, `first(...)` does not. */
  readonly isThrowing?: boolean;
  /** Set by an optimizer: what `map` does to each element that `filter` lets pass. */
  readonly map?: Node | undefined;
  /** Set by an optimizer: `count` may stop once it has found this many. */
  threshold?: bigint;
}
export interface PredicateNode extends NodeBase {
  readonly kind: 'predicate';
  node: Node;
}
export interface PointerNode extends NodeBase {
  readonly kind: 'pointer';
  readonly name: string;
}
export interface ConditionalNode extends NodeBase {
  readonly kind: 'conditional';
  readonly isTernary: boolean;
  condition: Node;
  whenTrue: Node;
  whenFalse: Node;
}
export interface LetNode extends NodeBase {
  readonly kind: 'let';
  readonly name: string;
  value: Node;
  body: Node;
}
export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  readonly nodes: Node[];
}
export interface ArrayNode extends NodeBase {
  readonly kind: 'array';
  readonly nodes: Node[];
}
export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly pairs: PairNode[];
}
export interface PairNode extends NodeBase {
  readonly kind: 'pair';
  key: Node;
  value: Node;
}

export type Node =
  | NilNode
  | NameNode
  | IntegerNode
  | FloatNode
  | BoolNode
  | StringNode
  | BytesNode
  | ConstantNode
  | SetNode
  | UnaryNode
  | BinaryNode
  | ChainNode
  | MemberNode
  | SliceNode
  | CallNode
  | BuiltinNode
  | PredicateNode
  | PointerNode
  | ConditionalNode
  | LetNode
  | SequenceNode
  | ArrayNode
  | MapNode
  | PairNode;

type Draft<N> = N extends Node ? Omit<N, 'at' | 'nature'> : never;
/** A node that has neither position nor type yet. */
export type NodeDraft = Draft<Node>;

export function fresh(draft: NodeDraft): Node {
  return Object.assign<NodeDraft, NodeBase>(draft, { at: 0, nature: unknown });
}

/** What one expression may cost. Every limit ends in an `ExprError`, never in a crash or a hang. */
export interface ExprLimits {
  /** Most nodes of the syntax tree. Expr's own limit. Default 10,000. */
  readonly nodes: number;
  /** Deepest nesting of parentheses, operators, calls and blocks. Expr has none. Default 1,000. */
  readonly depth: number;
  /** Most array and map elements that one run may create. Expr's own limit. Default 1,000,000. */
  readonly memory: number;
  /** Most UTF-16 units of text that one run may create. Expr has none. Default 20,000,000. */
  readonly text: number;
  /**
   * Most steps of one run. A step is about one visit of a node inside a loop, or one element, comparison
   * or character handled by a builtin. Expr has none. Default 20,000,000.
   */
  readonly steps: number;
}

export const defaultLimits: ExprLimits = {
  nodes: 10_000,
  depth: 1_000,
  memory: 1_000_000,
  text: 20_000_000,
  steps: 20_000_000,
};

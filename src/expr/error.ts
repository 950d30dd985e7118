/** Whether an expression was refused when it was compiled or failed while it ran. */
export type ExprPhase = 'compile' | 'run';

/**
 * The only error that this package throws on purpose.
 *
 * `message` is the whole text that Expr prints: `REASON (LINE:COLUMN)`, then the source line, then a
 * caret below the column. `reason` is the first part alone. `line` and `column` start at 1 and count
 * code points; they are 1 and 1 where Expr names no position.
 */
export class ExprError extends Error {
  override readonly name = 'ExprError';
  readonly phase: ExprPhase;
  readonly reason: string;
  readonly line: number;
  readonly column: number;

  constructor(
    phase: ExprPhase,
    reason: string,
    position: ErrorPosition = { line: 1, column: 1, snippet: '' },
  ) {
    super(
      position.snippet === ''
        ? reason
        : `${reason} (${position.line}:${position.column})${position.snippet}`,
    );
    this.phase = phase;
    this.reason = reason;
    this.line = position.line;
    this.column = position.column;
  }
}

interface ErrorPosition {
  readonly line: number;
  readonly column: number;
  /** The source line and the caret, or empty where that line is empty: Expr then prints no position. */
  readonly snippet: string;
}

/**
 * A Go error or panic on its way to the place that knows its position. `at` is an offset into the
 * source in UTF-16 units, or -1 while nobody has claimed the failure. The innermost claim wins.
 */
export class GoError extends Error {
  at: number;

  constructor(message: string, at = -1) {
    super(message);
    this.at = at;
  }
}

/** Gives a failure its position unless it has one; anything else passes unchanged. */
export function claim(error: unknown, at: number): unknown {
  if (error instanceof GoError && error.at < 0) error.at = at;
  return error;
}

/** Builds the error that Expr would print for a failure at this offset of the source. */
export function errorAt(phase: ExprPhase, reason: string, source: string, at: number): ExprError {
  let line = 1;
  let column = 0;
  let lineStart = 0;
  for (let i = 0; i < source.length && i < at;) {
    const point = source.codePointAt(i) ?? 0;
    i += point > 0xffff ? 2 : 1;
    if (point === 0x0a) {
      line++;
      column = 0;
      lineStart = i;
    } else {
      column++;
    }
  }
  const newline = source.indexOf('\n', lineStart);
  const text = source.slice(lineStart, newline < 0 ? source.length : newline);
  const snippet =
    text === '' ? '' : `\n | ${text.replaceAll('\t', ' ')}\n | ${'.'.repeat(column)}^`;
  return new ExprError(phase, reason, { line, column: column + 1, snippet });
}

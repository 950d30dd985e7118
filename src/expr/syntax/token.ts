export type TokenKind =
  | 'Identifier'
  | 'Number'
  | 'String'
  | 'Bytes'
  | 'Operator'
  | 'Bracket'
  | 'EOF';

export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  /** Offset of the first character in the source, in UTF-16 units. */
  readonly at: number;
}

export function isToken(token: Token, kind: TokenKind, value?: string): boolean {
  return token.kind === kind && (value === undefined || token.value === value);
}

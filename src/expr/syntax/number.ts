import { parseFloat64, parseInt64 } from '../go/parse-number.js';

type NumberLiteral =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly reason: string };

/** Reads a number as the lexer cut it out, underscores and all. */
export function numberNode(text: string): NumberLiteral {
  const digits = text.replaceAll('_', '');
  const lower = digits.toLowerCase();
  if (lower.startsWith('0x')) return integer('hex', digits, 0);
  if (/[.e]/.test(lower)) {
    const value = parseFloat64(digits);
    if (typeof value === 'number') return { kind: 'float', value };
    return { reason: `invalid float literal: ${value.reason}` };
  }
  if (lower.startsWith('0b')) return integer('binary', digits, 0);
  if (lower.startsWith('0o')) return integer('octal', digits, 0);
  return integer('integer', digits, 10);
}

function integer(name: string, digits: string, base: 0 | 10): NumberLiteral {
  const value = parseInt64('ParseInt', digits, base);
  if (typeof value === 'bigint') return { kind: 'integer', value };
  return { reason: `invalid ${name} literal: ${value.reason}` };
}

/**
 * A number as Go, JSON, SQL servers and the exposition format write it; NaN and infinities too.
 * Null for any other text, the empty one too, which `Number` would take for 0.
 */
export function parseNumber(text: string): number | null {
  // One way to match only: a text of a million digits and a letter would be tried for minutes.
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : null;
}

/** `$APP_NAME` in SQL becomes a bound parameter, wherever it stands: the app's name is never part of the text. */

export interface SqlDialect {
  /** The nth parameter, counted from 1; `asText` where its type cannot be known from what is around it. */
  placeholder(number: number, asText: boolean): string;
  concat(parts: readonly string[]): string;
  /** Comments, which are left alone; matched at the place. */
  readonly comment: RegExp;
  /** Texts in quotes, tried in order: group 1 is the prefix, 2 the quote, 3 what is inside. */
  readonly literals: readonly RegExp[];
  /** Quoted names and other quotes in which no parameter can stand. */
  readonly quoted: RegExp;
}

export interface SqlTemplate {
  readonly text: string;
  /** How many parameters are to be bound, each with the app's name. */
  readonly parameterCount: number;
}

/** `$APP_NAME` stands where no parameter can; the message says where. */
export class SqlTemplateError extends Error {
  override readonly name = 'SqlTemplateError';
}

const HOLE = /\$\{APP_NAME\}|\$APP_NAME(?![A-Za-z0-9_])/;
const WORD = /[\w\u0080-\uffff](?:[\w$\u0080-\uffff]|\{APP_NAME\})*/y;

export function sqlTemplate(text: string, dialect: SqlDialect): SqlTemplate {
  const hole = new RegExp(HOLE.source, 'y');
  const out: string[] = [];
  let count = 0;
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  const takeFirst = (patterns: readonly RegExp[]): RegExpExecArray | null =>
    patterns.reduce<RegExpExecArray | null>((found, pattern) => found ?? take(pattern), null);
  const placeholder = (asText: boolean): string => dialect.placeholder((count += 1), asText);
  while (at < text.length) {
    const start = at;
    const comment = take(dialect.comment);
    const literal = comment === null ? takeFirst(dialect.literals) : null;
    if (comment !== null) out.push(comment[0]);
    else if (literal !== null) out.push(literalSql(literal, dialect, placeholder));
    else if (take(hole) !== null) {
      // A name that goes on behind it would make another name.
      if (take(WORD) !== null) throw misplaced(start + 1);
      out.push(placeholder(false));
    } else {
      const other = take(dialect.quoted) ?? take(WORD);
      if (other !== null && HOLE.test(other[0])) throw misplaced(start + 1);
      out.push(other?.[0] ?? text.charAt(at++));
    }
  }
  return { text: out.join(''), parameterCount: count };
}

function literalSql(
  [whole, prefix = '', quote = '', inner = '']: RegExpExecArray,
  dialect: SqlDialect,
  placeholder: (asText: boolean) => string,
): string {
  const pieces = inner.split(new RegExp(HOLE.source, 'g'));
  if (pieces.length === 1) return whole;
  if (pieces.every((piece) => piece === '') && pieces.length === 2) return placeholder(false);
  const parts = pieces.flatMap((piece, index) => [
    ...(index === 0 ? [] : [placeholder(true)]),
    ...(piece === '' ? [] : [`${prefix}${quote}${piece}${quote}`]),
  ]);
  return dialect.concat(parts);
}

function misplaced(position: number): SqlTemplateError {
  return new SqlTemplateError(
    `position ${position}: $APP_NAME cannot be part of a name, only a value or part of a text in quotes`,
  );
}

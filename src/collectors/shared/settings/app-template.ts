/** Text of a setting in which `$APP_NAME` and `${APP_NAME}` stand for the app. Prepared once, so that filling it costs one join. */
export interface AppTemplate {
  /** False: the text is the same for all apps. */
  readonly isPerApp: boolean;
  /** The text for this app; quotes and backslashes of the name are escaped for the string they stand in. */
  fill(app: string): string;
}

type Quote = '"' | "'" | '`' | null;

interface Hole {
  readonly quote: Quote;
  /** Where the mention stands. */
  readonly from: number;
  readonly to: number;
}

// The longest name counts, as in a shell: $APP_NAMES is another variable.
const HOLE = /\$\{APP_NAME\}|\$APP_NAME(?![A-Za-z0-9_])/y;

export function appTemplate(text: string): AppTemplate {
  const parts = splitAtHoles(text);
  if (parts.length === 1) return { isPerApp: false, fill: () => text };
  // Most often it is the app and nothing else: its own text, and no new one for each app at each tick.
  const [before, hole, after] = parts;
  const isJustTheApp = parts.length === 3 && before === '' && after === '';
  if (isJustTheApp && typeof hole === 'object' && hole.quote === null) {
    return { isPerApp: true, fill: (app) => app };
  }
  return {
    isPerApp: true,
    fill: (app) =>
      parts.map((part) => (typeof part === 'string' ? part : escapeFor(part.quote, app))).join(''),
  };
}

/** Where the app is mentioned; empty when the text is the same for all apps. */
export function holesIn(text: string): readonly { readonly from: number; readonly to: number }[] {
  return splitAtHoles(text).filter((part) => typeof part !== 'string');
}

/** Each mention replaced by an identifier of the same length, so that a grammar reads it and positions stay true. */
export function withPlaceholders(text: string): string {
  return text.replace(new RegExp(HOLE.source, 'g'), (hole) => hole.replace(/[^A-Za-z]/g, '_'));
}

function splitAtHoles(text: string): readonly (string | Hole)[] {
  const parts: (string | Hole)[] = [];
  let quote: Quote = null;
  let literalStart = 0;
  let at = 0;
  while (at < text.length) {
    HOLE.lastIndex = at;
    const hole = HOLE.exec(text)?.[0];
    if (hole !== undefined) {
      const to = at + hole.length;
      parts.push(text.slice(literalStart, at), { quote, from: at, to });
      at = to;
      literalStart = at;
      continue;
    }
    const char = text[at];
    // A backslash takes the next character with it, but for raw strings.
    if (char === '\\' && quote !== '`') at += 1;
    else if (quote !== null) quote = char === quote ? null : quote;
    else if (char === '"' || char === "'" || char === '`') quote = char;
    at += 1;
  }
  parts.push(text.slice(literalStart));
  return parts;
}

function escapeFor(quote: Quote, app: string): string {
  if (quote === null) return app;
  // A raw string has no escapes: what would end it is left out, and then names no app.
  if (quote === '`') return app.replaceAll('`', '');
  return app.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');
}

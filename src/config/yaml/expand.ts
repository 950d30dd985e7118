/** `$NAME` and `${NAME}` in values. What is allowed depends on where the value stands. */

/**
 * `as-written`: nothing expands. `plain`: every name must be set, `$$` is a dollar.
 * `expression`: a set name expands, `$env` is Expr's own, `$$` is a dollar.
 * `query`: `$APP_NAME` is left for the collector, a set name expands, all else stays as written.
 * `secret-query`: the same, of a setting that is secret itself, so that secrets may be part of it.
 */
export type ExpansionRule = 'as-written' | 'plain' | 'expression' | 'query' | 'secret-query';

export interface Variables {
  /** Undefined when it is not set, or set to nothing. */
  get(name: string): string | undefined;
  /** A token, key or password of ours: never for queries and expressions, which are sent away and printed. */
  isSecret(name: string): boolean;
}

export interface Expansion {
  readonly text: string;
  /** What is wrong, with a hint each. */
  readonly complaints: readonly { readonly message: string; readonly hint: string }[];
  /** Every name that the text mentions. */
  readonly names: readonly string[];
}

const REFERENCE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)|\$\{[^}]*\}?/g;

/** `mustBeSet`: an unset name in an expression is an error, as it is in a file. */
export function expandText(
  text: string,
  rule: ExpansionRule,
  mustBeSet: boolean,
  variables: Variables,
): Expansion {
  const complaints: { message: string; hint: string }[] = [];
  const names: string[] = [];
  if (rule === 'as-written') return { text, complaints, names };
  const isQuery = rule === 'query' || rule === 'secret-query';
  const mayHoldSecrets = rule === 'plain' || rule === 'secret-query';
  const expanded = text.replaceAll(REFERENCE, (written: string, braced?: string, bare?: string) => {
    if (written === '$$') return isQuery ? written : '$';
    const name = braced ?? bare;
    if (name === undefined) {
      if (rule === 'plain') complaints.push(malformed(written));
      return written;
    }
    if (rule === 'expression' && name === 'env') return written;
    if (isQuery && name === 'APP_NAME') return written;
    names.push(name);
    if (!mayHoldSecrets && variables.isSecret(name)) {
      complaints.push(secret(name, rule));
      return written;
    }
    const value = variables.get(name);
    if (value === undefined && mustBeSet && !isQuery) complaints.push(unset(name));
    return value ?? written;
  });
  return { text: expanded, complaints, names };
}

/** The names that a text refers to. */
export function referencedNames(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap((match) => match[1] ?? match[2] ?? []);
}

function malformed(written: string): { message: string; hint: string } {
  return {
    message: `${written} is not a reference to an environment variable`,
    hint: 'only $NAME and ${NAME} are; write $$ for a dollar sign',
  };
}

function unset(name: string): { message: string; hint: string } {
  return {
    message: `the environment variable ${name} is not set`,
    hint: `set ${name}, or write $$ for a dollar sign`,
  };
}

function secret(name: string, rule: ExpansionRule): { message: string; hint: string } {
  return {
    message: `${name} is a secret and must not be part of ${rule === 'query' ? 'a query' : 'an expression'}`,
    hint: `remove $${name}: what stands here is sent to others and printed`,
  };
}

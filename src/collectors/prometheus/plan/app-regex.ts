/** Longer ones are folded into what they have in common: VictoriaMetrics refuses queries above 16 KiB, and a query may have the pattern several times. */
const MAX_LENGTH = 2048;

/**
 * A regular expression for label values, which takes at least the apps that the patterns take (`*`: any run of characters).
 * It may take more, since what belongs to no app of the fleet is left aside in the answer: exclusions are not in it, a
 * character that is none of [A-Za-z0-9_-] is any character, so that nothing needs an escape, and a long list becomes its common beginning.
 * `undefined`, and no patterns at all: every app.
 */
export function appRegex(patterns: readonly string[] | undefined): string {
  if (patterns === undefined || patterns.length === 0) return ANY_APP;
  const parts = [...new Set(patterns.map(regexOf))];
  const regex = parts.includes('.*') ? ANY_APP : parts.join('|');
  if (regex.length <= MAX_LENGTH) return regex;
  const beginning = commonBeginning(patterns.map((pattern) => pattern.split('*', 1)[0] ?? ''));
  return beginning === '' ? ANY_APP : regexOf(`${beginning.slice(0, 128)}*`);
}

/** Prometheus refuses a selector whose only matcher may match nothing. */
export const ANY_APP = '.+';

function regexOf(pattern: string): string {
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll(/[^A-Za-z0-9_-]/gu, '.'));
  return parts.join('.*');
}

function commonBeginning(texts: readonly string[]): string {
  let common = texts[0] ?? '';
  for (const text of texts) {
    while (!text.startsWith(common)) common = common.slice(0, -1);
  }
  return common;
}

/** Far above what is shown of a text: answers may have megabytes. */
const MAX_TEXT = 10_000;

/** Takes the given secrets out of text that a server wrote: some echo what was sent. What is beyond some thousands of characters is left out. */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = new Set<string>();
  for (const secret of secrets) {
    if (secret === undefined || secret === '') continue;
    known.add(secret);
    known.add(encodeURIComponent(secret));
    known.add(Buffer.from(secret).toString('base64'));
  }
  // A longer one may hold a shorter one: were that replaced first, the rest would stay.
  const longestFirst = [...known].sort((a, b) => b.length - a.length);
  const redact = (text: string): string =>
    longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  const longest = longestFirst[0]?.length ?? 0;
  return (text) => {
    if (text.length <= MAX_TEXT) return redact(text);
    // Where it is cut there may be the first part of a secret.
    const cut = redact(text.slice(0, MAX_TEXT));
    return cut.slice(0, Math.max(0, cut.length - longest));
  };
}

/** The first `limit` characters on one line. */
export function trimmed(text: string, limit = 300): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit)}...`;
}

/** Takes the given secrets out of text that a server wrote: some echo what was sent. */
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
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/** The first `limit` characters on one line. */
export function trimmed(text: string, limit = 300): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit)}...`;
}

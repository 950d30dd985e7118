/** What a terminal sends for keys: one letter, or a sequence that begins with an escape. */
// oxlint-disable-next-line no-control-regex -- the escape is what it is about
const KEY = /\u001b(?:\[[\d;]*[A-Za-z~]|O[A-Za-z])|[^]/gu;

/** The keys in what came at once: while the process was busy several may have been pressed. */
export function keysIn(text: string): readonly string[] {
  return text.match(KEY) ?? [];
}

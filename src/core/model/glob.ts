/**
 * Patterns in which `*` stands for any run of characters, also none. Matching takes time linear in the text and the pattern,
 * whatever both are: a pattern may come from a request, and a name from an organization that we do not know.
 */

/** App names of Fly have 63 characters at most. */
const MOST_CHARACTERS = 256;
const MOST_STARS = 16;

/** Why nobody needs such a pattern, in words that follow its name; null: it may be used. Neighbouring stars count as one. */
export function whyTooLong(pattern: string): string | null {
  if (pattern.length > MOST_CHARACTERS) return `must have ${MOST_CHARACTERS} characters at most`;
  const stars = pattern.split(/\*+/).length - 1;
  return stars > MOST_STARS ? `must have ${MOST_STARS} stars at most` : null;
}

/** Whether a text matches from its beginning to its end; make it once for each pattern. */
export function globMatcher(pattern: string): (text: string) => boolean {
  const [head = '', ...rest] = pattern.split(/\*+/);
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === pattern;
  const between = rest.map(finderOf);
  const least = head.length + tail.length;
  return (text) => {
    if (text.length < least || !text.startsWith(head) || !text.endsWith(tail)) return false;
    const end = text.length - tail.length;
    let at = head.length;
    // The first place of each part is as good as any other, since what follows a star may begin anywhere.
    for (const find of between) {
      at = find(text, at, end);
      if (at < 0) return false;
    }
    return true;
  };
}

/** Where the part ends that it finds first in `text` from `from` to `end`; -1: it is not there. */
type Finder = (text: string, from: number, end: number) => number;

/** The search of Knuth, Morris and Pratt: it never goes back in the text. */
function finderOf(part: string): Finder {
  const shorter = bordersOf(part);
  return (text, from, end) => {
    let matched = 0;
    for (let at = from; at < end; at += 1) {
      const code = text.charCodeAt(at);
      while (matched > 0 && part.charCodeAt(matched) !== code) matched = shorter[matched - 1] ?? 0;
      if (part.charCodeAt(matched) === code) matched += 1;
      if (matched === part.length) return at + 1;
    }
    return -1;
  };
}

/** For each beginning of the part, how much of its end is a beginning of the part too. */
function bordersOf(part: string): readonly number[] {
  const borders = [0];
  let length = 0;
  for (let at = 1; at < part.length; at += 1) {
    while (length > 0 && part[at] !== part[length]) length = borders[length - 1] ?? 0;
    if (part[at] === part[length]) length += 1;
    borders.push(length);
  }
  return borders;
}

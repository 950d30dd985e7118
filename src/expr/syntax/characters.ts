const spaces = /^[\p{White_Space}]$/u;
const letters = /^\p{L}$/u;
const digits = /^\p{Nd}$/u;

/** Go's `unicode.IsSpace`. */
export function isSpace(char: string): boolean {
  const code = char.charCodeAt(0);
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return spaces.test(char);
}

/** What a name may start with: `_`, `$` and every Unicode letter. */
function isNameStart(char: string): boolean {
  const code = char.charCodeAt(0);
  if (code < 0x80) {
    return (
      (code >= 0x61 && code <= 0x7a) ||
      (code >= 0x41 && code <= 0x5a) ||
      code === 0x5f ||
      code === 0x24
    );
  }
  return letters.test(char);
}

/** What a name may go on with: also every Unicode decimal digit. */
export function isNamePart(char: string): boolean {
  const code = char.charCodeAt(0);
  if (code >= 0x30 && code <= 0x39) return true;
  return isNameStart(char) || (code >= 0x80 && digits.test(char));
}

export function isName(text: string): boolean {
  const [first, ...rest] = text;
  return first !== undefined && isNameStart(first) && rest.every(isNamePart);
}

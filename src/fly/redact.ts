/** Takes secrets out of a text of others before it becomes part of a message. */
export type Redact = (text: string) => string;

const TOKEN_LIKE = /\b(?:fm1r|fm1a|fm2|fo1)_[\w+/=.-]+/g;
const AFTER_SCHEME = /\b(FlyV1\s+\S+|Bearer\s+[\w+/=.-]{20,})/gi;
const HIDDEN = '[redacted]';
/** A shorter part would blot out ordinary words. */
const MIN_SECRET_LENGTH = 8;

/** Hides everything that looks like a Fly token, and the given secrets wherever they stand. */
export function createRedact(secrets: readonly string[]): Redact {
  const own = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  return (text) => {
    let safe = text;
    for (const secret of own) safe = safe.replaceAll(secret, HIDDEN);
    return safe.replace(AFTER_SCHEME, HIDDEN).replace(TOKEN_LIKE, HIDDEN);
  };
}

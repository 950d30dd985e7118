/**
 * The Authorization header for a token. Fly's Prometheus wants the scheme `FlyV1` for macaroons:
 * a token that starts with `Fly` brings its scheme along, bare macaroons (also several, by commas) get it.
 * Any other token is a bearer token.
 */
export function tokenHeader(token: string): string {
  if (token.startsWith('Fly')) return token;
  const isMacaroon = token.split(',').some((part) => /^(fm1r|fm1a|fm2)_/.test(part.trim()));
  return isMacaroon ? `FlyV1 ${token}` : `Bearer ${token}`;
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

import type { Surface } from './event-log.js';
import { ApiError } from './model.js';
import type { TokenGrant } from './settings.js';

const ANYBODY: Omit<TokenGrant, 'value'> = { name: 'anybody' };

/**
 * Who may call, from the `authorization` header: "Bearer ..." or "FlyV1 ...", then one token or several with commas.
 * Throws 401. The managed Prometheus takes macaroons (`fm...`) after "FlyV1" only, and other tokens after "Bearer" only.
 */
export function authenticate(
  grants: readonly TokenGrant[],
  header: string | undefined,
  surface: Surface,
): TokenGrant {
  const [, scheme, value] = /^(bearer|flyv1)\s+(.+)$/is.exec((header ?? '').trim()) ?? [];
  if (scheme === undefined || value === undefined) throw unauthorized();
  const parts = value.split(',').map((part) => part.trim());
  if (surface === 'prometheus') {
    const isMacaroon = parts.some((part) => /^fm\d/.test(part));
    if (isMacaroon !== (scheme.toLowerCase() === 'flyv1')) throw unauthorized();
  }
  if (grants.length === 0) return { value, ...ANYBODY };
  const grant = grants.find((known) => known.value === value || parts.includes(known.value));
  if (grant === undefined) throw unauthorized();
  return grant;
}

function unauthorized(): ApiError {
  return new ApiError(401, 'unauthorized');
}

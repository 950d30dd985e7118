import { AppError } from '../core/model/errors.js';

/** What a Fly token text says to each API. Secret: keep it out of messages and logs. */
export interface FlyToken {
  /** The Authorization header for the Machines API: the macaroons if there are any, else the other tokens. */
  readonly machinesHeader: string;
  /** For GraphQL, which takes macaroons and other tokens together. */
  readonly graphqlHeader: string;
  /** Each token by itself, without a scheme. */
  readonly parts: readonly string[];
}

const SCHEMES = /^(?:(?:Bearer|FlyV1)(?:\s+|$))+/i;
const MACAROON = /^(?:fm1r|fm1a|fm2)_/;
/** What no header value may hold; a token copied with a line break inside is not two tokens. */
const BROKEN = /[^\x21-\x7e]/;

/**
 * Reads what `fly tokens create` prints, with or without the scheme. A macaroon is a list of parts
 * (the permission and its discharges) that are worth nothing apart, so all of them are sent.
 * Throws `config-invalid` for a text that holds no token.
 */
export function parseToken(text: string): FlyToken {
  const parts = text
    .split(',')
    .map((part) => part.trim().replace(SCHEMES, ''))
    .filter((part) => part !== '');
  if (parts.length === 0) throw unusable('is empty');
  if (parts.some((part) => BROKEN.test(part))) {
    throw unusable('has a space or another character that no token has');
  }
  const macaroons = parts.filter((part) => MACAROON.test(part));
  const others = parts.filter((part) => !MACAROON.test(part));
  const scheme = macaroons.length > 0 ? 'FlyV1' : 'Bearer';
  return {
    machinesHeader: `${scheme} ${(macaroons.length > 0 ? macaroons : others).join(',')}`,
    graphqlHeader: `${scheme} ${[...macaroons, ...others].join(',')}`,
    parts,
  };
}

function unusable(problem: string): AppError {
  return new AppError('config-invalid', `the Fly API token ${problem}`, {
    owner: 'user',
    hint: 'Set FAS_API_TOKEN to the whole output of `fly tokens create org` or `fly tokens create deploy`.',
  });
}

/** SCRAM as a client (RFC 5802, with SHA-256 or SHA-512 as in RFC 7677), without channel binding, as Kafka does it. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export type ScramHash = 'sha256' | 'sha512';

/** Sends a message and gives the answer. */
type Exchange = (message: string) => Promise<string>;

/** The server did not prove that it knows the password, or speaks another language. */
export class ScramError extends Error {
  override readonly name = 'ScramError';
}

/** More would let a server that lies keep us busy. */
const MAX_ITERATIONS = 1_000_000;

/** Resolves when both sides have shown that they know the password; rejects with `ScramError` or as `exchange` does. */
export async function scram(
  hash: ScramHash,
  username: string,
  password: string,
  exchange: Exchange,
  clientNonce: string = randomBytes(24).toString('base64url'),
): Promise<void> {
  const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const clientFirst = `n=${name},r=${clientNonce}`;
  const serverFirst = await exchange(`n,,${clientFirst}`);
  const { r: nonce = '', s: salt = '', i = '' } = attributes(serverFirst);
  const iterations = Number(i);
  if (!nonce.startsWith(clientNonce) || nonce === clientNonce || salt === '') {
    throw new ScramError('the server answered with a wrong nonce or without a salt');
  }
  if (!(Number.isInteger(iterations) && iterations >= 4096 && iterations <= MAX_ITERATIONS)) {
    throw new ScramError(`the server wants ${i} iterations`);
  }
  const length = hash === 'sha256' ? 32 : 64;
  const salted = await promisify(pbkdf2)(
    // As it is written: RFC 5802 asks for SASLprep, but brokers and the Java client prepare nothing (Kafka 4.1.0).
    password,
    Buffer.from(salt, 'base64'),
    iterations,
    length,
    hash,
  );
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  // biws: "n,," in base64.
  const clientLast = `c=biws,r=${nonce}`;
  const signed = [clientFirst, serverFirst, clientLast].join(',');
  const signature = hmac(storedKey, signed);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)));
  const serverLast = await exchange(`${clientLast},p=${proof.toString('base64')}`);
  const { v: verifier = '', e: refusal } = attributes(serverLast);
  if (refusal !== undefined) throw new ScramError(`the server refuses: ${refusal}`);
  const expected = hmac(hmac(salted, 'Server Key'), signed);
  const given = Buffer.from(verifier, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ScramError('the server does not know the password');
  }
}

function attributes(message: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    message.split(',').map((part) => [part.slice(0, 1), part.slice(2)] as const),
  );
}

import { generateKeyPairSync, sign } from 'node:crypto';

/** PEM texts for a TLS server or client in tests. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for `localhost` and 127.0.0.1 with a new key, so that no private key lies in the repository. */
export function selfSignedCertificate(): TestCertificate {
  return certificateOf('localhost', null);
}

/** For a client; some servers refuse one that signed itself. */
export function signedCertificate(authority: TestCertificate, name: string): TestCertificate {
  return certificateOf(name, authority.key);
}

/** Null: signed by itself. Every authority here is called localhost. */
function certificateOf(subject: string, authorityKey: string | null): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // RFC 5280, section 4.1. The algorithm is ecdsa-with-SHA256.
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const validity = sequence(utcTime('200101000000Z'), utcTime('491231235959Z'));
  const subjectAltName = sequence(
    oid(0x55, 0x1d, 0x11),
    der(
      0x04,
      sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1]))),
    ),
  );
  const isAuthority = sequence(
    oid(0x55, 0x1d, 0x13),
    der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    nameOf('localhost'),
    validity,
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      authorityKey === null ? sequence(subjectAltName, isAuthority) : sequence(subjectAltName),
    ),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, authorityKey ?? privateKey));
  return {
    cert: pem('CERTIFICATE', sequence(body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function nameOf(commonName: string): Buffer {
  const entry = sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(commonName)));
  return sequence(der(0x31, entry));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  // The shortest form: Go's parser takes no other.
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  if (length < 256) return Buffer.concat([Buffer.from([tag, 0x81, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Signature Version 4 of AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that last for a while only. */
  readonly sessionToken?: string | undefined;
}

/** Where the signature is good. */
export interface Scope {
  readonly region: string;
  readonly service: string;
}

export interface Unsigned {
  readonly method: 'GET' | 'POST';
  /** The root of a server, for that is where services with JSON protocols are asked. */
  readonly url: string;
  /** Lower-case names; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers that make the request a signed one, those that were given included; `host` is left to the client, which sends that of the URL. */
export function signedHeaders(
  request: Unsigned,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, service }: Scope,
  /** Wall time; AWS takes no signature that is older than some minutes. */
  nowMs: number,
): Readonly<Record<string, string>> {
  const { host } = new URL(request.url);
  const time = new Date(nowMs).toISOString().replace(/\.\d+|[-:]/g, '');
  const date = time.slice(0, 8);
  const added = {
    ...request.headers,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const toSign = Object.entries({ ...added, host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = toSign.map(([name]) => name).join(';');
  const canonical = [
    request.method,
    // The path, and no query.
    '/',
    '',
    ...toSign.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = signingKey(secretAccessKey, date, { region, service });
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...added, authorization };
}

/** `date` as YYYYMMDD. */
export function signingKey(secret: string, date: string, { region, service }: Scope): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(
    (key, word) => createHmac('sha256', key).update(word).digest(),
    Buffer.from(`AWS4${secret}`),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

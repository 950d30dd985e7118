import { describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { temporalSchema, usesTls } from './settings.js';

const certificate = selfSignedCertificate();

describe('settings of a Temporal source', () => {
  const parse = (
    more: Readonly<Record<string, unknown>>,
  ): ReturnType<typeof temporalSchema.parse> =>
    temporalSchema.parse({ 'metric-name': 'x', address: 'localhost:7233', ...more });

  it.each([
    [{}, false],
    [{ 'api-key': 'k' }, true],
    [{ 'api-key': 'k', tls: false }, false],
    [{ tls: true }, true],
    [{ 'cert-data': certificate.cert, 'key-data': certificate.key }, true],
    [{ address: 'ns.acct.tmprl.cloud:7233' }, true],
    [{ address: 'us-east-1.aws.api.temporal.io:7233' }, true],
    [{ address: 'temporal.example.com:443' }, true],
    [{ address: 'temporal.internal:7233' }, false],
  ])('turn TLS on where it is meant: %j', (settings, expected) => {
    expect(usesTls(parse(settings))).toBe(expected);
  });

  it.each([
    [{ address: 'http://localhost:7233' }, 'address'],
    [{ address: 'localhost' }, 'address'],
    [{ 'cert-data': certificate.cert }, 'key-data'],
    [{ 'cert-data': certificate.cert, 'key-data': certificate.key, tls: false }, 'tls'],
    [{ tls: 'perhaps' }, 'tls'],
    [{ query: "a='b'", 'task-queue': 'jobs' }, 'task-queue'],
    [{ 'task-queue-type': 'both' }, 'task-queue-type'],
    [{ 'task-queue': 'jobs', 'task-queue-type': 'nexus' }, 'task-queue-type'],
    [{ 'task-queue': ' ' }, 'task-queue'],
  ])('are refused with the key: %j', (settings, key) => {
    expect(() => parse(settings)).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ path: [key] })],
      }),
    );
  });

  it('read the original names of the certificate first', () => {
    expect(temporalSchema.shape['cert-data'].meta()).toMatchObject({
      env: ['TEMPORAL_TLS_CERT_DATA'],
    });
    expect(temporalSchema.shape['key-data'].meta()).toMatchObject({
      env: ['TEMPORAL_TLS_KEY_DATA'],
    });
  });
});

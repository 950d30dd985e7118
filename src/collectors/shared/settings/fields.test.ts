import { describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../../testing/certificate.js';
import { certificateField, credentialField, privateKeyField, textField } from './fields.js';

describe('fields of collectors', () => {
  it('drop the line end that secrets often carry, and refuse one inside', () => {
    expect(textField().parse(' a b\n')).toBe('a b');
    expect(textField().safeParse('\n').success).toBe(false);
    expect(credentialField().parse('abc\n')).toBe('abc');
    expect(credentialField().safeParse('abc\r\nx-evil: 1').success).toBe(false);
  });

  it('read PEM with its line breaks written out, and never quote it', () => {
    const { cert, key } = selfSignedCertificate();
    expect(certificateField().parse(cert.trim().replaceAll('\n', '\\n'))).toBe(cert.trim());
    expect(privateKeyField().parse(key)).toBe(key.trim());
    const bad = privateKeyField().safeParse('-----BEGIN PRIVATE KEY-----hunter2');
    expect(bad.error?.issues).toEqual([
      expect.objectContaining({ message: 'must be a private key in PEM' }),
    ]);
    expect(certificateField().safeParse(key).success).toBe(false);
  });
});

/** The settings of TLS, for collectors that talk it. */
import { z } from 'zod';
import type { TlsOptions } from '../../../seams/http.js';
import { setting } from '../../../seams/schema.js';
import { certificateField, privateKeyField, textField } from '../settings/fields.js';

/** To be spread into a schema; `checkTls` belongs to it. */
export const tlsFields = {
  'ca-data': setting(certificateField().optional(), {
    description: 'Certificates (PEM) of the authorities to trust instead of the system.',
  }),
  'cert-data': setting(certificateField().optional(), { description: 'Client certificate (PEM).' }),
  'key-data': setting(privateKeyField().optional(), {
    description: 'Private key (PEM) of the client certificate.',
    isSecret: true,
  }),
  'server-name': setting(textField().optional(), {
    description:
      'The name that the certificate of the server must have, if not that of the address.',
  }),
  'insecure-skip-verify': setting(z.boolean().default(false), {
    description: 'Accept any certificate of the server. For tests only.',
    defaultText: 'false',
  }),
};

export interface TlsSettings {
  readonly 'ca-data'?: string | undefined;
  readonly 'cert-data'?: string | undefined;
  readonly 'key-data'?: string | undefined;
  readonly 'server-name'?: string | undefined;
  readonly 'insecure-skip-verify': boolean;
}

/** Refuses a certificate without its key, and the reverse. */
export function checkTls(
  settings: TlsSettings,
  refuse: (key: 'cert-data' | 'key-data', message: string) => void,
): void {
  const hasCertificate = settings['cert-data'] !== undefined;
  if (hasCertificate === (settings['key-data'] !== undefined)) return;
  refuse(hasCertificate ? 'key-data' : 'cert-data', 'is needed beside the other');
}

export function tlsOf(settings: TlsSettings): TlsOptions {
  return {
    ...(settings['ca-data'] === undefined ? {} : { ca: settings['ca-data'] }),
    ...(settings['cert-data'] === undefined ? {} : { cert: settings['cert-data'] }),
    ...(settings['key-data'] === undefined ? {} : { key: settings['key-data'] }),
    ...(settings['server-name'] === undefined ? {} : { serverName: settings['server-name'] }),
    isInsecure: settings['insecure-skip-verify'],
  };
}

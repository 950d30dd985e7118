import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import {
  defaultValue,
  metricName,
  textField,
  textMapField,
  timeout,
} from '../shared/settings/fields.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';

const fields = z.strictObject({
  'metric-name': metricName,
  address: setting(
    textField().refine((text) => /^(\[[\da-f:]+\]|[^\s:/@[\]]+):\d{1,5}$/i.test(text), {
      error: 'must be host:port, such as my-scaler.internal:6000',
    }),
    {
      description: 'The external scaler, as host:port.',
      example: 'my-scaler.internal:6000',
    },
  ),
  metric: setting(textField().optional(), {
    description: "The scaler's name of the metric.",
    isPerApp: true,
    example: 'queueLength',
    defaultText: 'the one that GetMetricSpec names',
  }),
  metadata: setting(textMapField(), {
    description:
      'What the scaler is told (scalerMetadata): names and texts, as a map or as a text with a line "name: value" for each.',
    isPerApp: true,
    isSecret: true,
    example: 'queue: jobs-$APP_NAME',
    defaultText: 'none',
  }),
  name: setting(textField().default('$APP_NAME'), {
    description: 'The name of the scaled object that the scaler is told.',
    isPerApp: true,
    defaultText: '$APP_NAME',
  }),
  namespace: setting(textField().default('default'), {
    description: 'The namespace that the scaler is told.',
    isPerApp: true,
    defaultText: 'default',
  }),
  tls: setting(z.union([z.literal('auto'), z.boolean()]).default('auto'), {
    description: 'Whether to talk TLS. auto: with certificates or a server-name, and on port 443.',
    example: 'true',
    defaultText: 'auto',
  }),
  default: defaultValue,
  timeout,
  ...tlsFields,
});

export type KedaExternalSettings = z.output<typeof fields>;

export const kedaExternalSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof KedaExternalSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (settings.tls === false && hasTlsSettings(settings)) {
    refuse('tls', 'is off although certificates or a server-name are given');
  }
  checkTls(settings, refuse);
});

export function usesTls(settings: KedaExternalSettings): boolean {
  if (settings.tls !== 'auto') return settings.tls;
  return hasTlsSettings(settings) || settings.address.endsWith(':443');
}

function hasTlsSettings(settings: KedaExternalSettings): boolean {
  const given = [settings['ca-data'], settings['cert-data'], settings['server-name']];
  return given.some((value) => value !== undefined) || settings['insecure-skip-verify'];
}

import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import {
  certificateField,
  credentialField,
  defaultValue,
  metricName,
  privateKeyField,
  textField,
  timeout,
} from '../shared/settings/fields.js';

const fields = z.strictObject({
  'metric-name': metricName,
  address: setting(
    textField().refine((text) => /^(\[[\da-f:]+\]|[^\s:/@[\]]+):\d{1,5}$/i.test(text), {
      error: 'must be host:port, such as my-namespace.abc12.tmprl.cloud:7233',
    }),
    {
      description: 'The frontend of the Temporal server, as host:port.',
      example: 'my-namespace.abc12.tmprl.cloud:7233',
    },
  ),
  namespace: setting(textField().default('default'), {
    description:
      'The namespace. With $APP_NAME each app has its own; an app whose namespace does not exist has no value.',
    isPerApp: true,
    example: 'my-namespace.abc12',
    defaultText: 'default',
  }),
  query: setting(z.string().trim().default(''), {
    description:
      'A visibility query that narrows down which running workflows are counted. Without it all count.',
    isPerApp: true,
    example: "TaskQueue='$APP_NAME'",
    defaultText: 'all running workflows',
  }),
  'task-queue': setting(textField().optional(), {
    description:
      'Counts the tasks that wait in this task queue for a worker, in the place of workflows: the backlog as the server estimates it, renewed by it every 5 seconds. A queue that nobody has used has none: 0. Needs Temporal 1.28.',
    isPerApp: true,
    example: '$APP_NAME',
  }),
  'task-queue-type': setting(z.enum(['both', 'workflow', 'activity']).optional(), {
    description: 'Which tasks of the queue count. both asks twice for each queue.',
    defaultText: 'both',
  }),
  'api-key': setting(credentialField().optional(), {
    description: 'API key, sent as a bearer token. Turns TLS on.',
    isSecret: true,
  }),
  tls: setting(z.union([z.literal('auto'), z.boolean()]).default('auto'), {
    description:
      'Whether to talk TLS. auto: with an API key or certificates, on port 443, and to Temporal Cloud.',
    example: 'true',
    defaultText: 'auto',
  }),
  'cert-data': setting(certificateField().optional(), {
    description: 'Client certificate (PEM) for mutual TLS.',
    env: ['TEMPORAL_TLS_CERT_DATA'],
  }),
  'key-data': setting(privateKeyField().optional(), {
    description: 'Private key (PEM) of the client certificate.',
    env: ['TEMPORAL_TLS_KEY_DATA'],
    isSecret: true,
  }),
  'ca-data': setting(certificateField().optional(), {
    description: 'Certificates (PEM) of the authorities to trust instead of the system.',
  }),
  'server-name': setting(textField().optional(), {
    description:
      'The name that the certificate of the server must have, if not that of the address.',
  }),
  default: defaultValue,
  timeout,
});

export type TemporalSettings = z.output<typeof fields>;

export const temporalSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof TemporalSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (settings['task-queue'] !== undefined && settings.query !== '') {
    refuse(
      'task-queue',
      'counts tasks, and query counts workflows: give one of the two, and the other to a second collector',
    );
  }
  if (settings['task-queue'] === undefined && settings['task-queue-type'] !== undefined) {
    refuse('task-queue-type', 'is only for a task-queue, which is not given');
  }
  if ((settings['cert-data'] === undefined) !== (settings['key-data'] === undefined)) {
    refuse(
      settings['cert-data'] === undefined ? 'cert-data' : 'key-data',
      'is needed beside the other',
    );
  }
  if (settings.tls === false && (settings['cert-data'] ?? settings['ca-data']) !== undefined) {
    refuse('tls', 'is off although certificates are given');
  }
});

export function usesTls(settings: TemporalSettings): boolean {
  if (settings.tls !== 'auto') return settings.tls;
  const given = [
    settings['api-key'],
    settings['cert-data'],
    settings['ca-data'],
    settings['server-name'],
  ];
  if (given.some((value) => value !== undefined)) return true;
  return /:443$|\.(tmprl\.cloud|api\.temporal\.io):\d+$/i.test(settings.address);
}

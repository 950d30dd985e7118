/** Kinds of collectors for tests of the configuration; they can be configured and not run. */
import { z } from 'zod';
import {
  duration,
  setting,
  type CollectorDefinition,
  type CollectorDocs,
} from '../seams/schema.js';

const create = (): never => {
  throw new Error('only to be configured');
};

const text = z.string().trim().min(1);

export const noDocs: CollectorDocs = {
  title: 'A source',
  introduction: 'For tests.',
  expression: 'm',
  env: { settings: { 'metric-name': 'm' } },
  yaml: { settings: { 'metric-name': 'm' } },
  notes: [],
};

const gauge: CollectorDefinition = {
  type: 'prometheus',
  envPrefix: 'FAS_PROMETHEUS',
  summary: 'A query to a server.',
  schema: z
    .strictObject({
      'metric-name': setting(text, { description: 'Its name.', example: 'queue_depth' }),
      address: setting(text, { description: 'The server.', example: 'https://example.com' }),
      query: setting(text, { description: 'The query.', isPerApp: true, example: 'up' }),
      token: setting(text.optional(), { description: 'The token.', isSecret: true }),
      default: setting(z.number().optional(), { description: 'When empty.', example: '0' }),
      'max-age': setting(duration().optional(), { description: 'Age.', example: '2m' }),
      series: setting(z.enum(['first', 'sum']).default('first'), { description: 'Which.' }),
      headers: setting(z.record(z.string(), z.string()).optional(), { description: 'Headers.' }),
      'insecure-skip-verify': setting(z.boolean().default(false), { description: 'Trust all.' }),
    })
    .superRefine((settings, context) => {
      if (settings.series === 'sum' && settings['max-age'] !== undefined)
        context.addIssue({ code: 'custom', path: ['max-age'], message: 'cannot be checked' });
    }),
  create,
  docs: noDocs,
};

const workflows: CollectorDefinition = {
  type: 'temporal',
  envPrefix: 'FAS_TEMPORAL',
  summary: 'Running workflows.',
  schema: z.strictObject({
    'metric-name': setting(text, { description: 'Its name.', example: 'workflows' }),
    address: setting(text, { description: 'The server.', example: 'example.com:7233' }),
    namespace: setting(text, { description: 'The namespace.', example: 'default' }),
    query: setting(text.optional(), { description: 'More of a query.', isPerApp: true }),
    tls: setting(z.union([z.literal('auto'), z.boolean()]).default('auto'), {
      description: 'TLS.',
    }),
    'cert-data': setting(text.optional(), {
      description: 'Certificate.',
      env: ['TEMPORAL_TLS_CERT_DATA'],
    }),
    'key-data': setting(text.optional(), {
      description: 'Key.',
      env: ['TEMPORAL_TLS_KEY_DATA'],
      isSecret: true,
    }),
  }),
  create,
  docs: noDocs,
};

/** Two kinds: `prometheus` and `temporal`, with the original's settings. */
export const sampleDefinitions: readonly CollectorDefinition[] = [gauge, workflows];

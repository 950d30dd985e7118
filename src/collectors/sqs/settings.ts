import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import { withPlaceholders } from '../shared/settings/app-template.js';
import {
  credentialField,
  defaultValue,
  metricName,
  textField,
  timeout,
} from '../shared/settings/fields.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';

/** What a message may be, and the attribute of a queue that counts such messages. */
export const COUNTS = {
  visible: 'ApproximateNumberOfMessages',
  'in-flight': 'ApproximateNumberOfMessagesNotVisible',
  delayed: 'ApproximateNumberOfMessagesDelayed',
} as const;

type Count = keyof typeof COUNTS;
const ALL_COUNTS = Object.keys(COUNTS) as Count[];

const fields = z.strictObject({
  'metric-name': metricName,
  queue: setting(textField().superRefine(checkQueue), {
    description:
      'The name of the queue, or its URL, which saves a request to look it up. One that does not exist is empty of values: see default.',
    isPerApp: true,
    example: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs-$APP_NAME',
  }),
  count: setting(z.array(z.enum(ALL_COUNTS)).min(1).default(ALL_COUNTS), {
    description:
      'Which messages are added up: those that wait (visible), that consumers have and did not delete (in-flight), that are not due yet (delayed).',
    example: 'visible, in-flight',
    defaultText: 'visible, in-flight, delayed',
  }),
  region: setting(
    textField()
      .refine((text) => /^[a-z0-9-]+$/.test(text), { error: 'must be a region such as eu-west-1' })
      .optional(),
    {
      description: "The region; not needed when the endpoint or the queue's URL names it.",
      envFallback: { names: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
      example: 'eu-west-1',
    },
  ),
  endpoint: setting(textField().superRefine(checkEndpoint).optional(), {
    description:
      'The server, when it is not the public one of the region: a VPC endpoint, LocalStack, ElasticMQ.',
    example: 'https://vpce-0a1b2c.sqs.eu-west-1.vpce.amazonaws.com',
    defaultText: "that of the queue's URL, or of the region",
  }),
  'account-id': setting(
    textField()
      .refine((text) => /^\d{12}$/.test(text), { error: 'must have 12 digits' })
      .optional(),
    {
      description: 'The account that a queue given by its name belongs to.',
      example: '123456789012',
      defaultText: 'that of the access key',
    },
  ),
  'access-key-id': setting(credentialField(), {
    description: 'The id of the access key.',
    envFallback: { names: ['AWS_ACCESS_KEY_ID'] },
    isSecret: true,
  }),
  'secret-access-key': setting(credentialField(), {
    description: 'The secret of the access key.',
    envFallback: { names: ['AWS_SECRET_ACCESS_KEY'], unless: 'access-key-id' },
    isSecret: true,
  }),
  'session-token': setting(credentialField().optional(), {
    description: 'The session token of temporary credentials.',
    envFallback: { names: ['AWS_SESSION_TOKEN'], unless: 'access-key-id' },
    isSecret: true,
  }),
  default: defaultValue,
  timeout,
  ...tlsFields,
});

export type SqsSettings = z.output<typeof fields>;

export const sqsSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof SqsSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  const { region } = settings;
  if (regionIn(addressOf(settings)) === undefined) {
    if (region === undefined) {
      refuse('region', "is needed where neither the endpoint nor the queue's URL names it");
    } else if (addressOf(settings) === undefined && !region.includes('-')) {
      refuse('region', `must be a region such as eu-west-1, got ${region}`);
    }
  }
  if (settings['account-id'] !== undefined && isUrl(settings.queue)) {
    refuse('account-id', "is for a queue's name: the URL says it already");
  }
  checkTls(settings, refuse);
});

export interface SqsServer {
  /** Without a path. */
  readonly endpoint: string;
  readonly region: string;
}

/** Of settings that the schema has accepted. */
export function serverOf(settings: SqsSettings): SqsServer {
  const address = addressOf(settings);
  const region = regionIn(address) ?? settings.region ?? '';
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { endpoint: address ?? `https://sqs.${region}.${domain}`, region };
}

export function isUrl(queue: string): boolean {
  return /^https?:\/\//.test(queue);
}

/** The origin that is written somewhere. */
function addressOf({ endpoint, queue }: SqsSettings): string | undefined {
  if (endpoint !== undefined) return originOf(endpoint) ?? undefined;
  return isUrl(queue) ? (originOf(queue) ?? undefined) : undefined;
}

/** Addresses of AWS name it; one of before 2013 had it in front. */
function regionIn(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const { hostname } = new URL(address);
  return (/(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)/.exec(
    hostname,
  ) ?? /^([a-z]+-[a-z0-9-]+)\.queue\.amazonaws\.com/.exec(hostname))?.[1];
}

/** Null when there is none, or when it differs by app: the credentials would go wherever an app's name leads. */
function originOf(text: string): string | null {
  const filled = withPlaceholders(text);
  if (!URL.canParse(filled)) return null;
  const { origin, protocol, username, password } = new URL(filled);
  const [, , authority = ''] = text.split('/');
  const isFixed = !authority.includes('$') && username === '' && password === '';
  return isFixed && (protocol === 'http:' || protocol === 'https:') ? origin : null;
}

function checkQueue(text: string, context: z.RefinementCtx<string>): void {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  if (text.includes('://')) {
    const path = /^https?:\/\/[^/]+\/.*[^/]$/.test(text);
    if (path && originOf(text) !== null && !/[?#]/.test(text)) return;
    refuse(
      'must be a URL such as https://sqs.eu-west-1.amazonaws.com/123456789012/jobs, with the same host for all apps',
    );
  } else if (!/^[\w-]{1,500}$/.test(withPlaceholders(text).replace(/\.fifo$/, ''))) {
    refuse('must be a name of letters, digits, - and _, perhaps with .fifo at its end, or a URL');
  }
}

function checkEndpoint(text: string, context: z.RefinementCtx<string>): void {
  const origin = originOf(text);
  if (origin !== null && text.replace(/\/$/, '').toLowerCase() === origin) return;
  context.addIssue({
    code: 'custom',
    message: 'must be a URL such as https://sqs.example.com:9324, without a path',
  });
}

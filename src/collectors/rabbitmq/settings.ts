import { z } from 'zod';
import type { TlsOptions } from '../../seams/http.js';
import { setting } from '../../seams/schema.js';
import { defaultValue, metricName, textField, timeout } from '../shared/settings/fields.js';
import { checkTls, tlsFields, tlsOf } from '../shared/http/tls.js';

const SCHEMES = ['amqp', 'amqps', 'http', 'https'];
const EXAMPLE = 'amqps://scaler@rabbit.example.com:5671/my-vhost';

const fields = z.strictObject({
  'metric-name': metricName,
  url: setting(textField().superRefine(checkUrl), {
    description:
      'The server: amqp:// or amqps:// to ask by AMQP, which knows ready messages only; http:// or https:// to ask the management API, which knows all and lags some seconds. User, password and vhost may be part of it.',
    isSecret: true,
    example: EXAMPLE,
  }),
  username: setting(textField().optional(), {
    description: 'User name, if not that of the URL.',
    defaultText: 'that of the URL, or guest',
  }),
  password: setting(textField().optional(), {
    description: 'The password, when it is not in the URL.',
    isSecret: true,
  }),
  vhost: setting(textField().optional(), {
    description: 'The virtual host. By AMQP, each takes a connection of its own.',
    isPerApp: true,
    example: 'my-vhost',
    defaultText: 'that of the URL, or /',
  }),
  queue: setting(textField(), {
    description: 'The queue. One that does not exist is empty of values: see default.',
    isPerApp: true,
    example: 'jobs-$APP_NAME',
  }),
  count: setting(z.enum(['ready', 'unacked', 'both', 'rate']).default('ready'), {
    description:
      'Messages that wait (ready), that consumers have and did not acknowledge (unacked), both, or messages published each second (rate). By AMQP only ready.',
    example: 'both',
  }),
  default: defaultValue,
  timeout,
  ...tlsFields,
});

export type RabbitmqSettings = z.output<typeof fields>;

export const rabbitmqSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof RabbitmqSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  const { protocol } = new URL(settings.url);
  if (protocol.startsWith('amqp') && settings.count !== 'ready') {
    refuse('count', 'must be ready by AMQP: give the http URL of the management API for others');
  }
  const given = [settings['ca-data'], settings['cert-data'], settings['server-name']];
  if (!protocol.endsWith('s:') && given.some((value) => value !== undefined)) {
    refuse('url', 'must begin with amqps: or https: when certificates or a server-name are given');
  }
  checkTls(settings, refuse);
});

export interface RabbitmqServer {
  readonly usesAmqp: boolean;
  readonly host: string;
  readonly port: number;
  /** Of the management API, without credentials and without a slash at its end; empty by AMQP. */
  readonly apiUrl: string;
  readonly username: string;
  readonly password: string;
  /** Perhaps with `$APP_NAME`. */
  readonly vhost: string;
  /** Null: without TLS. */
  readonly tls: TlsOptions | null;
}

/** Settings that the schema has accepted. */
export function serverOf(settings: RabbitmqSettings): RabbitmqServer {
  const url = new URL(settings.url);
  const usesAmqp = url.protocol.startsWith('amqp');
  const isSecure = url.protocol.endsWith('s:');
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const path = decodeURIComponent(url.pathname.slice(1));
  return {
    usesAmqp,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 5671 : 5672) : Number(url.port),
    apiUrl: usesAmqp ? '' : `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    username: settings.username ?? (username === '' ? 'guest' : username),
    password: settings.password ?? (password === '' && username === '' ? 'guest' : password),
    vhost: settings.vhost ?? (usesAmqp && path !== '' ? path : '/'),
    tls: isSecure ? tlsOf(settings) : null,
  };
}

/** How it may be printed. */
export function printableServer({ usesAmqp, host, port, apiUrl }: RabbitmqServer): string {
  if (!usesAmqp) return apiUrl;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Says nothing of what the URL holds: it may have a password. */
function checkUrl(text: string, context: z.RefinementCtx<string>): void {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !SCHEMES.includes(url.protocol.slice(0, -1)) || url.hostname === '') {
    refuse(`must be a URL such as ${EXAMPLE} or http://rabbit.example.com:15672`);
    return;
  }
  try {
    [url.username, url.password, url.pathname].map(decodeURIComponent);
  } catch {
    refuse('has a % that is not followed by two hexadecimal digits: write it as %25');
  }
}

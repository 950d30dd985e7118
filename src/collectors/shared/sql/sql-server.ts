/** The settings that collectors of SQL servers share. */
import { z } from 'zod';
import type { TlsOptions } from '../../../seams/http.js';
import { setting } from '../../../seams/schema.js';
import { appTemplate } from '../settings/app-template.js';
import { defaultValue, metricName, textField, timeout } from '../settings/fields.js';
import { maxAgeSetting } from '../pacing/max-age.js';
import { SqlTemplateError, sqlTemplate, type SqlDialect } from './sql-template.js';
import { checkTls, tlsFields, tlsOf } from '../http/tls.js';

/** Where to connect, and as whom. */
export interface SqlServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Null: without TLS. */
  readonly tls: TlsOptions | null;
}

/** What differs between the kinds of servers. */
export interface SqlFlavour {
  /** As they begin URLs, without a colon. */
  readonly schemes: readonly string[];
  readonly defaultPort: number;
  readonly dialect: SqlDialect;
  readonly exampleUrl: string;
}

function sqlFields(flavour: SqlFlavour) {
  return z.strictObject({
    'metric-name': metricName,
    url: setting(
      textField().superRefine((text, context) => {
        const message = urlProblem(text, flavour);
        if (message !== null) context.addIssue({ code: 'custom', message });
      }),
      {
        description:
          'Server, user and database, with the password or without it. Of its parameters only sslmode (or ssl-mode) counts.',
        isSecret: true,
        example: flavour.exampleUrl,
      },
    ),
    password: setting(textField().optional(), {
      description: 'The password, when it is not in the URL.',
      isSecret: true,
    }),
    query: setting(
      textField().superRefine((text, context) => {
        try {
          sqlTemplate(text, flavour.dialect);
        } catch (error) {
          if (!(error instanceof SqlTemplateError)) throw error;
          context.addIssue({ code: 'custom', message: error.message });
        }
      }),
      {
        description:
          'One SELECT that gives one number. $APP_NAME, in quotes or not, is a bound parameter, and the query is asked for each app; without it once for all. With app-column it gives a row for each app.',
        isPerApp: true,
        example: 'select app, count(*) from jobs where done_at is null group by app',
      },
    ),
    'app-column': setting(textField().optional(), {
      description:
        'The column that names the app, so that one query serves the whole fleet; the other column is the number.',
      example: 'app',
      defaultText: 'the query has one number for all, or is asked for each app',
    }),
    'max-age': maxAgeSetting('Judged by time-column, which it needs.'),
    'time-column': setting(textField().optional(), {
      description:
        'The column that tells when the number was true, for max-age: seconds or milliseconds since 1970, or a time with its zone.',
      example: 'updated_at',
    }),
    tls: setting(z.union([z.literal('auto'), z.boolean()]).default('auto'), {
      description:
        'Whether to talk TLS. auto: when certificates or a server-name are given, or when sslmode in the URL wants it. The certificate of the server is always checked, but with sslmode=no-verify.',
      defaultText: 'auto',
    }),
    default: defaultValue,
    timeout,
    ...tlsFields,
  });
}

export type SqlSettings = z.output<ReturnType<typeof sqlFields>>;

export function sqlSchema(flavour: SqlFlavour): z.ZodType<SqlSettings> {
  return sqlFields(flavour).superRefine((settings, context) => {
    const refuse = (key: keyof SqlSettings, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (settings['app-column'] !== undefined && appTemplate(settings.query).isPerApp) {
      refuse('query', 'must not have $APP_NAME with app-column: it is asked once for all apps');
    }
    const given = [settings['ca-data'], settings['cert-data'], settings['server-name']];
    if (settings.tls === false && given.some((value) => value !== undefined)) {
      refuse('tls', 'is off although certificates or a server-name are given');
    }
    if ((settings['max-age'] === undefined) !== (settings['time-column'] === undefined)) {
      const missing = settings['max-age'] === undefined ? 'max-age' : 'time-column';
      refuse(missing, 'is needed beside the other');
    }
    if (settings['time-column'] !== undefined && settings['time-column'] === settings['app-column'])
      refuse('time-column', 'must not be the app-column');
    checkTls(settings, refuse);
  });
}

/** How it may be printed: `host:port/database`. */
export function printableServer({ host, port, database }: SqlServer): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

/** Settings that the schema has accepted. */
export function sqlServerOf(settings: SqlSettings, flavour: SqlFlavour): SqlServer {
  const url = new URL(settings.url);
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  const mode = sslMode(url);
  const tls = tlsOf(settings);
  const isGiven = tls.ca !== undefined || tls.cert !== undefined || tls.serverName !== undefined;
  const wantsTls = isGiven || tls.isInsecure === true || TLS_MODES.has(mode);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? flavour.defaultPort : Number(url.port),
    user,
    password: settings.password ?? decodeURIComponent(url.password),
    database: database === '' ? user : database,
    tls: (settings.tls === 'auto' ? wantsTls : settings.tls)
      ? { ...tls, isInsecure: tls.isInsecure === true || mode === 'no-verify' }
      : null,
  };
}

/** The words of libpq, then those of MySQL's clients. */
const PLAIN_MODES = new Set(['', 'disable', 'allow', 'prefer', 'disabled', 'preferred']);
const TLS_MODES = new Set([
  'require',
  'verify-ca',
  'verify-full',
  'no-verify',
  'required',
  'verify_ca',
  'verify_identity',
]);

function sslMode(url: URL): string {
  const { searchParams } = url;
  return (searchParams.get('sslmode') ?? searchParams.get('ssl-mode') ?? '').toLowerCase();
}

/** Says nothing of what the URL holds: it may have a password. */
function urlProblem(text: string, { schemes, exampleUrl }: SqlFlavour): string | null {
  const form = `must be a URL such as ${exampleUrl}`;
  if (!URL.canParse(text)) return form;
  const url = new URL(text);
  if (!schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '') return form;
  if (url.username === '') return 'must name a user';
  try {
    [url.username, url.password, url.pathname].map(decodeURIComponent);
  } catch {
    return 'has a % that is not followed by two hexadecimal digits: write it as %25';
  }
  const mode = sslMode(url);
  if (PLAIN_MODES.has(mode) || TLS_MODES.has(mode)) return null;
  return `has an unknown sslmode, known are ${[...TLS_MODES].join(', ')}`;
}

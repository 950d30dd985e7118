import { RE2JS } from 're2js';
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
import { maxAgeSetting } from '../shared/pacing/max-age.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';
import { parseSelector } from './exposition.js';
import { jsonPath } from './json-path.js';

const COMBINE_RULES = ['error', 'sum', 'max', 'min', 'avg'] as const;

const fields = z.strictObject({
  'metric-name': metricName,
  url: setting(textField().superRefine(checkUrl), {
    description:
      'What to ask. With $APP_NAME (in the host too) it is asked for each app, and an app for which the answer is 404 has no value; without it once for all.',
    isPerApp: true,
    example: 'https://jobs.example.com/stats',
  }),
  format: setting(z.enum(['json', 'text', 'prometheus']).default('json'), {
    description:
      "How the answer is read: JSON, a text with a number in it, or Prometheus' exposition format.",
  }),
  path: setting(textField().superRefine(parsesWith(jsonPath)).optional(), {
    description:
      'For json: the JSONPath (names, indexes, *, filters that compare) of the number. $APP_NAME stands for the app in names and literals, so that one answer can serve the whole fleet.',
    isPerApp: true,
    example: "$.queues['$APP_NAME'].depth",
    defaultText: '$, the whole answer',
  }),
  pattern: setting(
    textField()
      .superRefine(parsesWith((text) => RE2JS.compile(text, RE2JS.MULTILINE)))
      .optional(),
    {
      description:
        'For text: a regular expression (RE2) whose first group, or else its match, is the number.',
      example: 'depth=(\\d+)',
      defaultText: 'the whole answer is the number',
    },
  ),
  selector: setting(textField().superRefine(parsesWith(parseSelector)).optional(), {
    description: 'For prometheus: the series to read, with = and != for labels.',
    isPerApp: true,
    example: 'queue_depth{app="$APP_NAME"}',
  }),
  combine: setting(z.enum(COMBINE_RULES).default('error'), {
    description: 'What to make of several numbers: their sum, max, min or avg, or an error.',
    example: 'sum',
  }),
  body: setting(textField().optional(), {
    description: 'Sent with POST when it is set; otherwise GET asks.',
    isPerApp: true,
    example: '{"app": "$APP_NAME"}',
  }),
  headers: setting(
    z
      .union([z.string(), z.record(z.string(), z.string())])
      .default({})
      .transform(readHeaders),
    {
      description: 'Headers to send: a map, or a text with a line "Name: value" for each.',
      isSecret: true,
      example: 'X-Api-Key: $JOBS_API_KEY',
      defaultText: 'none',
    },
  ),
  token: setting(credentialField().optional(), {
    description: 'Sent as "Authorization: Bearer ...".',
    isSecret: true,
  }),
  username: setting(textField().optional(), {
    description: 'User name for basic authentication.',
  }),
  password: setting(textField().optional(), {
    description: 'Password for basic authentication.',
    isSecret: true,
  }),
  default: defaultValue,
  'max-age': maxAgeSetting(
    'Judged by time-path for json, and by the timestamps of the series for prometheus; a text tells no time.',
  ),
  'time-path': setting(textField().superRefine(parsesWith(jsonPath)).optional(), {
    description:
      'For json with max-age: the JSONPath of the time at which the number was true. Seconds or milliseconds since 1970, or a text such as 2026-01-31T12:00:00Z.',
    isPerApp: true,
    example: '$.updated_at',
  }),
  timeout,
  ...tlsFields,
});

export type HttpSettings = z.output<typeof fields>;

/** The setting that says where in the answer, by format. */
const PLACES = { json: 'path', text: 'pattern', prometheus: 'selector' } as const;

export const httpSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof HttpSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  for (const [format, key] of Object.entries(PLACES)) {
    if (settings[key] !== undefined && format !== settings.format) {
      refuse(key, `is for format ${format} only`);
    }
  }
  if (settings.format === 'prometheus' && settings.selector === undefined) {
    refuse('selector', 'is needed for format prometheus');
  }
  if (settings['max-age'] !== undefined) {
    if (settings.format === 'text') refuse('max-age', 'cannot be checked: a text tells no time');
    if (settings.format === 'json' && settings['time-path'] === undefined) {
      refuse('time-path', 'is needed for max-age: what is the time of the number?');
    }
  } else if (settings['time-path'] !== undefined) refuse('time-path', 'is for max-age only');
  if (settings['time-path'] !== undefined && settings.format !== 'json') {
    refuse('time-path', 'is for format json only');
  }
  if (settings.token !== undefined && settings.username !== undefined) {
    refuse('token', 'give either a token or a username, not both');
  }
  if ((settings.username === undefined) !== (settings.password === undefined)) {
    refuse(settings.username === undefined ? 'username' : 'password', 'is needed beside the other');
  }
  checkTls(settings, refuse);
});

function checkUrl(text: string, context: z.RefinementCtx<string>): void {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  const filled = withPlaceholders(text);
  const url = URL.canParse(filled) ? new URL(filled) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    refuse('must be a URL such as https://jobs.example.com/stats');
  } else if (url.username !== '' || url.password !== '') {
    refuse('must not hold credentials: give them as username and password');
  }
}

function parsesWith(
  parse: (text: string) => unknown,
): (text: string, context: z.RefinementCtx<string>) => void {
  return (text, context) => {
    try {
      parse(text);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message });
    }
  };
}

/** Names in lower case. */
function readHeaders(
  written: string | Readonly<Record<string, string>>,
  context: z.RefinementCtx,
): Readonly<Record<string, string>> {
  const pairs =
    typeof written === 'string'
      ? written
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1)] as const)
      : Object.entries(written);
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) {
    // The value may be a secret, so it is not shown.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name.trim()) || !/^[\t -~]*$/.test(value.trim())) {
      context.addIssue({ code: 'custom', message: 'must be "Name: value" in plain ASCII' });
      return z.NEVER;
    }
    headers[name.trim().toLowerCase()] = value.trim();
  }
  return headers;
}

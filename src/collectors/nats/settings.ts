import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import {
  credentialField,
  defaultValue,
  metricName,
  textField,
  timeout,
} from '../shared/settings/fields.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';

export const VALUES = ['backlog', 'pending', 'ack-pending', 'messages'] as const;

const fields = z.strictObject({
  'metric-name': metricName,
  url: setting(
    textField().superRefine((text, context) => {
      const message = urlProblem(text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
    {
      description:
        'The server: nats:// or, to insist on TLS, tls://, with user and password, a token, or neither. Several servers of a cluster are separated by commas.',
      isSecret: true,
      example: 'nats://nats.example.com:4222',
    },
  ),
  username: setting(textField().optional(), {
    description: 'The user, when it is not in the URL.',
    example: 'scaler',
  }),
  password: setting(textField().optional(), {
    description: 'The password, when it is not in the URL.',
    isSecret: true,
  }),
  token: setting(credentialField().optional(), {
    description: 'The token, when it is not in the URL.',
    isSecret: true,
  }),
  'nkey-seed': setting(seedField().optional(), {
    description: 'The seed of the NKey of a user; with jwt, the key that the JWT was made for.',
    isSecret: true,
  }),
  jwt: setting(credentialField().optional(), {
    description: 'The JWT of the user. It needs nkey-seed, unless the server takes bearers.',
    isSecret: true,
  }),
  creds: setting(credsField().optional(), {
    description: 'What is in the .creds file of the user: JWT and seed together.',
    isSecret: true,
  }),
  domain: setting(nameField().optional(), {
    description: 'The JetStream domain, if not that of the server.',
    example: 'hub',
  }),
  value: setting(z.enum(VALUES).optional(), {
    description:
      'What the number is, of a consumer: messages not delivered yet (pending), delivered and not acknowledged (ack-pending), or both (backlog); of a stream: all its messages, or those of a subject (messages).',
    defaultText: 'backlog; without a consumer messages',
  }),
  stream: setting(nameField(), {
    description:
      'The stream. With $APP_NAME each app has its own; an app whose stream does not exist has no value.',
    isPerApp: true,
    example: 'JOBS',
  }),
  consumer: setting(nameField().optional(), {
    description: 'The durable consumer. Without it the messages of the stream count.',
    isPerApp: true,
    example: '$APP_NAME',
  }),
  subject: setting(
    textField()
      .refine((text) => !/\s/.test(text), { error: 'must not have spaces' })
      .optional(),
    {
      description:
        'Counts only the messages of the stream with this subject; * and > stand for any part and any rest.',
      isPerApp: true,
      example: 'jobs.$APP_NAME.>',
    },
  ),
  'missing-consumer': setting(z.enum(['empty', 'messages']).default('empty'), {
    description:
      'What a consumer counts as that does not exist yet: empty, or all messages of the stream (of the subject, if one is given), which suits workers that create it at their start and read from the beginning.',
    defaultText: 'empty',
  }),
  'tls-first': setting(z.boolean().default(false), {
    description: 'Begins with TLS at once, as handshake_first of the server wants it.',
    defaultText: 'false',
  }),
  default: defaultValue,
  timeout,
  ...tlsFields,
});

export type NatsSettings = z.output<typeof fields>;

export const natsSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof NatsSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  const isOfStream = valueOf(settings) === 'messages';
  if (isOfStream && settings.consumer !== undefined) {
    refuse('consumer', 'is not for messages, which are those of the stream');
  }
  if (!isOfStream && settings.consumer === undefined)
    refuse('consumer', 'is needed for this value');
  if (
    settings.subject !== undefined &&
    !isOfStream &&
    settings['missing-consumer'] !== 'messages'
  ) {
    refuse('subject', 'is only for messages: a consumer has its own subjects');
  }
  const ways = [
    settings.creds,
    settings.jwt ?? settings['nkey-seed'],
    settings.token,
    settings.password ?? settings.username,
  ];
  if (ways.filter((way) => way !== undefined).length > 1) {
    refuse(
      settings.creds === undefined ? 'token' : 'creds',
      'is one way to say who we are, and another is given',
    );
  }
  if (settings.password !== undefined && usernameOf(settings) === '') {
    refuse('username', 'is needed for the password');
  }
  checkTls(settings, refuse);
});

export function valueOf(
  settings: Pick<NatsSettings, 'value' | 'consumer'>,
): (typeof VALUES)[number] {
  return settings.value ?? (settings.consumer === undefined ? 'messages' : 'backlog');
}

/** Empty when one of them is no URL. A URL that names no scheme has that of the first. */
export function parseUrls(text: string): readonly URL[] {
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0] ?? 'nats://';
  const texts = text.split(',').map((part) => part.trim());
  const full = texts.map((part) => (part.includes('://') ? part : `${scheme}${part}`));
  return full.every((url) => URL.canParse(url)) ? full.map((url) => new URL(url)) : [];
}

export function usernameOf(settings: Pick<NatsSettings, 'url' | 'username'>): string {
  const named = parseUrls(settings.url).find(({ username }) => username !== '');
  return settings.username ?? decodeURIComponent(named?.username ?? '');
}

/** Names of streams and consumers are parts of subjects: no dots, spaces or wildcards. */
function nameField(): z.ZodType<string, string> {
  return textField().refine((text) => !/[\s.*>/\\]/.test(text), {
    error: 'must not have spaces, dots, slashes, * or >',
  });
}

function seedField(): z.ZodType<string, string> {
  return textField().refine((text) => /^SU[A-Z2-7]{56}$/.test(text), {
    error: 'must be the seed of a user: 58 characters that begin with SU',
  });
}

/** Line breaks that were written as two characters are read as such, since some secret stores cannot keep one. */
function credsField(): z.ZodType<string, string> {
  return textField()
    .transform((text) => (text.includes('\n') ? text : text.replaceAll('\\n', '\n')))
    .refine((text) => parseCreds(text) !== null, {
      error: 'must be the content of a .creds file, with JWT and seed',
    });
}

/** JWT and seed of a .creds file: one line each, below headings. Null when it is none. */
export function parseCreds(text: string): { readonly jwt: string; readonly seed: string } | null {
  const [, jwt, seed] =
    /BEGIN NATS USER JWT-+\s+(\S+)\s[\s\S]*BEGIN USER NKEY SEED-+\s+(SU[A-Z2-7]{56})\s/.exec(
      text,
    ) ?? [];
  return jwt === undefined || seed === undefined ? null : { jwt, seed };
}

/** Says nothing of what the URL holds: it may have a password. */
function urlProblem(text: string): string | null {
  const urls = parseUrls(text);
  const isNats = (url: URL): boolean => /^(nats|tls):$/.test(url.protocol) && url.hostname !== '';
  if (urls.length === 0 || !urls.every(isNats)) {
    return 'must be a URL such as nats://nats.example.com:4222';
  }
  if (new Set(urls.map(({ protocol }) => protocol)).size > 1) return 'mixes nats and tls';
  try {
    for (const { username, password } of urls) [username, password].map(decodeURIComponent);
  } catch {
    return 'has a % that is not followed by two hexadecimal digits: write it as %25';
  }
  return null;
}

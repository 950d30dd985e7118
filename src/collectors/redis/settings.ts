import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import { defaultValue, metricName, textField, timeout } from '../shared/settings/fields.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';

export const VALUES = [
  'list',
  'set',
  'sorted-set',
  'stream',
  'stream-lag',
  'stream-pending',
  'bullmq',
  'number',
] as const;

/** The states of jobs as BullMQ names its keys, and the command that counts each. */
export const BULLMQ_STATES = {
  waiting: { suffix: 'wait', command: 'LLEN' },
  active: { suffix: 'active', command: 'LLEN' },
  paused: { suffix: 'paused', command: 'LLEN' },
  delayed: { suffix: 'delayed', command: 'ZCARD' },
  prioritized: { suffix: 'prioritized', command: 'ZCARD' },
  'waiting-children': { suffix: 'waiting-children', command: 'ZCARD' },
  failed: { suffix: 'failed', command: 'ZCARD' },
} as const;

export type BullmqState = keyof typeof BULLMQ_STATES;

const STATES = Object.keys(BULLMQ_STATES) as BullmqState[];

const fields = z.strictObject({
  'metric-name': metricName,
  url: setting(
    textField().superRefine((text, context) => {
      const message = urlProblem(text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
    {
      description:
        'The server: redis:// or, for TLS, rediss://, with user, password and the number of the database or without them. Sentinels and the nodes of a cluster are separated by commas.',
      isSecret: true,
      example: 'redis://redis.example.com:6379/0',
    },
  ),
  username: setting(textField().optional(), {
    description: 'The user of the access list, when it is not in the URL.',
    example: 'scaler',
  }),
  password: setting(textField().optional(), {
    description: 'The password, when it is not in the URL.',
    isSecret: true,
  }),
  cluster: setting(z.boolean().default(false), {
    description: 'The URL names nodes of a Redis Cluster; each key is asked for where it lives.',
    defaultText: 'false',
  }),
  'sentinel-name': setting(textField().optional(), {
    description:
      'The URL names Sentinels, and this is the name by which they know the server to read from.',
    example: 'mymaster',
  }),
  'sentinel-username': setting(textField().optional(), {
    description: 'The user at the Sentinels.',
  }),
  'sentinel-password': setting(textField().optional(), {
    description: 'The password at the Sentinels, which is not that of the server.',
    isSecret: true,
  }),
  value: setting(z.enum(VALUES).default('list'), {
    description:
      'What the number is: the length of a list, set, sorted-set or stream; what a group has not read yet of a stream (stream-lag) or has read and not acknowledged (stream-pending); the jobs of a BullMQ queue; the number that is stored at the key.',
    defaultText: 'list',
  }),
  key: setting(textField(), {
    description: 'The key, or the name of the BullMQ queue.',
    isPerApp: true,
    example: 'queue:$APP_NAME',
  }),
  group: setting(textField().optional(), {
    description: 'The consumer group of the stream.',
    isPerApp: true,
    example: 'workers',
  }),
  states: setting(
    z.array(z.enum(STATES)).min(1).default(['waiting', 'active', 'delayed', 'prioritized']),
    {
      description: 'Which jobs of a BullMQ queue count.',
      defaultText: 'waiting, active, delayed, prioritized',
    },
  ),
  prefix: setting(textField().default('bull'), {
    description: 'The prefix of the keys of BullMQ.',
    isPerApp: true,
    defaultText: 'bull',
  }),
  default: defaultValue,
  timeout,
  ...tlsFields,
});

export type RedisSettings = z.output<typeof fields>;

export const redisSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof RedisSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  const needsGroup = settings.value === 'stream-lag' || settings.value === 'stream-pending';
  if (needsGroup && settings.group === undefined) refuse('group', 'is needed for this value');
  if (!needsGroup && settings.group !== undefined) {
    refuse('group', 'is only for stream-lag and stream-pending');
  }
  const hasSentinels = settings['sentinel-name'] !== undefined;
  if (settings.cluster && hasSentinels) refuse('cluster', 'cannot be used with Sentinels');
  if (!hasSentinels && settings['sentinel-password'] !== undefined) {
    refuse('sentinel-name', 'is needed for Sentinels');
  }
  const urls = parseUrls(settings.url);
  if (!settings.cluster && !hasSentinels && urls.length > 1) {
    refuse('url', 'names several servers: is it a cluster, or are they Sentinels?');
  }
  if (settings.cluster && databaseOf(urls) !== 0) {
    refuse('url', 'names a database: a cluster has only 0');
  }
  const given = [settings['ca-data'], settings['cert-data'], settings['server-name']];
  if (!usesTls(urls) && given.some((value) => value !== undefined)) {
    refuse('url', 'must begin with rediss:// where certificates or a server-name are given');
  }
  checkTls(settings, refuse);
});

/** Empty when one of them is no URL. A URL that names no scheme has that of the first. */
export function parseUrls(text: string): readonly URL[] {
  const scheme = /^rediss?:\/\//i.exec(text)?.[0] ?? '';
  const texts = text.split(',').map((part) => part.trim());
  const full = texts.map((part) => (part.includes('://') ? part : `${scheme}${part}`));
  return full.every((url) => URL.canParse(url)) ? full.map((url) => new URL(url)) : [];
}

export function usesTls(urls: readonly URL[]): boolean {
  return urls[0]?.protocol === 'rediss:';
}

/** That of any of them: behind a list, it stands with the last. */
export function databaseOf(urls: readonly URL[]): number {
  return Number(databasesIn(urls)[0] ?? 0);
}

/** Each that is named, as in `/2` or `?db=2`, once. */
function databasesIn(urls: readonly URL[]): readonly string[] {
  const named = urls.flatMap(({ pathname, searchParams }) => [
    pathname.slice(1),
    searchParams.get('db') ?? '',
  ]);
  return [
    ...new Set(named.filter((text) => text !== '').map((text) => text.replace(/^0+(?=\d)/, ''))),
  ];
}

/** Says nothing of what the URL holds: it may have a password. */
function urlProblem(text: string): string | null {
  const urls = parseUrls(text);
  const isRedis = (url: URL): boolean => /^rediss?:$/.test(url.protocol) && url.hostname !== '';
  if (urls.length === 0 || !urls.every(isRedis)) {
    return 'must be a URL such as redis://redis.example.com:6379/0';
  }
  if (new Set(urls.map(({ protocol }) => protocol)).size > 1) return 'mixes redis and rediss';
  const databases = databasesIn(urls);
  if (!databases.every((text) => /^\d+$/.test(text)))
    return 'must end with the number of a database';
  if (databases.length > 1) return `names several databases: ${databases.join(', ')}`;
  try {
    for (const { username, password } of urls) [username, password].map(decodeURIComponent);
  } catch {
    return 'has a % that is not followed by two hexadecimal digits: write it as %25';
  }
  return null;
}

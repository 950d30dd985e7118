import { z } from 'zod';
import { whyTooLong } from '../../core/model/glob.js';
import { setting } from '../../seams/schema.js';
import { defaultValue, metricName, textField, timeout } from '../shared/settings/fields.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';

const ADDRESS = /^(\[[\da-f:]+\]|[^\s:/@[\]]+):\d{1,5}$/i;

function checkLength({ value, issues }: z.core.ParsePayload<string>): void {
  const message = whyTooLong(value);
  if (message !== null) issues.push({ code: 'custom', message, input: value });
}

const fields = z.strictObject({
  'metric-name': metricName,
  brokers: setting(
    z
      .array(textField().refine((text) => ADDRESS.test(text), { error: 'must be host:port' }))
      .min(1),
    {
      description: 'Some brokers of the cluster, each as host:port; the others are found by them.',
      example: 'kafka-1.example.com:9092, kafka-2.example.com:9092',
    },
  ),
  topics: setting(z.array(textField().check(checkLength)).min(1), {
    description:
      'The topics, by name or with * for any characters. With $APP_NAME each app has its own; an app whose topics do not exist has no value.',
    isPerApp: true,
    example: 'jobs-$APP_NAME',
  }),
  groups: setting(z.array(textField()).default([]), {
    description: 'The consumer groups; the lag of several is added up. Needed for lag.',
    isPerApp: true,
    example: '$APP_NAME',
    defaultText: 'none',
  }),
  value: setting(z.enum(['lag', 'partitions']).optional(), {
    description:
      'What the number is: how many messages the groups have still to consume (lag), or how many partitions the topics have, and so how many consumers of a group can be useful (partitions).',
    defaultText: 'lag; without groups partitions',
  }),
  'limit-to-partitions': setting(z.boolean().default(false), {
    description:
      'Give another metric too, kafka_partitions or as partitions-metric says: how many partitions the topics have, and so how many consumers of a group can be useful.',
    example: 'true',
    defaultText: 'false',
  }),
  'partitions-metric': setting(textField().default('kafka_partitions'), {
    description:
      'The name in expressions of what limit-to-partitions adds. Several collectors that have it need a name each.',
    example: 'mail_partitions',
  }),
  uncommitted: setting(z.enum(['earliest', 'latest']).default('latest'), {
    description:
      'Where a group begins with a partition for which it never committed an offset, as auto.offset.reset of its consumers: all messages of it count (earliest), or none (latest).',
    defaultText: 'latest',
  }),
  sasl: setting(z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(), {
    description: 'How user and password are sent.',
    example: 'scram-sha-512',
    defaultText: 'plain, when there is a username',
  }),
  username: setting(textField().optional(), {
    description: 'The user for SASL.',
    example: 'scaler',
  }),
  password: setting(textField().optional(), {
    description: 'The password for SASL.',
    isSecret: true,
  }),
  tls: setting(z.union([z.literal('auto'), z.boolean()]).default('auto'), {
    description: 'Whether to talk TLS. auto: when certificates or a server-name are given.',
    example: 'true',
    defaultText: 'auto',
  }),
  default: defaultValue,
  timeout,
  ...tlsFields,
});

export type KafkaSettings = z.output<typeof fields>;

export const kafkaSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof KafkaSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (settings.value === 'lag' && settings.groups.length === 0)
    refuse('groups', 'is needed for lag');
  if (settings.value === 'partitions' && settings.groups.length > 0) {
    refuse('groups', 'is not for partitions, which are those of the topics');
  }
  if (settings['limit-to-partitions']) {
    if (valueOf(settings) === 'partitions') {
      refuse('limit-to-partitions', 'is for lag: these are the partitions already');
    }
    const name = settings['partitions-metric'];
    if (settings['metric-name'] === name) {
      refuse('metric-name', `must not be ${name}, which limit-to-partitions gives`);
    }
  }
  const [username, password] = [settings.username, settings.password];
  if ((username === undefined) !== (password === undefined)) {
    refuse(username === undefined ? 'username' : 'password', 'is needed beside the other');
  }
  if (settings.sasl !== undefined && username === undefined) {
    refuse('username', 'is needed for SASL');
  }
  const given = [settings['ca-data'], settings['cert-data'], settings['server-name']];
  if (settings.tls === false && given.some((value) => value !== undefined)) {
    refuse('tls', 'is off although certificates or a server-name are given');
  }
  checkTls(settings, refuse);
});

/** The collector that `limit-to-partitions` asks for. It shares the connections. */
export function partitionsBeside(settings: KafkaSettings): readonly KafkaSettings[] {
  if (!settings['limit-to-partitions']) return [];
  return [
    {
      ...settings,
      'metric-name': settings['partitions-metric'],
      'limit-to-partitions': false,
      value: 'partitions',
      groups: [],
    },
  ];
}

export function valueOf({ value, groups }: KafkaSettings): 'lag' | 'partitions' {
  return value ?? (groups.length === 0 ? 'partitions' : 'lag');
}

export function usesTls(settings: KafkaSettings): boolean {
  if (settings.tls !== 'auto') return settings.tls;
  const given = [settings['ca-data'], settings['cert-data'], settings['server-name']];
  return given.some((value) => value !== undefined) || settings['insecure-skip-verify'];
}

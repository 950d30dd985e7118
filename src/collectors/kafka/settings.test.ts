import { describe, expect, it } from 'vitest';
import { kafkaSchema, partitionsBeside, usesTls, valueOf } from './settings.js';

function parse(settings: Readonly<Record<string, unknown>>) {
  const all = { 'metric-name': 'x', brokers: ['h:9092'], topics: ['t'], ...settings };
  return kafkaSchema.safeParse(all);
}

function problems(settings: Readonly<Record<string, unknown>>): string {
  const issues = parse(settings).error?.issues ?? [];
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n');
}

describe('settings of a Kafka source', () => {
  it.each([
    [{ brokers: ['h'] }, 'brokers.0: must be host:port'],
    [{ brokers: [] }, 'brokers: '],
    [{ topics: ['t', '*a'.repeat(17)] }, 'topics.1: must have 16 stars at most'],
    [{ value: 'lag' }, 'groups: is needed for lag'],
    [{ value: 'partitions', groups: ['g'] }, 'groups: is not for partitions'],
    [{ 'limit-to-partitions': true }, 'limit-to-partitions: is for lag'],
    [
      { groups: ['g'], 'limit-to-partitions': true, 'metric-name': 'kafka_partitions' },
      'metric-name: must not be kafka_partitions',
    ],
    [
      {
        groups: ['g'],
        'limit-to-partitions': true,
        'partitions-metric': 'p',
        'metric-name': 'p',
      },
      'metric-name: must not be p',
    ],
    [{ username: 'u' }, 'password: is needed beside'],
    [{ password: 'p' }, 'username: is needed beside'],
    [{ sasl: 'plain' }, 'username: is needed for SASL'],
    [{ sasl: 'gssapi', username: 'u', password: 'p' }, 'sasl: '],
    [{ tls: false, 'server-name': 'h' }, 'tls: is off although'],
  ])('are refused: %j', (settings, message) => {
    expect(problems(settings)).toContain(message);
  });

  it.each([
    [{}, 'partitions', false],
    [{ groups: ['g'] }, 'lag', false],
    [{ tls: true }, 'partitions', true],
    [{ 'server-name': 'other' }, 'partitions', true],
  ])('mean: %j', (settings, value, tls) => {
    const parsed = parse(settings).data!;
    expect([valueOf(parsed), usesTls(parsed)]).toEqual([value, tls]);
  });

  it('give the partitions beside the lag when they are wanted', () => {
    const groups = ['$APP_NAME'];
    expect(partitionsBeside(parse({ groups }).data!)).toEqual([]);
    const limited = parse({ groups, default: 0, 'limit-to-partitions': true }).data!;
    const [beside, ...others] = partitionsBeside(limited);
    expect(others).toEqual([]);
    expect(kafkaSchema.safeParse(beside).success).toBe(true);
    expect(beside).toMatchObject({
      'metric-name': 'kafka_partitions',
      brokers: ['h:9092'],
      topics: ['t'],
      value: 'partitions',
      groups: [],
      default: 0,
    });
  });

  it('name the partitions, so that several collectors may have theirs', () => {
    const one = { groups: ['g'], 'limit-to-partitions': true };
    const named = parse({ ...one, 'partitions-metric': 'mail_partitions' }).data!;
    const names = [parse(one).data!, named]
      .flatMap(partitionsBeside)
      .map((beside) => beside['metric-name']);
    expect(names).toEqual(['kafka_partitions', 'mail_partitions']);
  });
});

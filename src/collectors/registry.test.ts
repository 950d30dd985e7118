import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collectorDefinitions } from './registry.js';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
  .map((entry) => entry.name);

describe('the registry', () => {
  it('names each folder, and nothing else', () => {
    expect(collectorDefinitions.map((definition) => definition.type).sort()).toEqual(
      folders.sort(),
    );
  });

  it.each(collectorDefinitions.map((definition) => [definition.type, definition] as const))(
    '%s describes every setting in kebab-case and refuses unknown ones',
    (_, { schema, envPrefix }) => {
      expect(schema).toBeInstanceOf(z.ZodObject);
      const shape = (schema as z.ZodObject).shape;
      expect(Object.keys(shape)).toContain('metric-name');
      for (const [key, field] of Object.entries(shape)) {
        expect(key).toMatch(/^[a-z]+(-[a-z]+)*$/);
        expect((field as z.ZodType).meta()?.description, key).toMatch(/\.$/);
      }
      expect(schema.safeParse({ 'no-such-setting': 1 }).error?.issues).toContainEqual(
        expect.objectContaining({ code: 'unrecognized_keys', keys: ['no-such-setting'] }),
      );
      expect(envPrefix).toMatch(/^FAS_[A-Z]+(_[A-Z]+)*$/);
    },
  );

  it('knows the age of data where answers tell it, and refuses to judge it elsewhere', () => {
    const judging = collectorDefinitions.filter(({ schema }) =>
      Object.keys((schema as z.ZodObject).shape).includes('max-age'),
    );
    expect(judging.map(({ type }) => type)).toEqual([
      'prometheus',
      'http',
      'postgres',
      'mysql',
      'module',
    ]);
    for (const definition of collectorDefinitions)
      expect(definition.absentSettings?.['max-age'] === undefined).toBe(
        judging.includes(definition),
      );
  });

  it('marks what is secret, and what may differ by app', () => {
    const marked = (mark: 'isSecret' | 'isPerApp'): readonly string[] =>
      collectorDefinitions.flatMap(({ type, schema }) =>
        Object.entries((schema as z.ZodObject).shape)
          .filter(([, field]) => (field as z.ZodType).meta()?.[mark] === true)
          .map(([key]) => `${type} ${key}`),
      );
    expect(marked('isSecret')).toEqual([
      'prometheus token',
      'prometheus password',
      'prometheus key-data',
      'temporal api-key',
      'temporal key-data',
      'http headers',
      'http token',
      'http password',
      'http key-data',
      'postgres url',
      'postgres password',
      'postgres key-data',
      'mysql url',
      'mysql password',
      'mysql key-data',
      'redis url',
      'redis password',
      'redis sentinel-password',
      'redis key-data',
      'nats url',
      'nats password',
      'nats token',
      'nats nkey-seed',
      'nats jwt',
      'nats creds',
      'nats key-data',
      'kafka password',
      'kafka key-data',
      'rabbitmq url',
      'rabbitmq password',
      'rabbitmq key-data',
      'sqs access-key-id',
      'sqs secret-access-key',
      'sqs session-token',
      'sqs key-data',
      'module options',
      'keda-external metadata',
      'keda-external key-data',
    ]);
    expect(marked('isPerApp')).toEqual([
      'prometheus query',
      'temporal namespace',
      'temporal query',
      'temporal task-queue',
      'http url',
      'http path',
      'http selector',
      'http body',
      'http time-path',
      'postgres query',
      'mysql query',
      'redis key',
      'redis group',
      'redis prefix',
      'nats stream',
      'nats consumer',
      'nats subject',
      'kafka topics',
      'kafka groups',
      'rabbitmq vhost',
      'rabbitmq queue',
      'sqs queue',
      'keda-external metric',
      'keda-external metadata',
      'keda-external name',
      'keda-external namespace',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { formatProblems, loadConfig, type Config } from '../config/index.js';
import type { CollectorContext, CollectorDefinition } from '../seams/schema.js';
import { aCliContext } from '../testing/cli-context.js';
import { sampleDefinitions } from '../testing/collector-definitions.js';
import { collectionWays, connectAll } from './wire.js';
import type { FleetEvent } from '../seams/events.js';

function setUp(
  onCreate: (recall: CollectorContext['recall'], query: string) => void = () => undefined,
) {
  const opened: string[] = [];
  const closed: string[] = [];
  const definitions = sampleDefinitions.map((definition): CollectorDefinition => ({
    ...definition,
    create(settings, { recall }) {
      const { 'metric-name': name, query = '' } = settings as Record<string, string>;
      onCreate(recall, query);
      if (query === 'broken') throw new Error('cannot be made');
      opened.push(`${name} ${query}`);
      return {
        name: name ?? '',
        type: definition.type,
        collect: () => Promise.resolve(),
        close: () => Promise.resolve(void closed.push(`${name} ${query}`)),
      };
    },
  }));
  const config = (queries: Readonly<Record<string, string>>, timeout = '30s'): Config => {
    const list = Object.entries(queries).map(
      ([name, query]) =>
        `  - { type: prometheus, metric-name: ${name}, address: https://a, query: ${query} }`,
    );
    const text = `app-name: a\napi-token: x\ntimeout: ${timeout}\ncreated-machine-count: 1\nmetric-collectors:\n${list.join('\n')}`;
    const file = { path: 'fas.yml', text };
    const result = loadConfig({ env: {}, file, collectors: definitions, purpose: 'serve' });
    if (!result.ok) throw new Error(formatProblems(result.problems));
    return result.config;
  };
  const context = { ...aCliContext().context, warn: () => undefined };
  return { opened, closed, config, context };
}

describe('the own collector of a policy', () => {
  it('is told apart from that of another by its key, in its way of asking and its events', async () => {
    const told: FleetEvent[] = [];
    const recorder = { pass: () => undefined, fleet: (event: FleetEvent) => void told.push(event) };
    const definitions = sampleDefinitions.map((definition): CollectorDefinition => ({
      ...definition,
      create: (settings, { sourceChanged }) => ({
        name: 'queue',
        type: definition.type,
        describe: () => ({ way: 'shared', why: (settings as { query: string }).query }),
        collect() {
          const source = { kind: 'source', metric: 'queue', type: definition.type } as const;
          sourceChanged?.({ ...source, state: 'up', failure: null });
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      }),
    }));
    const collector = (query: string): string =>
      `[{ type: prometheus, metric-name: queue, address: https://a, query: ${query} }]`;
    const text = `org: o
api-token: x
policies:
  - { name: web, apps: web-*, created-machine-count: queue, metric-collectors: ${collector('up')} }
  - { name: jobs, apps: jobs-*, created-machine-count: queue, metric-collectors: ${collector('down')} }
`;
    const file = { path: 'fas.yml', text };
    const result = loadConfig({ env: {}, file, collectors: definitions, purpose: 'serve' });
    if (!result.ok) throw new Error(formatProblems(result.problems));
    const context = { ...aCliContext().context, warn: () => undefined, recorder };
    const { collectors } = connectAll(result.config, context);
    expect(collectionWays(collectors)).toMatchObject({
      'web/queue': { why: 'up' },
      'jobs/queue': { why: 'down' },
    });
    for (const each of collectors) await each.collect([], () => undefined, AbortSignal.any([]));
    expect(told).toMatchObject([{ policy: 'web' }, { policy: 'jobs' }]);
  });
});

describe('another configuration', () => {
  it('keeps unchanged collectors, opens new ones, and leaves it to the caller to close the others', async () => {
    const { opened, closed, config, context } = setUp();
    const connections = connectAll(config({ one: 'up', two: 'up' }), context);
    const [one, two] = connections.collectors;
    const closeOthers = connections.adopt(config({ three: 'up', one: 'up', two: 'down' }));
    expect(connections.collectors.map(({ name }) => name)).toEqual(['three', 'one', 'two']);
    expect(connections.collectors[1]).toBe(one);
    expect(connections.collectors[2]).not.toBe(two);
    expect(opened).toEqual(['one up', 'two up', 'three up', 'two down']);
    expect(closed).toEqual([]);
    await closeOthers();
    expect(closed).toEqual(['two up']);
    await connections.close();
    expect(closed.toSorted()).toEqual(['one up', 'three up', 'two down', 'two up']);
  });

  it('closes what is left over when all ends before', async () => {
    const { closed, config, context } = setUp();
    const connections = connectAll(config({ one: 'up' }), context);
    connections.adopt(config({ one: 'down' }));
    await connections.close();
    expect(closed.toSorted()).toEqual(['one down', 'one up']);
  });

  it('opens all anew for another timeout, with which they were made', () => {
    const { opened, config, context } = setUp();
    const connections = connectAll(config({ one: 'up' }), context);
    connections.adopt(config({ one: 'up' }, '10s'));
    expect(opened).toEqual(['one up', 'one up']);
  });

  it('recalls what a collector with the same settings kept, and no other', () => {
    const recalled: unknown[] = [];
    const { config, context } = setUp((recall, query) => {
      recalled.push(recall?.('what', () => ({ query, n: recalled.length })));
    });
    const connections = connectAll(config({ one: 'up', two: 'up' }), context);
    connections.adopt(config({ one: 'up', two: 'down' }, '10s'));
    connections.adopt(config({ one: 'up', two: 'up' }, '20s'));
    const ofOne = { query: 'up', n: 0 };
    const first = [ofOne, { query: 'up', n: 1 }];
    const second = [ofOne, { query: 'down', n: 3 }];
    const third = [ofOne, { query: 'up', n: 5 }];
    expect(recalled).toEqual([...first, ...second, ...third]);
  });

  it('changes nothing when a collector cannot be made', () => {
    const { config, context } = setUp();
    const connections = connectAll(config({ one: 'up' }), context);
    const before = connections.collectors;
    expect(() => connections.adopt(config({ one: 'down', two: 'broken' }))).toThrow(
      'cannot be made',
    );
    expect(connections.collectors).toEqual(before);
  });
});

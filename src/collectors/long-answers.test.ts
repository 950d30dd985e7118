/** Long answers: how much is read, and that the loop is given back while it is. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../cli/adapters/clock.js';
import { connectHttp } from '../cli/adapters/http.js';
import { seededRandom, type Clock } from '../seams/clock.js';
import type { Sample } from '../core/model/sample.js';
import { collectAll } from '../testing/collector-contract.js';
import { collectorDefinitions } from './registry.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(body: string): Promise<string> {
  const server = createServer((_, response) => response.end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Counts how often the loop is given back, instead of waiting. */
function countingClock(): Clock & { readonly breaths: number } {
  let breaths = 0;
  const clock = systemClock();
  return {
    ...clock,
    get breaths() {
      return breaths;
    },
    sleep(ms, signal) {
      if (ms > 0) return clock.sleep(ms, signal);
      breaths += 1;
      return Promise.resolve();
    },
  };
}

async function collect(
  type: string,
  settings: Readonly<Record<string, unknown>>,
  apps: readonly string[] = ['a1', 'a2'],
): Promise<{ readonly samples: ReadonlyMap<string, Sample>; readonly breaths: number }> {
  const definition = collectorDefinitions.find((one) => one.type === type);
  if (definition === undefined) throw new Error(type);
  const clock = countingClock();
  const collector = definition.create(
    definition.schema.parse({ 'metric-name': 'm', ...settings }),
    {
      connect: connectHttp,
      clock,
      random: seededRandom(1),
      userAgent: 'test',
      timeoutMs: 60_000,
      appPatterns: ['a*'],
      warn: () => undefined,
    },
  );
  const samples = await collectAll(collector, apps);
  await collector.close();
  return { samples, breaths: clock.breaths };
}

const SERIES = 40_000;
const series = (labels: (index: number) => object): string[] =>
  Array.from({ length: SERIES }, (_, index) =>
    JSON.stringify({ metric: labels(index), value: [1_767_225_600, '1'] }),
  );
const answer = (elements: readonly string[]): string =>
  `{"status":"success","data":{"resultType":"vector","result":[${elements.join(',')}]}}`;
const ofManyApps = answer(series((index) => ({ app: `a${index % 100}`, instance: `m${index}` })));
const ofOneApp = answer(series((index) => ({ app: 'a1', instance: `m${index}` })));
const documents = `{"apps":[${series((index) => ({ app: `a${index % 100}` })).join(',')}]}`;
const exposition = Array.from(
  { length: SERIES },
  (_, index) => `jobs{app="a${index % 100}",instance="m${index}"} 1`,
).join('\n');

const query = 'sum by (instance) (jobs{app="$APP_NAME"})';

describe('a long answer', () => {
  it.each([
    ['prometheus', 'of a fleet', ofManyApps, { query, series: 'sum' }, 400],
    ['prometheus', 'of a fleet, by instance', ofManyApps, { query, per: 'instance' }, 'instances'],
    ['prometheus', 'of one app', ofOneApp, { query }, 1],
    ['prometheus', 'for all', ofOneApp, { query: 'jobs' }, 1],
    [
      'prometheus',
      'for all, by instance',
      ofManyApps,
      { query: 'jobs', per: 'instance' },
      'instances',
    ],
    [
      'http',
      'with a filter',
      documents,
      { path: '$.apps[?@.metric.app == "$APP_NAME"].value[1]', combine: 'sum' },
      400,
    ],
    [
      'http',
      'with a filter that is no equality',
      documents,
      { path: '$.apps[?@.metric.app != "$APP_NAME"].value[1]', combine: 'sum' },
      39_600,
    ],
    ['http', 'with all of it', documents, { path: '$.apps[*].value[1]', combine: 'sum' }, 40_000],
    [
      'http',
      'of lines',
      exposition,
      { format: 'prometheus', selector: 'jobs{app="$APP_NAME"}', combine: 'sum' },
      400,
    ],
  ] as const)('of %s is read in slices %s', async (type, _, body, settings, expected) => {
    const address = await serve(body);
    const at = type === 'http' ? { url: address } : { address };
    const { samples, breaths } = await collect(type, { ...at, ...settings });
    const sample = samples.get('a1');
    expect(sample?.kind === 'value' ? sample.value : sample?.kind).toBe(expected);
    // Each 128 KB of text, and each thousand series or lines.
    const text = type === 'http' && body === exposition ? 0 : body.length / 131_072;
    expect(breaths).toBeGreaterThanOrEqual(Math.floor(text + SERIES / 1000) - 1);
  });

  it('of a few apps does not wait for anybody', async () => {
    const address = await serve(answer(['{"metric":{"app":"a1"},"value":[1,"1"]}']));
    expect((await collect('prometheus', { address, query })).breaths).toBe(0);
  });

  it('is not searched by an expression, which cannot be done in slices', async () => {
    const url = await serve(`${' '.repeat(1_000_001)}depth: 4`);
    const { samples } = await collect('http', { url, format: 'text', pattern: 'depth: (\\d+)' });
    expect(samples.get('a1')).toMatchObject({
      code: 'source-bad-answer',
      message: expect.stringContaining('1 MB'),
    });
  });
});

describe('max-answer-size', () => {
  const of = (type: string, address: string): Readonly<Record<string, unknown>> =>
    ({
      prometheus: { address, query: 'sum(jobs{app="$APP_NAME"})' },
      http: { url: address, path: '$.n' },
      rabbitmq: { url: address, queue: '$APP_NAME' },
      sqs: {
        endpoint: address,
        region: 'eu-central-1',
        queue: '$APP_NAME',
        'access-key-id': 'key-1',
        'secret-access-key': 'secret-1',
      },
    })[type] ?? {};

  it.each(['prometheus', 'http', 'rabbitmq', 'sqs'])(
    'bounds what is read of %s, and the error names it',
    async (type) => {
      const address = await serve(JSON.stringify({ n: 1, x: 'x'.repeat(2000) }));
      const { samples } = await collect(type, { ...of(type, address), 'max-answer-size': '1KB' });
      expect(samples.get('a1')).toMatchObject({
        kind: 'error',
        code: 'source-bad-answer',
        message: expect.stringMatching(/too large: it is longer than max-answer-size \(1 KB\)/),
      });
    },
  );

  it('is 16 MB unless it is set, and may be more', async () => {
    const address = await serve(JSON.stringify({ n: 7, x: 'x'.repeat(16_000_000) }));
    const { samples } = await collect('http', { url: address, path: '$.n' });
    expect(samples.get('a1')).toMatchObject({ message: expect.stringContaining('(16 MB)') });
    const more = await collect('http', { url: address, path: '$.n', 'max-answer-size': '20MB' });
    expect(more.samples.get('a1')).toMatchObject({ value: 7 });
  });
});

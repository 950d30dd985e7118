import { describe, expect, it } from 'vitest';
import type { Sample } from '../../core/model/sample.js';
import { collectAll } from '../../testing/collector-contract.js';
import { answeredBy } from '../../testing/answered-by.js';
import type { Reply } from '../../testing/http-responder.js';
import { rabbitmq } from './index.js';

const NOT_FOUND = { error: 'Object Not Found', reason: 'Not Found' };
const EMPTY_PAGE = { filtered_count: 0, item_count: 0, items: [], page: 1, total_count: 0 };

async function samples(
  apps: readonly string[],
  reply: (url: string) => Reply,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<ReadonlyMap<string, Sample>> {
  const given = { url: 'http://rabbit:15672', queue: 'q_$APP_NAME', default: 0, ...settings };
  return collectAll(
    answeredBy(rabbitmq, given, ({ url }) => reply(url)),
    apps,
  );
}

async function sample(reply: (url: string) => Reply): Promise<Sample | undefined> {
  return (await samples(['a'], reply)).get('a');
}

describe('a queue that the management API does not find', () => {
  it('is missing where the server says so, and knows its vhost', async () => {
    const found = await sample((url) =>
      url.includes('q_a') ? { status: 404, json: NOT_FOUND } : { json: EMPTY_PAGE },
    );
    expect(found).toMatchObject({ kind: 'value', value: 0, isDefault: true });
  });

  // As RabbitMQ 3.10.8 answers where the vhost does not exist.
  it('is an error where the vhost is what is missing', async () => {
    const reply = (): Reply => ({ status: 404, json: NOT_FOUND });
    expect(await sample(reply)).toMatchObject({ code: 'source-query-invalid' });
    const all = await samples(['a', 'b'], reply);
    expect([...all.values()].map(({ kind }) => kind)).toEqual(['error', 'error']);
  });

  it.each<[string, Reply]>([
    ["a proxy's page", { status: 404, body: '<html><h1>404 Not Found</h1></html>' }],
    ["a gateway's word", { status: 404, json: { message: 'no Route matched with those values' } }],
    ['nothing', { status: 404, body: '' }],
    ['a text', { status: 404, body: '404 page not found' }],
  ])('is an error where it is not the server that says so: %s', async (_, reply) => {
    expect(await sample(() => reply)).toMatchObject({ kind: 'error', code: 'source-bad-answer' });
    const all = await samples(['a', 'b'], () => reply);
    expect([...all.values()].map(({ kind }) => kind)).toEqual(['error', 'error']);
    const afterwards = await sample((url) =>
      url.includes('q_a') ? { status: 404, json: NOT_FOUND } : reply,
    );
    expect(afterwards).toMatchObject({ kind: 'error', code: 'source-bad-answer' });
  });

  it('is an error where the answer is of something else', async () => {
    const json = { name: 'other', messages_ready: 0 };
    expect(await sample(() => ({ json }))).toMatchObject({ code: 'source-bad-answer' });
    expect(await sample(() => ({ json: [json] }))).toMatchObject({ code: 'source-bad-answer' });
    const all = await samples(['a', 'b'], () => ({ json }));
    expect(all.get('a')).toMatchObject({ code: 'source-bad-answer' });
  });

  it('has no rate where the server keeps none', async () => {
    const json = { name: 'q_a', messages_ready: 3, message_stats: { publish: 12 } };
    const all = await samples(['a'], () => ({ json }), { count: 'rate' });
    expect(all.get('a')).toMatchObject({ kind: 'error', code: 'source-query-invalid' });
  });
});

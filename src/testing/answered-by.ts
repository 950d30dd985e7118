import { seededRandom } from '../seams/clock.js';
import type { HttpRequest } from '../seams/http.js';
import type { CollectorDefinition } from '../seams/schema.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import { createHttpResponder, type Reply } from './http-responder.js';
import type { Collector } from '../seams/collector.js';

/** A collector whose source is in process: each of its HTTP requests is answered by `reply`. Its metric is `m`. */
export function answeredBy<Settings>(
  definition: CollectorDefinition<Settings>,
  settings: Readonly<Record<string, unknown>>,
  reply: (request: HttpRequest) => Reply,
  {
    clock = createFakeClock(),
    warn = () => undefined,
  }: { readonly clock?: FakeClock; readonly warn?: (message: string) => void } = {},
): Collector {
  const { http } = createHttpResponder(reply);
  return definition.create(definition.schema.parse({ 'metric-name': 'm', ...settings }), {
    connect: () => ({ request: http, close: async () => undefined }),
    clock,
    random: seededRandom(1),
    userAgent: 'test',
    timeoutMs: 30_000,
    warn,
  });
}

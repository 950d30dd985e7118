import { systemClock } from '../cli/adapters/clock.js';
import { connectHttp } from '../cli/adapters/http.js';
import { seededRandom } from '../clock.js';
import type { Sample } from '../core/sample.js';
import type { Collector } from '../ports.js';
import type { CollectorDefinition } from '../schema.js';
import { collectAll } from './collector-contract.js';

/** A collector with the real clock and sockets, for tests with real servers. Its metric is `m`. */
export function aRealCollector<Settings>(
  definition: CollectorDefinition<Settings>,
  settings: Readonly<Record<string, unknown>>,
): Collector {
  return definition.create(definition.schema.parse({ 'metric-name': 'm', ...settings }), {
    connect: connectHttp,
    clock: systemClock(),
    random: seededRandom(1),
    userAgent: 'test',
    timeoutMs: 30_000,
    warn: () => undefined,
  });
}

/** Collects once for one app and closes. */
export async function collectOnce<Settings>(
  definition: CollectorDefinition<Settings>,
  settings: Readonly<Record<string, unknown>>,
  app = 'my-app-1',
): Promise<Sample | undefined> {
  const collector = aRealCollector(definition, settings);
  try {
    return (await collectAll(collector, [app])).get(app);
  } finally {
    await collector.close();
  }
}

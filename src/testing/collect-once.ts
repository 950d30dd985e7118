import { onTestFailed } from 'vitest';
import { systemClock } from '../cli/adapters/clock.js';
import { connectHttp } from '../cli/adapters/http.js';
import { seededRandom } from '../seams/clock.js';
import type { Sample } from '../core/model/sample.js';
import type { CollectorDefinition } from '../seams/schema.js';
import { collectAll } from './collector-contract.js';
import type { Collector } from '../seams/collector.js';

/** A collector with the real clock and sockets, for tests with real servers. Its metric is `m`. */
export function aRealCollector<Settings>(
  definition: CollectorDefinition<Settings>,
  settings: Readonly<Record<string, unknown>>,
  warn: (message: string) => void = () => undefined,
): Collector {
  return definition.create(definition.schema.parse({ 'metric-name': 'm', ...settings }), {
    connect: connectHttp,
    clock: systemClock(),
    random: seededRandom(1),
    userAgent: 'test',
    timeoutMs: 30_000,
    warn,
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

/** What a table of tests compares: the value, an error's code, or the kind. Why there was an error is printed when the test fails. */
export function shown(sample: Sample | undefined): unknown {
  if (sample?.kind === 'error') {
    const { code, message } = sample;
    onTestFailed(() => {
      process.stderr.write(`${code}: ${message}\n`);
    });
    return code;
  }
  return sample !== undefined && 'value' in sample ? sample.value : sample?.kind;
}

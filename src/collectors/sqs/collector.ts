import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { sqsAsker, type Asker, type Reading } from './asker.js';
import { serverOf, type SqsSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

export function sqsCollector(settings: SqsSettings, context: CollectorContext): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const server = serverOf(settings);
  const queues = appTemplate(settings.queue);
  const redact = redactor([
    settings['access-key-id'],
    settings['secret-access-key'],
    settings['session-token'],
  ]);
  let asker: Asker | null = null;

  const sampleOf = (queue: string, reading: Reading): Sample => {
    const atMs = clock.now();
    switch (reading.kind) {
      case 'missing':
        return emptySample(settings.default, atMs);
      case 'number':
        return { kind: 'value', value: reading.value, atMs };
      case 'refusal': {
        const name = queue.replace(/^.*\//s, '');
        const words = trimmed(redact(reading.message));
        return errorSample(reading.code, `${server.endpoint}: queue ${name}: ${words}`, atMs);
      }
    }
  };

  return {
    name: settings['metric-name'],
    type: 'sqs',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      asker ??= sqsAsker(settings, server, context);
      const current = asker;
      // A queue that several apps share is asked for once.
      const appsByQueue = new Map<string, string[]>();
      for (const app of apps) {
        const queue = queues.fill(app);
        const known = appsByQueue.get(queue);
        if (known === undefined) appsByQueue.set(queue, [app]);
        else known.push(app);
      }
      const limits = { clock, limitMs, serverName: server.endpoint };
      await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        current.ask(
          [...appsByQueue.keys()],
          (queue, reading) => {
            const sample = sampleOf(queue, reading);
            for (const app of appsByQueue.get(queue) ?? []) emitOnce(app, sample);
          },
          deadline,
        ),
      );
    },
    async close() {
      const closing = asker;
      asker = null;
      await closing?.close();
    },
  };
}

import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { LineDoubt } from '../shared/pacing/lines.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { amqpAsker } from './amqp-asker.js';
import { managementAsker } from './management-asker.js';
import type { Asker, Queue, Reading } from './reading.js';
import { printableServer, serverOf, type RabbitmqSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

export function rabbitmqCollector(
  settings: RabbitmqSettings,
  context: CollectorContext,
): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const server = serverOf(settings);
  const serverName = printableServer(server);
  const appsByQueue = grouper(settings.queue, server.vhost);
  const redact = redactor([server.password, settings['key-data']]);
  let asker: Asker | null = null;

  const sampleOf = (reading: Reading): Sample => {
    if (reading.kind === 'missing') return emptySample(settings.default, clock.now());
    if (reading.kind === 'number')
      return { kind: 'value', value: reading.value, atMs: clock.now() };
    const words = trimmed(redact(reading.message));
    return errorSample(reading.code, `${serverName}: ${words}`, clock.now());
  };

  return {
    name: settings['metric-name'],
    type: 'rabbitmq',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      asker ??= server.usesAmqp
        ? amqpAsker(server, context)
        : managementAsker(server, settings.count, context);
      const current = asker;
      const groups = appsByQueue(apps);
      const doubt = new LineDoubt();
      const limits = { clock, limitMs, serverName };
      const isInTime = await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        current.ask(
          [...groups.keys()],
          (queue, reading) => {
            const sample = sampleOf(reading);
            doubt.heard(sample);
            for (const app of groups.get(queue) ?? []) emitOnce(app, sample);
          },
          deadline,
        ),
      );
      if (doubt.isJustified(isInTime)) current.renew();
    },
    async close() {
      const closing = asker;
      asker = null;
      await closing?.close();
    },
  };
}

/** A queue that several apps share is asked for once. */
function grouper(
  queue: string,
  vhost: string,
): (apps: readonly string[]) => ReadonlyMap<Queue, readonly string[]> {
  const names = appTemplate(queue);
  const vhosts = appTemplate(vhost);
  return (apps) => {
    const groups = new Map<string, { readonly queue: Queue; readonly apps: string[] }>();
    for (const app of apps) {
      const queue = { vhost: vhosts.fill(app), name: names.fill(app) };
      const id = JSON.stringify([queue.vhost, queue.name]);
      const group = groups.get(id) ?? { queue, apps: [] };
      group.apps.push(app);
      groups.set(id, group);
    }
    return new Map([...groups.values()].map((group) => [group.queue, group.apps]));
  };
}

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { judgedByAge } from '../shared/pacing/max-age.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { errorSample } from '../shared/samples/samples.js';
import { sampleOf } from './heard.js';
import type { ModuleSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

/** What `createCollector` of a module gives. */
export interface CustomCollector {
  collect(
    apps: readonly string[],
    emit: (app: string, said: unknown) => void,
    signal: AbortSignal,
  ): unknown;
  close?(): unknown;
}

export function moduleCollector(settings: ModuleSettings, context: CollectorContext): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const serverName = settings.path;
  const redact = redactor(Object.values(settings.options).filter((text) => text.length >= 8));
  const maxAgeMs = settings['max-age'];
  let custom: Promise<CustomCollector> | null = null;

  const failed = (code: Parameters<typeof errorSample>[0], error: unknown): Sample => {
    const words = error instanceof Error ? error.message : String(error);
    return errorSample(code, `${serverName}: ${trimmed(redact(words))}`, clock.now());
  };
  const hear = (said: unknown): Sample => {
    const sample = sampleOf(said, settings.default, clock.now());
    const judged =
      maxAgeMs === undefined ? sample : judgedByAge(sample, sample.atMs, maxAgeMs, clock.now());
    return judged.kind === 'error' ? failed(judged.code, judged.message) : judged;
  };

  return {
    name: settings['metric-name'],
    type: 'module',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      if (apps.length === 0) return;
      custom ??= load(settings, context);
      const loading = custom;
      const limits = { clock, limitMs, serverName };
      await collectWithin(limits, apps, emit, signal, async (emitOnce, deadline) => {
        const tellAll = (sample: Sample): void => {
          for (const app of apps) emitOnce(app, sample);
        };
        let collector: CustomCollector;
        try {
          collector = await loading;
        } catch (error) {
          custom = null;
          tellAll(failed('config-invalid', error));
          return;
        }
        try {
          await collector.collect([...apps], (app, said) => emitOnce(app, hear(said)), deadline);
        } catch (error) {
          deadline.throwIfAborted();
          tellAll(failed('source-unavailable', error));
        }
        tellAll(failed('source-partial', 'the module said nothing of this app'));
      });
    },
    async close() {
      const closing = custom;
      custom = null;
      if (closing === null) return;
      // A module that could not be loaded has nothing to close.
      const collector = await closing.catch(() => null);
      await collector?.close?.();
    },
  };
}

async function load(settings: ModuleSettings, context: CollectorContext): Promise<CustomCollector> {
  const found = (await import(pathToFileURL(resolve(settings.path)).href)) as {
    readonly createCollector?: unknown;
  };
  if (typeof found.createCollector !== 'function') {
    throw new TypeError('the module does not export a function createCollector');
  }
  const create = found.createCollector as (
    options: ModuleSettings['options'],
    context: CollectorContext,
  ) => unknown;
  const custom = await create(settings.options, context);
  if (typeof (custom as Partial<CustomCollector> | null)?.collect !== 'function') {
    throw new TypeError('createCollector gives no object with a function collect');
  }
  return custom as CustomCollector;
}

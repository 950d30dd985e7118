/** Collectors that take note of what their apps hear: who has gone without for longest, and where the default stands in for all. */
import type { CollectorContext } from '../../../seams/schema.js';
import { isOutage } from './breaker.js';
import type { Emit } from './collection.js';
import type { Collector } from '../../../seams/collector.js';

/** Not a spread: a collector may be an instance of a class. */
export function face(collector: Collector): Omit<Collector, 'collect'> {
  const { name, type } = collector;
  const close = (): Promise<void> => collector.close();
  const { describe } = collector;
  return { name, type, close, ...(describe === undefined ? {} : { describe }) };
}

/**
 * Where the source has had nothing for any app, so that the default counts for all of them, a misspelt name is likely:
 * a person is asked to look, once.
 */
export function defaultsTold(collector: Collector, { warn }: CollectorContext): Collector {
  let isSettled = false;
  return {
    ...face(collector),
    async collect(apps, emit, signal) {
      if (isSettled) return collector.collect(apps, emit, signal);
      const without: string[] = [];
      let isWhole = true;
      await collector.collect(
        apps,
        (app, sample) => {
          if (sample.kind === 'error') isWhole = false;
          else if (sample.kind === 'value' && sample.isDefault === true) without.push(app);
          else if (sample.kind !== 'empty') isSettled = true;
          emit(app, sample);
        },
        signal,
      );
      const [example] = without;
      if (isSettled || !isWhole || example === undefined) return;
      isSettled = true;
      const message = `the source has nothing for any of ${without.length} apps, such as ${example}, so the default counts. If there should be something, check the names that it is asked for`;
      warn(message, { metric: collector.name, app: example, count: without.length });
    },
  };
}

/** More than any fleet has: most of them must be gone. */
const MAX_UNHEARD = 100_000;

/**
 * Who has gone without a value for longest is asked first: where a source cannot answer for the whole fleet within one
 * collection, the same apps would otherwise go without each time.
 */
export function longestUnheardFirst(collector: Collector): Collector {
  /** App -> the collection since which it has heard of an outage only. */
  const unheard = new Map<string, number>();
  let collections = 0;
  const inOrder = (apps: readonly string[]): readonly string[] => {
    if (unheard.size === 0) return apps;
    const since = (app: string): number => unheard.get(app) ?? Number.MAX_SAFE_INTEGER;
    return apps.toSorted((one, other) => since(one) - since(other));
  };
  return {
    ...face(collector),
    collect(apps, emit, signal) {
      collections += 1;
      const collection = collections;
      if (unheard.size > MAX_UNHEARD) unheard.clear();
      const note: Emit = (app, sample) => {
        if (!isOutage(sample)) unheard.delete(app);
        else if (!unheard.has(app)) unheard.set(app, collection);
        emit(app, sample);
      };
      return collector.collect(inOrder(apps), note, signal);
    },
  };
}

/** What every metric source gets, whatever it reads: a budget of requests and a circuit breaker. */
import { z } from 'zod';
import { abortable, DeadlineExceeded } from '../clock.js';
import { formatDurationMs } from '../core/duration.js';
import type { Collector } from '../ports.js';
import { setting, type CollectorContext, type CollectorDefinition } from '../schema.js';
import { createBreaker, isOutage } from './breaker.js';
import { requestBudget } from './budget.js';
import type { Emit } from './collection.js';
import { errorSample } from './samples.js';

const KEY = 'max-requests-per-second';

const budgetField = setting(z.number().positive().optional(), {
  description:
    'How many requests a second the source is sent at most, by this collector. Apps that get no turn within the timeout come first the next time, who has waited longest before the others.',
  example: '20',
  defaultText: 'no limit',
});

/** The definition with the setting `max-requests-per-second`, whose collectors leave a source alone that is down. */
export function guarded<Settings>(
  definition: CollectorDefinition<Settings>,
): CollectorDefinition<Settings> {
  const schema = (definition.schema as unknown as z.ZodObject).safeExtend({ [KEY]: budgetField });
  return {
    ...definition,
    schema: schema as unknown as z.ZodType<Settings>,
    create(settings, context) {
      const { [KEY]: perSecond, ...own } = settings as Readonly<Record<string, unknown>>;
      const given = typeof perSecond === 'number' ? withBudget(context, perSecond) : context;
      const collector = definition.create(inTime(own, context) as Settings, given);
      return withBreaker(longestUnheardFirst(collector), context);
    },
  };
}

/** Nobody waits for a collection longer than for a pass: a later deadline would cut it off without a word of what the source did. */
function inTime(
  settings: Readonly<Record<string, unknown>>,
  { timeoutMs, warn }: CollectorContext,
): Readonly<Record<string, unknown>> {
  const { timeout: ownMs, 'metric-name': metric } = settings;
  if (typeof ownMs !== 'number' || ownMs <= timeoutMs) return settings;
  const own = formatDurationMs(ownMs);
  warn(`timeout ${own} is above the general timeout, which counts: raise that one too`, { metric });
  return { ...settings, timeout: timeoutMs };
}

/** Every HTTP request takes a turn; collectors that speak something else call `takeTurn` themselves. */
function withBudget(context: CollectorContext, perSecond: number): CollectorContext {
  const takeTurn = requestBudget(context.clock, perSecond);
  return {
    ...context,
    takeTurn,
    connect(options) {
      const connection = context.connect(options);
      return {
        close: () => connection.close(),
        async request(request, signal) {
          await takeTurn(signal);
          return connection.request(request, signal);
        },
      };
    },
  };
}

/** Not a spread: a collector may be an instance of a class. */
function face(collector: Collector): Omit<Collector, 'collect'> {
  const { name, type } = collector;
  const close = (): Promise<void> => collector.close();
  const { describe } = collector;
  return { name, type, close, ...(describe === undefined ? {} : { describe }) };
}

/** More than any fleet has: most of them must be gone. */
const MAX_UNHEARD = 100_000;

/**
 * Who has gone without a value for longest is asked first: where a source cannot answer for the whole fleet within one
 * collection, the same apps would otherwise go without each time.
 */
function longestUnheardFirst(collector: Collector): Collector {
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

function asksOnce(collector: Collector): boolean {
  const way = collector.describe?.().way ?? 'per-app';
  return way !== 'per-app';
}

function withBreaker(collector: Collector, { clock, sourceChanged }: CollectorContext): Collector {
  const { name: metric, type } = collector;
  const breaker = createBreaker(clock, (state, failure) =>
    sourceChanged?.({ kind: 'source', metric, type, state, failure }),
  );
  let probes = 0;
  /** Resolves to whether the source is up. */
  const ask = async (
    apps: readonly string[],
    emit: Emit,
    signal: AbortSignal,
  ): Promise<boolean> => {
    let isUp = false;
    const failed = breaker.begin();
    const note: Emit = (app, sample) => {
      if (!isOutage(sample)) isUp = true;
      breaker.heard(sample);
      emit(app, sample);
    };
    try {
      await abortable(signal, collector.collect(apps, note, signal));
    } catch (error) {
      // One that ignores its own deadline, and is cut off by the loop's, is silent; who ends for another reason says nothing of the source.
      if (!(signal.reason instanceof DeadlineExceeded)) throw error;
      breaker.heard(errorSample('source-timeout', signal.reason.message, clock.now()));
      if (!isUp) failed();
      throw error;
    }
    if (!isUp && apps.length > 0) failed();
    return isUp;
  };
  return {
    ...face(collector),
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      const next = apps.length === 0 ? 'ask' : breaker.next();
      // One question for all apps is no more than a probe, and what it says of one app is judged by what it says of the others.
      if (next === 'ask' || (next === 'probe' && asksOnce(collector))) {
        await ask(apps, emit, signal);
        return;
      }
      // Another app each time: one that is broken for good must not keep the others out.
      const probe = next === 'probe' ? apps[probes++ % apps.length] : undefined;
      const isUp = probe !== undefined && (await ask([probe], emit, signal));
      const others = apps.filter((app) => app !== probe);
      if (isUp) await ask(others, emit, signal);
      else for (const app of others) emit(app, breaker.resting());
    },
  };
}

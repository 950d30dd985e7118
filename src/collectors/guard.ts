/** What every metric source gets, whatever it reads: a budget of requests and a circuit breaker. */
import { z } from 'zod';
import { formatDurationMs } from '../core/duration.js';
import type { Collector } from '../ports.js';
import { setting, type CollectorContext, type CollectorDefinition } from '../schema.js';
import { createBreaker, isOutage } from './breaker.js';
import { requestBudget } from './budget.js';
import type { Emit } from './collection.js';

const KEY = 'max-requests-per-second';

const budgetField = setting(z.number().positive().optional(), {
  description:
    'How many requests a second the source is sent at most, by this collector. Apps that get no turn within the timeout are first the next time.',
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
      const hasBudget = typeof perSecond === 'number';
      const given = hasBudget ? withBudget(context, perSecond) : context;
      const collector = definition.create(inTime(own, context) as Settings, given);
      const fair = hasBudget ? unansweredFirst(collector) : collector;
      return withBreaker(fair, context);
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

/** Where requests are limited below what the fleet needs, the same apps would otherwise go without a value each time. */
export function unansweredFirst(collector: Collector): Collector {
  const unanswered = new Set<string>();
  return {
    ...face(collector),
    collect(apps, emit, signal) {
      const late = apps.filter((app) => unanswered.has(app));
      const others = apps.filter((app) => !unanswered.has(app));
      unanswered.clear();
      const note: Emit = (app, sample) => {
        if (isOutage(sample)) unanswered.add(app);
        emit(app, sample);
      };
      return collector.collect([...late, ...others], note, signal);
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
    await collector.collect(apps, note, signal);
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

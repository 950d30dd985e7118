/** What every metric source gets, whatever it reads: a budget of requests, a bound for answers and a circuit breaker. */
import { z } from 'zod';
import { formatDurationMs } from '../../../core/time/duration.js';
import type { Clock } from '../../../seams/clock.js';
import { formatSizeBytes } from '../../../core/model/size.js';
import { HttpFailure, parseRetryAfterMs } from '../../../seams/http.js';
import {
  setting,
  size,
  type CollectorContext,
  type CollectorDefinition,
} from '../../../seams/schema.js';
import { createAsking } from './asking.js';
import { createBreaker, type Breaker } from './breaker.js';
import { requestBudget } from '../settings/budget.js';
import { Waiting, type Emit } from './collection.js';
import { defaultsTold, face, longestUnheardFirst } from './hearing.js';
import { Patience } from './patience.js';
import type { Collector } from '../../../seams/collector.js';

const KEY = 'max-requests-per-second';

const budgetField = setting(z.number().positive().optional(), {
  description:
    'How many requests a second the source is sent at most, by this collector. Apps that get no turn within the timeout come first the next time, who has waited longest before the others.',
  example: '20',
  defaultText: 'no limit',
});

const ANSWER_KEY = 'max-answer-size';

function answerField(mostBytes: number): z.ZodType {
  const most = formatSizeBytes(mostBytes);
  return setting(size(1000, '1 KB').optional(), {
    description:
      'The longest answer that is read; one that is longer is an error. Long answers are read in slices, beside everything else, but take time and memory: some ten times their size.',
    example: '64 MB',
    defaultText: `\`${most}\``,
  });
}

/** The definition with the settings `max-requests-per-second` and, where it speaks HTTP, `max-answer-size`, whose collectors leave a source alone that is down. */
export function guarded<Settings>(
  definition: CollectorDefinition<Settings>,
): CollectorDefinition<Settings> {
  const { maxAnswerBytes } = definition;
  const schema = (definition.schema as unknown as z.ZodObject).safeExtend({
    [KEY]: budgetField,
    ...(maxAnswerBytes === undefined ? {} : { [ANSWER_KEY]: answerField(maxAnswerBytes) }),
  });
  return {
    ...definition,
    schema: schema as unknown as z.ZodType<Settings>,
    create(settings, context) {
      const {
        [KEY]: perSecond,
        [ANSWER_KEY]: mostBytes = maxAnswerBytes,
        ...own
      } = settings as Readonly<Record<string, unknown>>;
      const timely = inTime(own, context);
      const breaker = breakerFor(definition.type, own, context);
      const heeding = withRetryAfter(context, breaker);
      const bounded = typeof mostBytes === 'number' ? withBound(heeding, mostBytes) : heeding;
      const given = typeof perSecond === 'number' ? withBudget(bounded, perSecond) : bounded;
      const collector = definition.create(timely as Settings, given);
      const patience = patienceFor(context, timely, perSecond);
      return withBreaker(longestUnheardFirst(defaultsTold(collector, context)), {
        ...context,
        breaker,
        patience,
      });
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

function breakerFor(
  type: string,
  { 'metric-name': metric }: Readonly<Record<string, unknown>>,
  { clock, intervalMs, sourceChanged }: CollectorContext,
): Breaker {
  const rest = intervalMs === undefined ? {} : { restMs: intervalMs };
  return createBreaker({ clock, ...rest }, (state, failure) =>
    sourceChanged?.({ kind: 'source', metric: String(metric), type, state, failure }),
  );
}

/** Null where there is but one collection: it may take the time that it is given. */
function patienceFor(
  { clock, intervalMs, timeoutMs }: CollectorContext,
  { timeout }: Readonly<Record<string, unknown>>,
  perSecond: unknown,
): Patience | null {
  if (intervalMs === undefined) return null;
  const limitMs = typeof timeout === 'number' ? timeout : timeoutMs;
  const turnMs = typeof perSecond === 'number' ? 1000 / perSecond : 0;
  return new Patience({ clock, intervalMs, timeoutMs: limitMs, turnMs });
}

/** An answer that says when to come again is heeded, whoever gets it. */
function withRetryAfter(context: CollectorContext, breaker: Breaker): CollectorContext {
  return {
    ...context,
    connect(options) {
      const connection = context.connect(options);
      return {
        close: () => connection.close(),
        async request(request, signal) {
          const response = await connection.request(request, signal);
          if (response.status === 429 || response.status === 503) {
            const waitMs = parseRetryAfterMs(response.headers['retry-after'], context.clock.now());
            if (waitMs !== undefined) breaker.askedToWait(waitMs);
          }
          return response;
        },
      };
    },
  };
}

/** No answer is longer; the error names the setting. */
function withBound(context: CollectorContext, mostBytes: number): CollectorContext {
  return {
    ...context,
    connect(options) {
      const connection = context.connect({ ...options, maxBodyBytes: mostBytes });
      return {
        close: () => connection.close(),
        async request(request, signal) {
          try {
            return await connection.request(request, signal);
          } catch (error) {
            if (!(error instanceof HttpFailure) || error.kind !== 'too-large') throw error;
            const most = formatSizeBytes(mostBytes);
            const message = `it is longer than ${ANSWER_KEY} (${most}): ask for less, or raise ${ANSWER_KEY}`;
            throw new HttpFailure('too-large', message, { cause: error });
          }
        },
      };
    },
  };
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

function asksOnce(collector: Collector): boolean {
  const way = collector.describe?.().way ?? 'per-app';
  return way !== 'per-app';
}

/** A probe that is not answered by then leaves time to tell everybody before the next tick. */
const PROBE_SHARE = 0.8;

interface Guards extends Pick<CollectorContext, 'clock' | 'intervalMs'> {
  readonly breaker: Breaker;
  readonly patience: Patience | null;
}

function withBreaker(
  collector: Collector,
  { clock, intervalMs, breaker, patience }: Guards,
): Collector {
  const { ask } = createAsking({ collector, breaker, clock, patience });
  let probes = 0;
  let isPatientOut = false;
  /** Of those on their way one waits for as long as a collection may; the others look for the end of a fault. */
  const probe = async (
    apps: readonly string[],
    emit: Emit,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const isPatient = !isPatientOut;
    isPatientOut = true;
    try {
      return await ask(apps, emit, signal, { isPatient });
    } finally {
      if (isPatient) isPatientOut = false;
    }
  };
  return {
    ...face(collector),
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      const next = apps.length === 0 ? 'ask' : breaker.next();
      if (next === 'ask') {
        await ask(apps, emit, signal);
        return;
      }
      const waiting = new Waiting(apps);
      const tell: Emit = (app, sample) => {
        if (waiting.take(app)) emit(app, sample);
      };
      // Another app each time: one that is broken for good must not keep the others out. One question for all apps is no more
      // than a probe, and what it says of one app is judged by what it says of the others.
      const probed =
        next === 'rest' ? [] : asksOnce(collector) ? apps : [apps[probes++ % apps.length] ?? ''];
      const probing = probed.length === 0 ? null : probe(probed, tell, signal);
      const isUp = probing !== null && (await isAnsweredSoon(clock, probing, intervalMs));
      if (isUp && !waiting.isEmpty) await ask([...waiting.rest()], tell, signal);
      else for (const app of waiting.rest()) tell(app, breaker.resting());
      // Its answer may still come, and then the next collection is for everybody.
      await probing;
    },
  };
}

/** What the probe finds out; false when it takes so long that nobody is to wait for it. */
async function isAnsweredSoon(
  clock: Clock,
  probing: Promise<boolean>,
  intervalMs: number | undefined,
): Promise<boolean> {
  if (intervalMs === undefined) return probing;
  const timer = new AbortController();
  const late = clock.sleep(PROBE_SHARE * intervalMs, timer.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([probing, late]);
  } finally {
    timer.abort();
  }
}

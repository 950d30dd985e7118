import type { Clock } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import type { HttpClient, HttpConnection } from '../../seams/http.js';
import type { CollectorContext } from '../../seams/schema.js';
import { breather } from '../../seams/slices.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { byFirstApp, placesFor } from '../shared/pacing/places.js';
import { collectWithin, tellEach } from '../shared/pacing/collection.js';
import { isOfGateway, refusalOfError } from '../shared/http/http-refusal.js';
import { judgedByAge } from '../shared/pacing/max-age.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { tlsOf } from '../shared/http/tls.js';
import { readerFor } from './readers.js';
import { numbers, type Reading } from './reading.js';
import {
  printable,
  questionBuilder,
  refusalOfStatus,
  secretsOf,
  type Question,
} from './request.js';
import type { HttpSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

/** Requests in flight at once. */
const MAX_IN_FLIGHT = 32;

export function httpCollector(settings: HttpSettings, context: CollectorContext): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const questionsFor = questionBuilder(settings, context.userAgent);
  const ask = asker(settings, clock);
  const sampleOf = sampler(settings, () => clock.now());
  const forEach = placesFor<Question>(MAX_IN_FLIGHT, byFirstApp);
  let connection: HttpConnection | null = null;

  return {
    name: settings['metric-name'],
    type: 'http',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      connection ??= context.connect({ tls: tlsOf(settings), maxConnections: MAX_IN_FLIGHT });
      const { request } = connection;
      const limits = { clock, limitMs, serverName: printable(settings.url) };
      await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        forEach(questionsFor(apps), deadline, async (question) => {
          const read = await ask(request, question, deadline);
          await tellEach({ apps: question.apps, clock, signal: deadline }, async (app) => {
            const reading = await read(app);
            emitOnce(app, sampleOf(question, reading));
            return reading.kind === 'numbers' ? reading.numbers.length : 0;
          });
        }),
      );
    },
    async close() {
      const closing = connection;
      connection = null;
      await closing?.close();
    },
  };
}

type Ask = (
  request: HttpClient,
  question: Question,
  signal: AbortSignal,
) => Promise<(app: string) => Reading | Promise<Reading>>;

/** Rejects only with the signal's reason. */
function asker(settings: HttpSettings, clock: Clock): Ask {
  const read = readerFor(settings);
  const isPerApp = appTemplate(settings.url).isPerApp;
  return async (request, question, signal) => {
    try {
      const answer = await request(question.request, signal);
      const { status, body } = answer;
      if (status === 404 && isPerApp && !isOfGateway(answer)) return () => numbers([]);
      const refused = refusalOfStatus(status, body);
      return refused === null ? await read(body, breather(clock, signal)) : () => refused;
    } catch (error) {
      signal.throwIfAborted();
      const refused = refusalOfError(error);
      return () => refused;
    }
  };
}

function sampler(
  settings: HttpSettings,
  now: () => number,
): (question: Question, reading: Reading) => Sample {
  const redact = redactor(secretsOf(settings));
  const maxAgeMs = settings['max-age'];
  return ({ request }, reading) => {
    const failed = (message: string, code: Parameters<typeof errorSample>[0]): Sample =>
      errorSample(code, `${printable(request.url)}: ${trimmed(redact(message))}`, now());
    if (reading.kind === 'refusal') return failed(reading.message, reading.code);
    const [first, ...others] = reading.numbers;
    if (first === undefined) return emptySample(settings.default, now());
    if (others.length > 0 && settings.combine === 'error') {
      const message = `the answer gives ${reading.numbers.length} numbers, one is wanted: see combine`;
      return failed(message, 'source-ambiguous');
    }
    const value = others.length === 0 ? first : combined(settings.combine, reading.numbers);
    const kind = Number.isFinite(value) ? 'value' : 'not-a-number';
    const sample: Sample = { kind, value, atMs: now() };
    if (maxAgeMs === undefined) return sample;
    const judged = judgedByAge(sample, reading.atMs, maxAgeMs, now());
    return judged.kind === 'error' ? failed(judged.message, judged.code) : judged;
  };
}

function combined(rule: HttpSettings['combine'], values: readonly number[]): number {
  switch (rule) {
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'avg':
      return combined('sum', values) / values.length;
    case 'sum':
    case 'error':
      return values.reduce((total, value) => total + value, 0);
  }
}

import type { Sample } from '../../core/sample.js';
import type { HttpConnection } from '../../http.js';
import type { Collector } from '../../ports.js';
import type { CollectorContext } from '../../schema.js';
import { appTemplate } from '../app-template.js';
import { forEachBounded } from '../bounded.js';
import { collectWithin, type Emit } from '../collection.js';
import { prometheusServer, type Server } from './ask.js';
import { tlsOf } from '../tls.js';
import { instanceSamples } from './instances.js';
import { sampleOf, type Interpretation } from './interpret.js';
import { oldestNewestMs, timestampQuery } from './max-age.js';
import { questionsFor, type Question, type QueryTemplates } from './questions.js';
import type { PrometheusSettings } from './settings.js';
import { checkQuery } from './syntax.js';

/** Queries in flight at once: enough for a fleet, few enough that a server with 16 slots queues rather than refuses. */
const MAX_IN_FLIGHT = 32;

export function prometheusCollector(
  settings: PrometheusSettings,
  context: CollectorContext,
): Collector {
  const { clock } = context;
  const name = settings['metric-name'];
  const limitMs = settings.timeout ?? context.timeoutMs;
  const templates = templatesOf(settings);
  warnAboutQuery(settings, context);
  let connection: HttpConnection | null = null;
  let server: Server | null = null;

  const connected = (): Server => {
    connection ??= context.connect({ tls: tlsOf(settings), maxConnections: MAX_IN_FLIGHT });
    server ??= prometheusServer(settings, connection.request, context.userAgent);
    return server;
  };
  const answerAll = (
    server: Server,
    questions: readonly Question[],
    emit: Emit,
    signal: AbortSignal,
  ): Promise<void> =>
    forEachBounded(questions, MAX_IN_FLIGHT, signal, async (question) => {
      const now = (): number => clock.now();
      if (settings.per === 'instance') {
        const { series: rule, 'instance-label': label } = settings;
        const how = { label, rule, isForMany: !templates.value.isPerApp };
        const sampleOfApp = instanceSamples(await server.ask(question.query, signal), how, now());
        for (const app of question.apps) emit(app, sampleOfApp(app));
        return;
      }
      const sample = await sampleFor(server, question, settings, now, signal);
      for (const app of question.apps) emit(app, sample);
    });

  return {
    name,
    type: 'prometheus',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      const server = connected();
      const limits = { clock, limitMs, serverName: server.name };
      await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        answerAll(server, questionsFor(templates, apps), emitOnce, deadline),
      );
    },
    async close() {
      const closing = connection;
      connection = null;
      server = null;
      await closing?.close();
    },
  };
}

/** Rejects only with the signal's reason. */
async function sampleFor(
  server: Server,
  question: Question,
  settings: PrometheusSettings,
  now: () => number,
  signal: AbortSignal,
): Promise<Sample> {
  const how: Interpretation = { rule: settings.series, defaultValue: settings.default };
  const maxAgeMs = settings['max-age'];
  if (question.timestampQuery === null || maxAgeMs === undefined) {
    return sampleOf(await server.ask(question.query, signal), how, now());
  }
  const [value, timestamps] = await Promise.all([
    server.ask(question.query, signal),
    server.ask(question.timestampQuery, signal),
  ]);
  const sample = sampleOf(value, how, now());
  if (sample.kind !== 'value' && sample.kind !== 'not-a-number') return sample;
  if (sample.kind === 'value' && sample.isDefault === true) return sample;
  if (timestamps.kind === 'failure') return sampleOf(timestamps, how, now());
  const dataAtMs = oldestNewestMs(timestamps);
  if (dataAtMs === null) return sample;
  if (typeof dataAtMs !== 'number') return sampleOf(dataAtMs, how, now());
  // Both times are the server's: a clock of ours that is off cannot make data look fresh.
  const ageMs = Math.max(0, sample.atMs - dataAtMs);
  if (ageMs > maxAgeMs) return { kind: 'stale', value: sample.value, atMs: dataAtMs, ageMs };
  return { ...sample, atMs: dataAtMs };
}

function templatesOf(settings: PrometheusSettings): QueryTemplates {
  const timestamp = settings['max-age'] === undefined ? null : timestampQuery(settings.query);
  return {
    value: appTemplate(settings.query),
    timestamp: timestamp === null ? null : appTemplate(timestamp),
  };
}

function warnAboutQuery(settings: PrometheusSettings, context: CollectorContext): void {
  const problem = checkQuery(settings.query);
  if (problem !== null) context.warn(problem.message, { metric: settings['metric-name'] });
}

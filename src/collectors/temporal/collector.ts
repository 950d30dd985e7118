import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { byFirstApp, placesFor } from '../shared/pacing/places.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { LineDoubt } from '../shared/pacing/lines.js';
import { openGrpc, type GrpcConnection, type GrpcOptions } from '../shared/grpc/grpc-connection.js';
import { statusOf, UNAVAILABLE, wordsOf } from '../shared/grpc/grpc-failure.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { tlsOf } from '../shared/http/tls.js';
import { Unseen } from '../shared/pacing/unseen.js';
import { isNoNamespace, meaningOf } from './failure.js';
import { questionBuilder, type Question } from './questions.js';
import { usesTls, type TemporalSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

/** Questions in flight at once: Temporal limits visibility requests much more tightly than others. */
const MAX_IN_FLIGHT = 16;
/** A question that meets the server's limits is asked again after half to all of this. */
const MAX_PAUSE_MS = 1_000;

type Read = (
  connection: GrpcConnection,
  question: Question,
  signal: AbortSignal,
) => Promise<Sample>;

export function temporalCollector(
  settings: TemporalSettings,
  context: CollectorContext,
): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const questionsFor = questionBuilder(settings);
  const unseen = new Unseen(context, settings['metric-name'], {
    things: settings['task-queue'] === undefined ? 'queries' : 'task queues',
    meaning: 'Temporal answers 0 for any name',
    check: 'the names in it',
  });
  const readOnce = reader(settings, context, unseen);
  const forEach = placesFor<Question>(MAX_IN_FLIGHT, byFirstApp);
  let connection: GrpcConnection | null = null;

  return {
    name: settings['metric-name'],
    type: 'temporal',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      connection ??= openGrpc(connectionOptions(settings), context.userAgent);
      const current = connection;
      const limits = { clock, limitMs, serverName: settings.address };
      const read = patient(readOnce, context, clock.elapsedMs() + limitMs);
      const doubt = new LineDoubt();
      const isInTime = await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        forEach(questionsFor(apps), deadline, async (question) => {
          const sample = await read(current, question, deadline);
          doubt.heard(sample);
          for (const app of question.apps) emitOnce(app, sample);
        }),
      );
      unseen.end();
      if (doubt.isJustified(isInTime)) current.renew();
    },
    async close() {
      const closing = connection;
      connection = null;
      await closing?.close();
    },
  };
}

/**
 * Asks again while the server says that it is asked too much and there is time:
 * by default it counts workflows ten times a second in a namespace, which a fleet passes at once.
 */
function patient(read: Read, { clock, random }: CollectorContext, untilMs: number): Read {
  return async (connection, question, signal) => {
    for (;;) {
      const sample = await read(connection, question, signal);
      if (sample.kind !== 'error' || sample.code !== 'source-rate-limited') return sample;
      const pauseMs = MAX_PAUSE_MS * (0.5 + random.next() / 2);
      if (clock.elapsedMs() + pauseMs >= untilMs) return sample;
      await clock.sleep(pauseMs, signal);
    }
  };
}

/** Reads one number; rejects only with the signal's reason. */
function reader(
  settings: TemporalSettings,
  { clock, takeTurn }: CollectorContext,
  unseen: Unseen,
): Read {
  const key = settings['api-key'];
  const redact = redactor([key, settings['key-data']]);
  const isNamespacePerApp = appTemplate(settings.namespace).isPerApp;
  const failed = (error: unknown, namespace: string): Sample => {
    const status = statusOf(error);
    if (isNamespacePerApp && isNoNamespace(error, namespace))
      return emptySample(settings.default, clock.now());
    const { code, hint } = meaningOf(error);
    const where = status === UNAVAILABLE ? '' : `namespace ${namespace}: `;
    const words = trimmed(redact(wordsOf(error)));
    return errorSample(code, `${settings.address}: ${where}${hint}: ${words}`, clock.now());
  };
  return async (
    connection,
    { namespace, method, requests, read, isKnown, subject, apps },
    signal,
  ) => {
    const metadata = {
      'temporal-namespace': namespace,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const ask = async (request: Buffer): Promise<Buffer> => {
      await takeTurn?.(signal);
      return connection.call(method, request, metadata, signal);
    };
    try {
      const answers = await Promise.all(requests.map(ask));
      const value = answers.reduce((sum, answer) => sum + read(answer), 0);
      for (const app of apps) {
        if (answers.some(isKnown)) unseen.found(app);
        else unseen.missed(app, subject);
      }
      return { kind: 'value', value, atMs: clock.now() };
    } catch (error) {
      signal.throwIfAborted();
      return failed(error, namespace);
    }
  };
}

function connectionOptions(settings: TemporalSettings): GrpcOptions {
  if (!usesTls(settings)) return { address: settings.address, tls: null };
  return {
    address: settings.address,
    tls: tlsOf({ ...settings, 'insecure-skip-verify': false }),
  };
}

import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { byFirstApp, placesFor } from '../shared/pacing/places.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { LineDoubt } from '../shared/pacing/lines.js';
import { openGrpc, type GrpcConnection } from '../shared/grpc/grpc-connection.js';
import { grpcMeaning, statusOf, wordsOf } from '../shared/grpc/grpc-failure.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { tlsOf } from '../shared/http/tls.js';
import { usesTls, type KedaExternalSettings } from './settings.js';
import {
  decodeIsActive,
  decodeMetricValues,
  decodeSpecNames,
  encodeMetricsRequest,
  encodeRef,
  GET_METRIC_SPEC,
  GET_METRICS,
  IS_ACTIVE,
} from './wire.js';
import type { Collector } from '../../seams/collector.js';

/** Scaled objects asked for at once. */
const MAX_IN_FLIGHT = 16;

/** One scaled object, and the apps that it is for. */
interface Question {
  /** An encoded ScaledObjectRef. */
  readonly ref: Buffer;
  /** Null: to be found out. */
  readonly metric: string | null;
  readonly apps: string[];
}

type Send = (method: string, request: Buffer) => Promise<Buffer>;

/** The scaler answered, and not what can be used. */
class BadAnswer extends Error {}

export function kedaExternalCollector(
  settings: KedaExternalSettings,
  context: CollectorContext,
): Collector {
  const { clock, takeTurn } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const questionsFor = questionBuilder(settings);
  const secrets = Object.values(settings.metadata).filter((text) => text.length >= 8);
  const redact = redactor([...secrets, settings['key-data']]);
  const forEach = placesFor<Question>(MAX_IN_FLIGHT, byFirstApp);
  let connection: GrpcConnection | null = null;

  const ask = async (
    current: GrpcConnection,
    question: Question,
    signal: AbortSignal,
  ): Promise<Sample> => {
    const send: Send = async (method, request) => {
      await takeTurn?.(signal);
      return current.call(method, request, {}, signal);
    };
    try {
      const value = await valueOf(question, send);
      if (value === null) return emptySample(settings.default, clock.now());
      const kind = Number.isFinite(value) ? 'value' : 'not-a-number';
      return { kind, value, atMs: clock.now() };
    } catch (error) {
      signal.throwIfAborted();
      const isBad = error instanceof BadAnswer || error instanceof RangeError;
      const { code, hint } = isBad
        ? { code: 'source-bad-answer' as const, hint: 'not understood' }
        : grpcMeaning(statusOf(error));
      const words = trimmed(redact(wordsOf(error)));
      return errorSample(code, `${settings.address}: ${hint}: ${words}`, clock.now());
    }
  };

  return {
    name: settings['metric-name'],
    type: 'keda-external',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      const { address } = settings;
      const tls = usesTls(settings) ? tlsOf(settings) : null;
      connection ??= openGrpc({ address, tls }, context.userAgent);
      const current = connection;
      const limits = { clock, limitMs, serverName: address };
      const doubt = new LineDoubt();
      const isInTime = await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        forEach(questionsFor(apps), deadline, async (question) => {
          const sample = await ask(current, question, deadline);
          doubt.heard(sample);
          for (const app of question.apps) emitOnce(app, sample);
        }),
      );
      if (doubt.isJustified(isInTime)) current.renew();
    },
    async close() {
      const closing = connection;
      connection = null;
      await closing?.close();
    },
  };
}

/** Null: the scaler has no value. An inactive one counts as 0, but only when it has answered for its metric too. */
async function valueOf({ ref, metric }: Question, send: Send): Promise<number | null> {
  const [isActive, name] = await Promise.all([
    send(IS_ACTIVE, ref).then(decodeIsActive),
    metric ?? send(GET_METRIC_SPEC, ref).then(onlyName),
  ]);
  const values = decodeMetricValues(await send(GET_METRICS, encodeMetricsRequest(ref, name)));
  if (!isActive) return 0;
  const [first, ...others] = values;
  if (first === undefined) return null;
  const found = values.find((value) => value.name === name);
  if (found === undefined && others.length > 0) {
    throw new BadAnswer(`GetMetrics gives ${values.length} values, none of ${name}`);
  }
  return (found ?? first).value;
}

function onlyName(spec: Buffer): string {
  const [first, ...others] = decodeSpecNames(spec);
  if (first === undefined || first === '') throw new BadAnswer('GetMetricSpec names no metric');
  if (others.length === 0) return first;
  throw new BadAnswer(`GetMetricSpec names ${[first, ...others].join(', ')}: choose one as metric`);
}

function questionBuilder(
  settings: KedaExternalSettings,
): (apps: readonly string[]) => readonly Question[] {
  const name = appTemplate(settings.name);
  const namespace = appTemplate(settings.namespace);
  const metric = settings.metric === undefined ? null : appTemplate(settings.metric);
  const metadata = Object.entries(settings.metadata).map(
    ([key, text]) => [key, appTemplate(text)] as const,
  );
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const ref = encodeRef({
        name: name.fill(app),
        namespace: namespace.fill(app),
        metadata: Object.fromEntries(metadata.map(([key, text]) => [key, text.fill(app)])),
      });
      const wanted = metric?.fill(app) ?? null;
      const id = `${ref.toString('base64')} ${wanted ?? ''}`;
      const question = questions.get(id) ?? { ref, metric: wanted, apps: [] };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

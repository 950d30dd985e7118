import type { Sample } from '../../core/sample.js';
import type { Collector } from '../../ports.js';
import type { CollectorContext } from '../../schema.js';
import { appTemplate } from '../app-template.js';
import { forEachBounded } from '../bounded.js';
import { collectWithin } from '../collection.js';
import { openGrpc, type GrpcConnection, type GrpcOptions } from '../grpc-connection.js';
import { NOT_FOUND, statusOf, UNAVAILABLE, wordsOf } from '../grpc-failure.js';
import { redactor, trimmed } from '../redact.js';
import { emptySample, errorSample } from '../samples.js';
import { tlsOf } from '../tls.js';
import { meaningOf } from './failure.js';
import { usesTls, type TemporalSettings } from './settings.js';
import { COUNT_METHOD, decodeCountResponse, encodeCountRequest } from './wire.js';

/** Counts in flight at once: Temporal limits visibility requests much more tightly than others. */
const MAX_IN_FLIGHT = 16;

/** One count, and the apps that it is for. */
interface Question {
  readonly namespace: string;
  readonly query: string;
  readonly apps: string[];
}

export function temporalCollector(
  settings: TemporalSettings,
  context: CollectorContext,
): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const questionsFor = questionBuilder(settings);
  const countOne = counter(settings, () => clock.now());
  let connection: GrpcConnection | null = null;

  return {
    name: settings['metric-name'],
    type: 'temporal',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      connection ??= openGrpc(connectionOptions(settings), context.userAgent);
      const current = connection;
      const limits = { clock, limitMs, serverName: settings.address };
      let isSuspect = false;
      const isInTime = await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        forEachBounded(
          questionsFor(apps),
          MAX_IN_FLIGHT,
          deadline,
          async (question) => {
            const sample = await countOne(current, question, deadline);
            if (sample.kind === 'error' && sample.code === 'source-unreachable') isSuspect = true;
            for (const app of question.apps) emitOnce(app, sample);
          },
          context.takeTurn,
        ),
      );
      if (isSuspect || !isInTime) current.renew();
    },
    async close() {
      connection?.close();
      connection = null;
    },
  };
}

/** Counts for one question; rejects only with the signal's reason. */
function counter(
  settings: TemporalSettings,
  now: () => number,
): (connection: GrpcConnection, question: Question, signal: AbortSignal) => Promise<Sample> {
  const key = settings['api-key'];
  const redact = redactor([key]);
  const isNamespacePerApp = appTemplate(settings.namespace).isPerApp;
  return async (connection, { namespace, query }, signal) => {
    const metadata = {
      'temporal-namespace': namespace,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    let answer: Buffer;
    try {
      answer = await connection.call(
        COUNT_METHOD,
        encodeCountRequest(namespace, query),
        metadata,
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      const status = statusOf(error);
      if (status === NOT_FOUND && isNamespacePerApp) return emptySample(settings.default, now());
      const { code, hint } = meaningOf(status);
      const where = status === UNAVAILABLE ? '' : `namespace ${namespace}: `;
      const words = trimmed(redact(wordsOf(error)));
      const message = `${settings.address}: ${where}${hint}: ${words}`;
      return errorSample(code, message, now());
    }
    try {
      return { kind: 'value', value: decodeCountResponse(answer), atMs: now() };
    } catch (error) {
      const message = `${settings.address}: ${wordsOf(error)}`;
      return errorSample('source-bad-answer', message, now());
    }
  };
}

/** As the original does: only running workflows count, whatever the query says. */
function questionBuilder(
  settings: TemporalSettings,
): (apps: readonly string[]) => readonly Question[] {
  const running = 'ExecutionStatus="Running"';
  const namespaces = appTemplate(settings.namespace);
  const queries = appTemplate(
    settings.query === '' ? running : `${running} AND (${settings.query})`,
  );
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const namespace = namespaces.fill(app);
      const query = queries.fill(app);
      const id = JSON.stringify([namespace, query]);
      const question = questions.get(id) ?? { namespace, query, apps: [] };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

function connectionOptions(settings: TemporalSettings): GrpcOptions {
  if (!usesTls(settings)) return { address: settings.address, tls: null };
  return {
    address: settings.address,
    tls: tlsOf({ ...settings, 'insecure-skip-verify': false }),
  };
}

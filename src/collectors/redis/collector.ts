import type { ErrorCode } from '../../core/model/errors.js';
import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { LineDoubt } from '../shared/pacing/lines.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { tlsOf } from '../shared/http/tls.js';
import { Unseen } from '../shared/pacing/unseen.js';
import { openRedis, type Command, type RedisConnection, type RedisServer } from './connection.js';
import { UnreadableAnswer, type Outcome } from './outcome.js';
import { questionBuilder, type Question } from './questions.js';
import { putAll } from './rounds.js';
import { databaseOf, parseUrls, usesTls, type RedisSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

export function redisCollector(settings: RedisSettings, context: CollectorContext): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const server = redisServerOf(settings);
  const serverName = server.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
  const redact = redactor([server.password, server.sentinel?.password, settings['key-data']]);
  const questionsFor = questionBuilder(settings);
  let connection: RedisConnection | null = null;

  const failed = (error: unknown, where: string): Sample => {
    const { code, hint } = meaningOf(error);
    const words = trimmed(redact(error instanceof Error ? error.message : String(error)));
    return errorSample(code, `${serverName}: ${where}${hint}${words}`, clock.now());
  };
  const unseen = new Unseen(context, settings['metric-name'], {
    things: settings.value === 'bullmq' ? 'queues' : 'keys',
    meaning: 'what is not there counts as 0',
    check: 'key, prefix and the number of the database',
  });
  const sampleOf = (outcome: Outcome | Error, key: string): Sample => {
    if (outcome instanceof Error) return failed(outcome, `key ${key}: `);
    if (outcome.kind !== 'number') return emptySample(settings.default, clock.now());
    const { value, warning } = outcome;
    if (!Number.isFinite(value)) return { kind: 'not-a-number', value, atMs: clock.now() };
    const sample: Sample = { kind: 'value', value, atMs: clock.now() };
    return warning === undefined ? sample : { ...sample, warning };
  };
  const note = ({ key, apps }: Question, outcome: Outcome | Error): void => {
    if (outcome instanceof Error) return;
    // What is missing for sure is no number: samples say so by themselves.
    const isNothing = outcome.kind === 'number' && outcome.isNothing === true;
    const isTold = outcome.kind === 'number' && outcome.warning !== undefined;
    if (outcome.kind === 'number' && !isNothing) for (const app of apps) unseen.found(app);
    if (isNothing && !isTold) for (const app of apps) unseen.missed(app, key);
  };

  return {
    name: settings['metric-name'],
    type: 'redis',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      connection ??= openRedis(server);
      const current = connection;
      const questions = questionsFor(apps);
      if (questions.length === 0) return;
      const limits = { clock, limitMs, serverName };
      const doubt = new LineDoubt();
      const isInTime = await collectWithin(
        limits,
        apps,
        emit,
        signal,
        async (emitOnce, deadline) => {
          const run = async (commands: readonly Command[]): Promise<readonly unknown[]> => {
            // All commands are one write.
            await context.takeTurn?.(deadline);
            return current.run(commands, deadline);
          };
          try {
            await putAll(questions, run, (question, outcome) => {
              note(question, outcome);
              const sample = sampleOf(outcome, question.key);
              doubt.heard(sample);
              for (const app of question.apps) emitOnce(app, sample);
            });
          } catch (error) {
            deadline.throwIfAborted();
            const sample = failed(error, '');
            doubt.heard(sample);
            for (const app of apps) emitOnce(app, sample);
          }
        },
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

function redisServerOf(settings: RedisSettings): RedisServer {
  const urls = parseUrls(settings.url);
  const part = (key: 'username' | 'password'): string | undefined => {
    const text = urls.map((url) => url[key]).find((given) => given !== '');
    return settings[key] ?? (text === undefined ? undefined : decodeURIComponent(text));
  };
  const name = settings['sentinel-name'];
  const defaultPort = name === undefined ? 6379 : 26_379;
  return {
    hosts: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? defaultPort : Number(port),
    })),
    username: part('username'),
    password: part('password'),
    database: databaseOf(urls),
    isCluster: settings.cluster,
    sentinel:
      name === undefined
        ? null
        : {
            name,
            username: settings['sentinel-username'],
            password: settings['sentinel-password'],
          },
    tls: usesTls(urls) ? tlsOf(settings) : null,
  };
}

/** There was no answer: what the server says has this name. */
function isLost({ name }: Error): boolean {
  return name !== 'ReplyError';
}

/** Redis begins its errors with a word that says the kind, and Envoy, as a proxy of it, with some; without one there was no answer. */
function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  const { message } = error as Error;
  if (error instanceof UnreadableAnswer) return { code: 'source-query-invalid', hint: '' };
  if (/\b(NOAUTH|WRONGPASS|NOPERM)\b|ERR invalid password|ERR.* AUTH/.test(message)) {
    return { code: 'source-unauthorized', hint: 'the credentials are refused: ' };
  }
  // The driver's own words, of an error without a class: something else listens there.
  if (/^(Unknown RESP type|Protocol error)/.test(message)) {
    return { code: 'source-bad-answer', hint: 'what answers there is no Redis: ' };
  }
  if (isLost(error as Error)) {
    return { code: 'source-unreachable', hint: 'the server cannot be reached: ' };
  }
  if (
    /^(LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|TRYAGAIN|MOVED|ASK|OOM|ERR max number|upstream failure|no upstream host)/.test(
      message,
    )
  ) {
    return { code: 'source-unavailable', hint: 'the server is in trouble: ' };
  }
  return { code: 'source-query-invalid', hint: 'the command is refused: ' };
}

import type { ErrorCode } from '../../core/errors.js';
import type { Sample } from '../../core/sample.js';
import type { Collector } from '../../ports.js';
import type { CollectorContext } from '../../schema.js';
import { collectWithin } from '../collection.js';
import { redactor, trimmed } from '../redact.js';
import { emptySample, errorSample } from '../samples.js';
import { tlsOf } from '../tls.js';
import { openRedis, type RedisConnection, type RedisServer } from './connection.js';
import { questionBuilder, UnreadableAnswer, type Question } from './questions.js';
import { databaseOf, parseUrls, usesTls, type RedisSettings } from './settings.js';

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
  const sampleOf = ({ read, key }: Question, answers: readonly unknown[]): Sample => {
    const error = answers.find((answer) => answer instanceof Error);
    if (error !== undefined && !isNoSuchKey(error)) return failed(error, `key ${key}: `);
    try {
      const value = error === undefined ? read(answers) : null;
      if (value === null) return emptySample(settings.default, clock.now());
      if (Number.isFinite(value)) return { kind: 'value', value, atMs: clock.now() };
      return { kind: 'not-a-number', value, atMs: clock.now() };
    } catch (problem) {
      return failed(problem, `key ${key}: `);
    }
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
      let isSuspect = false;
      const isInTime = await collectWithin(
        limits,
        apps,
        emit,
        signal,
        async (emitOnce, deadline) => {
          let answers: readonly unknown[];
          try {
            const commands = questions.flatMap((question) => question.commands);
            // All commands are one write.
            await context.takeTurn?.(deadline);
            answers = await current.run(commands, deadline);
          } catch (error) {
            deadline.throwIfAborted();
            const sample = failed(error, '');
            for (const app of apps) emitOnce(app, sample);
            return;
          }
          isSuspect = answers.some((answer) => answer instanceof Error && isLost(answer));
          let at = 0;
          for (const question of questions) {
            const sample = sampleOf(question, answers.slice(at, at + question.commands.length));
            at += question.commands.length;
            for (const app of question.apps) emitOnce(app, sample);
          }
        },
      );
      if (isSuspect || !isInTime) current.renew();
    },
    async close() {
      connection?.close();
      connection = null;
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

function isNoSuchKey(error: unknown): boolean {
  return error instanceof Error && error.message === 'ERR no such key';
}

/** There was no answer: what the server says has this name. */
function isLost({ name }: Error): boolean {
  return name !== 'ReplyError';
}

/** Redis begins its errors with a word that says the kind; without one there was no answer. */
function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  const { message } = error as Error;
  if (error instanceof UnreadableAnswer) return { code: 'source-query-invalid', hint: '' };
  if (/\b(NOAUTH|WRONGPASS|NOPERM)\b|ERR invalid password|ERR.* AUTH/.test(message)) {
    return { code: 'source-unauthorized', hint: 'the credentials are refused: ' };
  }
  if (isLost(error as Error)) {
    return { code: 'source-unreachable', hint: 'the server cannot be reached: ' };
  }
  if (
    /^(LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|TRYAGAIN|MOVED|ASK|OOM|ERR max number)/.test(message)
  ) {
    return { code: 'source-unavailable', hint: 'the server is in trouble: ' };
  }
  return { code: 'source-query-invalid', hint: 'the command is refused: ' };
}

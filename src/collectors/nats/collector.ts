import type { Sample } from '../../core/model/sample.js';
import type { Clock } from '../../seams/clock.js';
import type { CollectorContext } from '../../seams/schema.js';
import { breather, type Breathe } from '../../seams/slices.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { byFirstApp, placesFor } from '../shared/pacing/places.js';
import { collectWithin } from '../shared/pacing/collection.js';
import { LineDoubt } from '../shared/pacing/lines.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { tlsOf } from '../shared/http/tls.js';
import { Unseen } from '../shared/pacing/unseen.js';
import { openNats, type NatsLine, type NatsLogin, type NatsServer } from './connection.js';
import { meaningOf } from './failure.js';
import {
  ApiError,
  apiPrefix,
  CONSUMER_NOT_FOUND,
  consumerBacklog,
  STREAM_NOT_FOUND,
  streamMessages,
  type Ask,
} from './jetstream.js';
import { parseCreds, parseUrls, usernameOf, valueOf, type NatsSettings } from './settings.js';
import type { Collector } from '../../seams/collector.js';

/** Requests in flight at once: enough to hide the way there and back, few for the queue of the server's API. */
const MAX_IN_FLIGHT = 64;

/** One number, and the apps that it is for. */
interface Question {
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string | undefined;
  readonly apps: string[];
}

export function natsCollector(settings: NatsSettings, context: CollectorContext): Collector {
  const { clock, takeTurn } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const server = natsServerOf(settings);
  const serverName = server.hosts.join(',');
  const questionsFor = questionBuilder(settings);
  const unseen = new Unseen(context, settings['metric-name'], {
    things: settings.consumer === undefined ? 'subjects' : 'consumers',
    meaning:
      settings.consumer === undefined
        ? 'a subject without messages counts as 0'
        : 'all messages of the stream count',
    check: 'the names',
  });
  const read = reader(settings, {
    serverName,
    login: server.login,
    unseen,
    clock,
  });
  const prefix = apiPrefix(settings.domain);
  const forEach = placesFor<Question>(MAX_IN_FLIGHT, byFirstApp);
  let line: NatsLine | null = null;

  return {
    name: settings['metric-name'],
    type: 'nats',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      line ??= openNats(server, context.userAgent, limitMs);
      const current = line;
      const doubt = new LineDoubt();
      const isInTime = await collectWithin(
        { clock, limitMs, serverName },
        apps,
        emit,
        signal,
        (emitOnce, deadline) =>
          forEach(questionsFor(apps), deadline, async (question) => {
            const ask: Ask = async (subject, body) => {
              await takeTurn?.(deadline);
              return current.request(`${prefix}.${subject}`, body, deadline);
            };
            const sample = await read(ask, question, deadline);
            doubt.heard(sample);
            for (const app of question.apps) emitOnce(app, sample);
          }),
      );
      unseen.end();
      if (doubt.isJustified(isInTime)) current.renew();
    },
    async close() {
      const closing = line;
      line = null;
      await closing?.close();
    },
  };
}

interface ReaderParts {
  readonly serverName: string;
  readonly login: NatsLogin;
  readonly unseen: Unseen;
  readonly clock: Clock;
}

/** Reads one number; rejects only with the signal's reason. */
function reader(
  settings: NatsSettings,
  { serverName, login, unseen, clock }: ReaderParts,
): (ask: Ask, question: Question, signal: AbortSignal) => Promise<Sample> {
  const redact = redactor([...Object.values(login), settings['key-data']]);
  const wanted = valueOf(settings);
  const isStreamPerApp = appTemplate(settings.stream).isPerApp;
  const messagesOf = async (ask: Ask, question: Question, breathe: Breathe): Promise<number> => {
    const messages = await streamMessages(ask, question, breathe);
    const { subject, apps } = question;
    if (subject === undefined) return messages;
    for (const app of apps) {
      if (messages > 0) unseen.found(app);
      else unseen.missed(app, subject);
    }
    return messages;
  };
  const numberOf = async (
    ask: Ask,
    question: Question,
    breathe: Breathe,
  ): Promise<number | null> => {
    try {
      if (wanted === 'messages') return await messagesOf(ask, question, breathe);
      const backlog = await consumerBacklog(ask, question.stream, question.consumer, breathe);
      for (const app of question.apps) unseen.found(app);
      if (wanted === 'pending') return backlog.pending;
      if (wanted === 'ack-pending') return backlog.ackPending;
      return backlog.pending + backlog.ackPending;
    } catch (error) {
      const code = error instanceof ApiError ? error.errorCode : 0;
      if (code === STREAM_NOT_FOUND && isStreamPerApp) return null;
      if (code !== CONSUMER_NOT_FOUND) throw error;
      if (settings['missing-consumer'] === 'empty') return null;
      for (const app of question.apps) unseen.missed(app, question.consumer);
      // Nothing was delivered by a consumer that does not exist.
      return wanted === 'ack-pending' ? 0 : await streamMessages(ask, question, breathe);
    }
  };
  return async (ask, question, signal) => {
    try {
      const value = await numberOf(ask, question, breather(clock, signal));
      if (value === null) return emptySample(settings.default, clock.now());
      return { kind: 'value', value, atMs: clock.now() };
    } catch (error) {
      signal.throwIfAborted();
      const { code, hint } = meaningOf(error);
      const where = error instanceof ApiError ? `stream ${question.stream}: ` : '';
      const words = trimmed(redact(error instanceof Error ? error.message : String(error)));
      return errorSample(code, `${serverName}: ${where}${hint}: ${words}`, clock.now());
    }
  };
}

function questionBuilder(settings: NatsSettings): (apps: readonly string[]) => readonly Question[] {
  const streams = appTemplate(settings.stream);
  const consumers = appTemplate(settings.consumer ?? '');
  const subjects = appTemplate(settings.subject ?? '');
  const hasSubject = settings.subject !== undefined;
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const stream = streams.fill(app);
      const consumer = consumers.fill(app);
      const subject = hasSubject ? subjects.fill(app) : undefined;
      const id = JSON.stringify([stream, consumer, subject]);
      const question = questions.get(id) ?? { stream, consumer, subject, apps: [] };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

function natsServerOf(settings: NatsSettings): NatsServer {
  const urls = parseUrls(settings.url);
  const tls = tlsOf(settings);
  const isGiven = [tls.ca, tls.cert, tls.serverName].some((value) => value !== undefined);
  const insists = urls[0]?.protocol === 'tls:' || tls.isInsecure === true || isGiven;
  const isFirst = settings['tls-first'];
  return {
    hosts: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? '4222' : port}`),
    login: loginOf(settings),
    tls: insists || isFirst ? { ...tls, isFirst } : null,
  };
}

function loginOf(settings: NatsSettings): NatsLogin {
  const { jwt, token, 'nkey-seed': seed } = settings;
  const creds = parseCreds(settings.creds ?? '');
  if (creds !== null) return { kind: 'jwt', ...creds };
  if (jwt !== undefined) return { kind: 'jwt', jwt, seed };
  if (seed !== undefined) return { kind: 'nkey', seed };
  if (token !== undefined) return { kind: 'token', token };
  const username = usernameOf(settings);
  if (username === '') return { kind: 'nobody' };
  const inUrl = parseUrls(settings.url).find((url) => url.password !== '')?.password;
  const password =
    settings.password ?? (inUrl === undefined ? undefined : decodeURIComponent(inUrl));
  // As in all clients of NATS: a user without a password is a token.
  return password === undefined
    ? { kind: 'token', token: username }
    : { kind: 'user', username, password };
}

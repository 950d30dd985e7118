import type { Sample } from '../../core/model/sample.js';
import type { CollectorContext } from '../../seams/schema.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { collectWithin } from '../shared/pacing/collection.js';
import type { Line } from '../shared/pacing/lines.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { tlsOf } from '../shared/http/tls.js';
import { Unseen } from '../shared/pacing/unseen.js';
import type { KafkaLogin } from './broker.js';
import { BadAnswer } from './bytes.js';
import { openCluster, type KafkaCluster, type KafkaServer } from './cluster.js';
import { KafkaError, meaningOf, UNKNOWN_TOPIC } from './failure.js';
import { commitsOf, indexGroups, indexOffsets, lagOf, type Facts } from './lag.js';
import { EARLIEST, LATEST, type Topic } from './messages.js';
import { usesTls, valueOf, type KafkaSettings } from './settings.js';
import { topicFinder } from './topic-finder.js';
import type { Collector } from '../../seams/collector.js';

/** One number, and the apps that it is for. */
interface Question {
  readonly topics: readonly string[];
  readonly groups: readonly string[];
  readonly apps: string[];
}

export function kafkaCollector(settings: KafkaSettings, context: CollectorContext): Collector {
  const { clock, takeTurn } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const server = kafkaServerOf(settings, context.userAgent);
  const serverName = server.addresses.join(',');
  const redact = redactor([settings.password, settings['key-data']]);
  const questionsFor = questionBuilder(settings);
  const isTopicPerApp = settings.topics.some((topic) => appTemplate(topic).isPerApp);
  const unseen = new Unseen(context, settings['metric-name'], {
    things: 'groups',
    meaning: `what is not committed counts as uncommitted: ${settings.uncommitted} says`,
    check: 'the names of groups and topics',
  });
  let cluster: Line<KafkaCluster> | null = null;

  const failed = (error: unknown): Sample => {
    const { code, hint } = meaningOf(error);
    const words = trimmed(redact(error instanceof Error ? error.message : String(error)));
    return errorSample(code, `${serverName}: ${hint}: ${words}`, clock.now());
  };
  /** What each question is worth; throws what concerns all of them. */
  const answer = async (
    current: KafkaCluster,
    questions: readonly Question[],
    signal: AbortSignal,
  ): Promise<(question: Question) => Sample> => {
    const names = questions.flatMap(({ topics }) => topics);
    const hasPattern = names.some((name) => name.includes('*'));
    await takeTurn?.(signal);
    const all = await current.topics(hasPattern ? null : [...new Set(names)], signal);
    const find = topicFinder(all);
    const wanted = valueOf(settings);
    const heard = new Set(all.map(({ name }) => name));
    const topics = [...new Set(questions.flatMap((question) => find(question.topics).found))];
    const facts = wanted === 'lag' ? await factsOf(current, topics, questions, signal) : null;
    return (question) => {
      const { found, missing } = find(question.topics);
      const unheard = question.topics.find((name) => !hasPattern && !heard.has(name));
      if (unheard !== undefined) throw new BadAnswer(`no answer for topic ${unheard}`);
      const refused = found.find(({ errorCode }) => errorCode !== 0);
      if (refused !== undefined) throw new KafkaError(refused.errorCode, refused.name);
      const bare = found.find(({ partitions }) => partitions.length === 0);
      if (bare !== undefined) throw new BadAnswer(`topic ${bare.name} has no partitions`);
      if (missing !== undefined && !isTopicPerApp) throw new KafkaError(UNKNOWN_TOPIC, missing);
      if (found.length === 0) return emptySample(settings.default, clock.now());
      if (facts !== null) return lagSample(question, found, facts);
      const value = found.reduce((sum, { partitions }) => sum + partitions.length, 0);
      return { kind: 'value', value, atMs: clock.now() };
    };
  };
  const lagSample = (question: Question, found: readonly Topic[], facts: Facts): Sample => {
    const { groups, apps } = question;
    const value = lagOf(found, groups, settings.uncommitted, facts);
    const { isAny, remark } = commitsOf(found, groups, facts);
    for (const app of apps) {
      if (isAny) unseen.found(app);
      else unseen.missed(app, groups.join(', '));
    }
    const sample: Sample = { kind: 'value', value, atMs: clock.now() };
    return remark === null ? sample : { ...sample, warning: trimmed(redact(remark)) };
  };
  const factsOf = async (
    current: KafkaCluster,
    topics: readonly Topic[],
    questions: readonly Question[],
    signal: AbortSignal,
  ): Promise<Facts> => {
    const groups = [...new Set(questions.flatMap((question) => question.groups))];
    const inTurn = async <T>(ask: () => Promise<T>): Promise<T> => {
      await takeTurn?.(signal);
      return ask();
    };
    const [earliest, committed] = await Promise.all([
      inTurn(() => current.offsets(topics, EARLIEST, clock, signal)),
      inTurn(() => current.committed(groups, clock, signal)),
    ]);
    // After the commits: else what was consumed meanwhile would look like a commit beyond the end.
    const latest = await inTurn(() => current.offsets(topics, LATEST, clock, signal));
    return {
      earliest: indexOffsets(earliest),
      latest: indexOffsets(latest),
      groups: indexGroups(committed),
    };
  };

  return {
    name: settings['metric-name'],
    type: 'kafka',
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      cluster ??= openCluster(server);
      const current = cluster;
      const questions = questionsFor(apps);
      if (questions.length === 0) return;
      const isInTime = await collectWithin(
        { clock, limitMs, serverName },
        apps,
        emit,
        signal,
        async (emitOnce, deadline) => {
          let sampleOf: (question: Question) => Sample;
          try {
            sampleOf = await current.use((connections) => answer(connections, questions, deadline));
          } catch (error) {
            deadline.throwIfAborted();
            sampleOf = () => failed(error);
          }
          for (const question of questions) {
            const sample = attempt(() => sampleOf(question), failed);
            for (const app of question.apps) emitOnce(app, sample);
          }
        },
      );
      unseen.end();
      if (!isInTime) current.renew();
    },
    async close() {
      const closing = cluster;
      cluster = null;
      await closing?.close();
    },
  };
}

function attempt(work: () => Sample, failed: (error: unknown) => Sample): Sample {
  try {
    return work();
  } catch (error) {
    return failed(error);
  }
}

function questionBuilder(
  settings: KafkaSettings,
): (apps: readonly string[]) => readonly Question[] {
  const topics = settings.topics.map(appTemplate);
  const groups = settings.groups.map(appTemplate);
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const filled = {
        topics: [...new Set(topics.map((topic) => topic.fill(app)))],
        groups: [...new Set(groups.map((group) => group.fill(app)))],
      };
      const id = JSON.stringify(filled);
      const question = questions.get(id) ?? { ...filled, apps: [] };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

function kafkaServerOf(settings: KafkaSettings, userAgent: string): KafkaServer {
  const { username, password, sasl = 'plain' } = settings;
  return {
    addresses: settings.brokers,
    clientId: userAgent,
    tls: usesTls(settings) ? tlsOf(settings) : null,
    login:
      username === undefined || password === undefined
        ? null
        : { mechanism: MECHANISMS[sasl], username, password },
  };
}

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const satisfies Readonly<Record<string, KafkaLogin['mechanism']>>;

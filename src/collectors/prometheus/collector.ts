import { appMatcher } from '../../core/model/policy.js';
import type { Sample } from '../../core/model/sample.js';
import type { Clock } from '../../seams/clock.js';
import type { HttpConnection } from '../../seams/http.js';
import type { CollectorContext } from '../../seams/schema.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { collectWithin, tellEach, type Emit } from '../shared/pacing/collection.js';
import { byFirstApp, placesFor } from '../shared/pacing/places.js';
import { errorSample } from '../shared/samples/samples.js';
import { spreadTurns } from '../shared/pacing/spread.js';
import { prometheusServer, type Server } from './ask.js';
import { breather } from '../../seams/slices.js';
import { tlsOf } from '../shared/http/tls.js';
import { fleetAsker, type FleetOutcome, type Read } from './fleet.js';
import { instanceSamples, type InstanceReading } from './instances.js';
import { judge } from './judge.js';
import { timestampQuery } from './max-age.js';
import { appRegex } from './plan/app-regex.js';
import { questionsFor, type Question, type QueryTemplates } from './questions.js';
import type { PrometheusSettings } from './settings.js';
import { Suspects } from './suspects.js';
import { withFirst } from './interpret.js';
import { checkQuery } from './syntax.js';
import { describeWay, wayOf, type Way } from './way.js';
import type { Collector } from '../../seams/collector.js';

/** Queries in flight at once: enough for a fleet, few enough that a server with 16 slots queues rather than refuses. */
const MAX_IN_FLIGHT = 32;
/** How long a fleet's query that the server refused is not tried again. */
const REFUSED_MS = 5 * 60_000;

/** Emits for each app. */
type Work = (
  server: Server,
  apps: readonly string[],
  emit: Emit,
  signal: AbortSignal,
) => Promise<void>;

export function prometheusCollector(
  settings: PrometheusSettings,
  context: CollectorContext,
): Collector {
  const { clock } = context;
  const name = settings['metric-name'];
  const limitMs = settings.timeout ?? context.timeoutMs;
  const way = wayOf(settings, appRegex(context.appPatterns));
  const fleet = way.kind === 'fleet' ? forFleet(way, settings, context) : null;
  const work = fleet?.work ?? oneByOne(settings, context);
  warnAboutQuery(settings, context);
  let connection: HttpConnection | null = null;
  let server: Server | null = null;

  const connected = (): Server => {
    connection ??= context.connect({ tls: tlsOf(settings), maxConnections: MAX_IN_FLIGHT });
    server ??= prometheusServer(settings, connection.request, context);
    return server;
  };

  return {
    name,
    type: 'prometheus',
    describe() {
      const why = fleet?.whyAlone() ?? null;
      return why === null ? describeWay(way, settings) : { way: 'per-app', why };
    },
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      const server = connected();
      const limits = { clock, limitMs, serverName: server.name };
      await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
        apps.length === 0 ? Promise.resolve() : work(server, apps, emitOnce, deadline),
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

/** One question for each text; a query that mentions no app is one. */
function oneByOne(settings: PrometheusSettings, context: CollectorContext): Work {
  const { clock } = context;
  const templates = templatesOf(settings);
  const forEach = placesFor<Question>(MAX_IN_FLIGHT, byFirstApp);
  return async (server, apps, emit, signal) => {
    const questions = questionsFor(templates, apps);
    const takeTurn = spreadTurns(context, questions.length);
    const answer = async (question: Question): Promise<void> => {
      const sampleOf =
        settings.per === 'instance'
          ? await instancesFor(server, question, settings, clock, signal)
          : await sampleFor(server, question, settings, clock, signal);
      await tellEach({ apps: question.apps, clock, signal }, (app) => emit(app, sampleOf(app)));
    };
    await forEach(questions, signal, answer, takeTurn);
  };
}

interface ForFleet {
  readonly work: Work;
  /** Why each app is asked for alone for the time being; null when that is not so. */
  readonly whyAlone: () => string | null;
}

/** One question for the fleet, as long as the server takes it. */
function forFleet(
  way: Extract<Way, { kind: 'fleet' }>,
  settings: PrometheusSettings,
  context: CollectorContext,
): ForFleet {
  const { clock, intervalMs, appPatterns, recall = (_, make) => make() } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const fleetLimitMs = Math.min(limitMs, (intervalMs ?? Number.POSITIVE_INFINITY) / 2);
  const isPerInstance = settings.per === 'instance';
  const read: Read = isPerInstance
    ? async (app, answer, _, breathe) =>
        (await instanceSamples(answer, readingOf(settings, false), clock.now(), breathe))(app)
    : async (_, answer, age, breathe) =>
        judge(await withFirst(answer, settings.series, breathe), age, settings, clock.now());
  const askFleet = fleetAsker(way, read, {
    clock,
    limitMs: fleetLimitMs,
    // An instance without a value counts as busy: what is lost takes nothing away.
    suspects: isPerInstance ? null : recall('suspects', () => new Suspects(clock)),
  });
  const askEach = oneByOne(settings, context);
  const isFixed = settings['fleet-query'] === 'always' || settings['app-label'] !== undefined;
  const isCovered =
    isFixed || appPatterns === undefined
      ? () => true
      : appMatcher({ include: appPatterns, exclude: [] });
  let refused = { why: '', untilMs: Number.NEGATIVE_INFINITY };
  const whyAlone = (): string | null => (clock.elapsedMs() < refused.untilMs ? refused.why : null);

  const work: Work = async (server, apps, emit, signal) => {
    // For one app alone its own query is the cheaper one.
    const isForFleet = isFixed || (apps.length > 1 && whyAlone() === null);
    const covered = isForFleet ? apps.filter(isCovered) : [];
    const others =
      covered.length === apps.length ? [] : apps.filter((app) => !isForFleet || !isCovered(app));
    const outcome: FleetOutcome =
      covered.length === 0
        ? { kind: 'told', alone: [] }
        : await askFleet(server, covered, emit, signal);
    if (outcome.kind === 'refused' && isFixed) {
      const { code, message } = outcome.failure;
      const sample = errorSample(code, message, clock.now());
      for (const app of covered) emit(app, sample);
    } else if (outcome.kind === 'refused') {
      const why = `the query for the fleet is refused: ${outcome.failure.message}`;
      refused = { why, untilMs: clock.elapsedMs() + REFUSED_MS };
      context.warn(`${why}; each app is asked for alone`, { metric: settings['metric-name'] });
    }
    const isRefused = outcome.kind === 'refused';
    const alone = isRefused ? (isFixed ? others : apps) : [...others, ...outcome.alone];
    if (alone.length > 0) await askEach(server, alone, emit, signal);
  };
  return { work, whyAlone };
}

/** Rejects only with the signal's reason. */
async function sampleFor(
  server: Server,
  question: Question,
  settings: PrometheusSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<SampleOf> {
  const [value, timestamps] = await Promise.all([
    server.ask(question.query, signal),
    question.timestampQuery === null ? null : server.ask(question.timestampQuery, signal),
  ]);
  const named = await withFirst(value, settings.series, breather(clock, signal));
  const sample = judge(named, timestamps, settings, clock.now());
  return () => sample;
}

async function instancesFor(
  server: Server,
  { query }: Question,
  settings: PrometheusSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<SampleOf> {
  const isForMany = !appTemplate(settings.query).isPerApp;
  const answer = await server.ask(query, signal);
  const how = readingOf(settings, isForMany);
  return instanceSamples(answer, how, clock.now(), breather(clock, signal));
}

function readingOf(settings: PrometheusSettings, isForMany: boolean): InstanceReading {
  return { label: settings['instance-label'], rule: settings.series, isForMany };
}

type SampleOf = (app: string) => Sample;

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

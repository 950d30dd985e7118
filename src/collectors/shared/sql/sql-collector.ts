/** The collector of SQL servers; what differs between them is in its driver. */
import type { ErrorCode } from '../../../core/model/errors.js';
import type { Sample } from '../../../core/model/sample.js';
import type { CollectorContext } from '../../../seams/schema.js';
import { placesFor } from '../pacing/places.js';
import { collectWithin, tellEach } from '../pacing/collection.js';
import { redactor, trimmed } from '../http/redact.js';
import { errorSample } from '../samples/samples.js';
import { openSqlPool, type SqlAnswer, type SqlConnect, type SqlPool } from './sql-pool.js';
import { readRows, strangerIn, type RowsMeaning } from './sql-rows.js';
import {
  printableServer,
  sqlServerOf,
  type SqlFlavour,
  type SqlServer,
  type SqlSettings,
} from './sql-server.js';
import { sqlTemplate } from './sql-template.js';
import type { Collector } from '../../../seams/collector.js';

export interface SqlDriver extends SqlFlavour {
  /** As in the configuration. */
  readonly type: string;
  /** Loads the driver's package when it is called. */
  connect(server: SqlServer): SqlConnect;
  /** What an error of the driver stands for. */
  meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string };
}

/** More than the connections of a pool, so that none waits for the loop. */
const MAX_IN_FLIGHT = 8;

export function sqlCollector(
  settings: SqlSettings,
  context: CollectorContext,
  driver: SqlDriver,
): Collector {
  const { clock } = context;
  const limitMs = settings.timeout ?? context.timeoutMs;
  const server = sqlServerOf(settings, driver);
  const serverName = printableServer(server);
  const query = sqlTemplate(settings.query, driver.dialect);
  const redact = redactor([server.password, settings['key-data']]);
  const meaning: RowsMeaning = {
    appColumn: settings['app-column'],
    timeColumn: settings['time-column'],
    maxAgeMs: settings['max-age'],
    defaultValue: settings.default,
    serverName,
  };
  const forEach = placesFor<readonly string[]>(MAX_IN_FLIGHT, ([app = '']) => app);
  let pool: SqlPool | null = null;
  let areNamesJudged = false;

  /** A query that names the apps wrongly looks like one that has nothing of them: a person is asked to look, once. */
  const lookForStrangers = (answer: SqlAnswer, apps: readonly string[]): void => {
    if (areNamesJudged || meaning.appColumn === undefined || answer.rows.length === 0) return;
    areNamesJudged = true;
    const stranger = strangerIn(answer, meaning, apps);
    if (stranger === null) return;
    const [app = ''] = apps;
    const message = `the query gives ${answer.rows.length} rows, such as one of ${stranger}, and none of them is of any of ${apps.length} apps, such as ${app}: is ${meaning.appColumn} the name of the app at Fly?`;
    context.warn(redact(message), { metric: settings['metric-name'], app });
  };
  const read = async (
    current: SqlPool,
    group: readonly string[],
    signal: AbortSignal,
  ): Promise<(app: string) => Sample> => {
    const [first = ''] = group;
    const values = Array<string>(query.parameterCount).fill(first);
    try {
      const answer = await current.use(signal, (connection) =>
        connection.query(query.text, values, limitMs),
      );
      lookForStrangers(answer, group);
      return readRows(answer, meaning, clock.now());
    } catch (error) {
      signal.throwIfAborted();
      const { code, hint } = driver.meaningOf(error);
      const words = trimmed(redact(wordsOf(error)));
      const sample = errorSample(code, `${serverName}: ${hint}: ${words}`, clock.now());
      return () => sample;
    }
  };

  return {
    name: settings['metric-name'],
    type: driver.type,
    async collect(apps, emit, signal) {
      signal.throwIfAborted();
      pool ??= openSqlPool(JSON.stringify([driver.type, server]), driver.connect(server));
      const current = pool;
      const one = apps.length === 0 ? [] : [apps];
      const groups = query.parameterCount === 0 ? one : [...new Set(apps)].map((app) => [app]);
      await collectWithin(
        { clock, limitMs, serverName },
        apps,
        emit,
        signal,
        (emitOnce, deadline) =>
          forEach(
            groups,
            deadline,
            async (group) => {
              const sampleOf = await read(current, group, deadline);
              await tellEach({ apps: group, clock, signal: deadline }, (app) =>
                emitOnce(app, sampleOf(app)),
              );
            },
            context.takeTurn,
          ),
      );
    },
    async close() {
      pool?.close();
      pool = null;
    },
  };
}

/** Where a name has several addresses, the message is empty and the code says it. */
function wordsOf(error: unknown): string {
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' ? code : String(error);
}

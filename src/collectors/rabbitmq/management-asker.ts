/** Asks the management API: one queue by its name, several by the list of their vhost. */
import type { HttpResponse } from '../../seams/http.js';
import type { CollectorContext } from '../../seams/schema.js';
import { breather, inSlices } from '../../seams/slices.js';
import { placesFor } from '../shared/pacing/places.js';
import { refusalOfError } from '../shared/http/http-refusal.js';
import { columnsFor, listProblem, readList, readQueue } from './queue-stats.js';
import type { Asker, Queue, Reading, Refusal } from './reading.js';
import type { RabbitmqServer, RabbitmqSettings } from './settings.js';

/** Requests in flight at once. */
const MAX_IN_FLIGHT = 8;

export function managementAsker(
  server: RabbitmqServer,
  count: RabbitmqSettings['count'],
  context: CollectorContext,
): Asker {
  const connection = context.connect({
    ...(server.tls === null ? {} : { tls: server.tls }),
    maxConnections: MAX_IN_FLIGHT,
  });
  const basic = Buffer.from(`${server.username}:${server.password}`).toString('base64');
  const headers = {
    accept: 'application/json',
    authorization: `Basic ${basic}`,
    'user-agent': context.userAgent,
  };
  const forEach = placesFor<[vhost: string, Queue[]]>(MAX_IN_FLIGHT, ([vhost]) => vhost);
  const columns = `columns=${columnsFor(count)}`;

  const get = async (
    path: readonly string[],
    query: string,
    signal: AbortSignal,
  ): Promise<HttpResponse | Refusal> => {
    const url = `${server.apiUrl}/api/queues/${path.map(encodeURIComponent).join('/')}?${query}`;
    try {
      return await connection.request({ method: 'GET', url, headers }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return refusalOfError(error);
    }
  };
  const askQueue = async ({ vhost, name }: Queue, signal: AbortSignal): Promise<Reading> => {
    const answer = await get([vhost, name], columns, signal);
    if ('kind' in answer) return answer;
    const breathe = breather(context.clock, signal);
    const reading = await readQueue(answer, { name, count, breathe });
    if (reading.kind !== 'missing') return reading;
    // The vhost may be what is missing: the server says the same of both.
    const list = await get([vhost], 'page=1&page_size=1&columns=name', signal);
    return 'kind' in list ? list : ((await listProblem(list, breathe)) ?? reading);
  };
  const askVhost = async (
    vhost: string,
    queues: readonly Queue[],
    signal: AbortSignal,
  ): Promise<(queue: Queue) => Reading> => {
    const [only] = queues;
    if (queues.length === 1 && only !== undefined) {
      const reading = await askQueue(only, signal);
      return () => reading;
    }
    const answer = await get([vhost], columns, signal);
    if ('kind' in answer) return () => answer;
    const breathe = breather(context.clock, signal);
    const read = await readList(answer, { count, breathe });
    return ({ name }) => read(name);
  };

  return {
    async ask(queues, tell, signal) {
      const byVhost = new Map<string, Queue[]>();
      for (const queue of queues) {
        const known = byVhost.get(queue.vhost);
        if (known === undefined) byVhost.set(queue.vhost, [queue]);
        else known.push(queue);
      }
      await forEach([...byVhost], signal, async ([vhost, members]) => {
        const read = await askVhost(vhost, members, signal);
        await inSlices(members, breather(context.clock, signal), (queue) =>
          tell(queue, read(queue)),
        );
      });
    },
    renew: () => undefined,
    close: () => connection.close(),
  };
}

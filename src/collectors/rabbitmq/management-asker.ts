/** Asks the management API: one queue by its name, several by the list of their vhost. */
import { z } from 'zod';
import type { HttpResponse } from '../../http.js';
import type { CollectorContext } from '../../schema.js';
import { placesFor } from '../places.js';
import { refusalOfError, statusMeaning } from '../http-refusal.js';
import { refusal, type Asker, type Queue, type Reading, type Refusal } from './reading.js';
import type { RabbitmqServer, RabbitmqSettings } from './settings.js';

/** Requests in flight at once. */
const MAX_IN_FLIGHT = 8;

/** Counts are absent for a queue that the server has not looked at yet, and the rate where nothing was ever published. */
const queueShape = z.object({
  name: z.string(),
  messages_ready: z.number().optional(),
  messages_unacknowledged: z.number().optional(),
  message_stats: z
    .object({ publish_details: z.object({ rate: z.number() }).optional() })
    .optional(),
});

type QueueStats = z.output<typeof queueShape>;

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

  const askVhost = async (
    vhost: string,
    queues: readonly Queue[],
    signal: AbortSignal,
  ): Promise<(queue: Queue) => Reading> => {
    const [only] = queues;
    const name = queues.length === 1 && only !== undefined ? only.name : null;
    const path = [vhost, ...(name === null ? [] : [name])].map(encodeURIComponent).join('/');
    const url = `${server.apiUrl}/api/queues/${path}?${columns}`;
    let answer: HttpResponse;
    try {
      answer = await connection.request({ method: 'GET', url, headers }, signal);
    } catch (error) {
      signal.throwIfAborted();
      const refused = refusalOfError(error);
      return () => refused;
    }
    if (answer.status === 404) return () => ({ kind: 'missing' });
    const stats = statsIn(answer);
    if ('kind' in stats) return () => stats;
    const byName = new Map(stats.map((queue) => [queue.name, queue]));
    return (queue) => readingOf(byName.get(queue.name), count);
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
        for (const queue of members) tell(queue, read(queue));
      });
    },
    renew: () => undefined,
    close: () => connection.close(),
  };
}

function columnsFor(count: RabbitmqSettings['count']): string {
  const columns = {
    ready: ['messages_ready'],
    unacked: ['messages_unacknowledged'],
    both: ['messages_ready', 'messages_unacknowledged'],
    rate: ['message_stats.publish_details.rate', 'messages_ready'],
  };
  return ['name', ...columns[count]].join(',');
}

function readingOf(stats: QueueStats | undefined, count: RabbitmqSettings['count']): Reading {
  if (stats === undefined) return { kind: 'missing' };
  const ready = stats.messages_ready;
  const unacked = stats.messages_unacknowledged;
  const sum = ready === undefined || unacked === undefined ? undefined : ready + unacked;
  const rate = ready === undefined ? undefined : (stats.message_stats?.publish_details?.rate ?? 0);
  const value = { ready, unacked, both: sum, rate }[count];
  if (value !== undefined) return { kind: 'number', value };
  return refusal('source-partial', `queue ${stats.name}: the server has no statistics of it yet`);
}

function statsIn({ status, body }: HttpResponse): readonly QueueStats[] | Refusal {
  if (status !== 200) {
    const { code, hint } = meaningOf(status);
    return refusal(code, `HTTP ${status}: ${hint}: ${body.includes('<') ? '' : body}`);
  }
  try {
    const json: unknown = JSON.parse(body);
    return z.array(queueShape).parse(Array.isArray(json) ? json : [json]);
  } catch {
    return refusal('source-bad-answer', 'the answer is not a list of queues');
  }
}

function meaningOf(status: number): ReturnType<typeof statusMeaning> {
  const { code, hint } = statusMeaning(status);
  if (code === 'source-unauthorized')
    return { code, hint: `${hint}, or the user lacks the tag management` };
  if (code === 'source-query-invalid' || code === 'source-bad-answer')
    return { code: 'source-bad-answer', hint: 'no management API at this address' };
  return { code, hint };
}

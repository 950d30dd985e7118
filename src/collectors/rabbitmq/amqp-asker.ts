/** Asks by AMQP 0-9-1: a passive declare answers with the number of ready messages. */
import type { CollectorContext } from '../../seams/schema.js';
import { placesFor } from '../shared/pacing/places.js';
import { openAmqp, type AmqpConnection } from './amqp-connection.js';
import { refusalOf } from './amqp-failure.js';
import type { Asker, Queue } from './reading.js';
import type { RabbitmqServer } from './settings.js';

/** Declares under way at once, each on a channel of its own: a queue that is missing costs its channel. */
const MAX_IN_FLIGHT = 8;

export function amqpAsker(server: RabbitmqServer, context: CollectorContext): Asker {
  const forEach = placesFor<Queue>(MAX_IN_FLIGHT, ({ vhost, name }) => `${vhost} ${name}`);
  const connections = new Map<string, AmqpConnection>();
  const connectionTo = (vhost: string): AmqpConnection => {
    const known = connections.get(vhost);
    if (known !== undefined) return known;
    const connection = openAmqp({ ...server, vhost }, context.clock);
    connections.set(vhost, connection);
    return connection;
  };
  /** Vhosts of apps that are gone must not keep their connections. */
  const closeOthers = (queues: readonly Queue[]): void => {
    if (connections.size < 2) return;
    const used = new Set(queues.map(({ vhost }) => vhost));
    for (const [vhost, connection] of connections) {
      if (used.has(vhost)) continue;
      connections.delete(vhost);
      void connection.close();
    }
  };

  return {
    async ask(queues, tell, signal) {
      closeOthers(queues);
      await forEach(
        queues,
        signal,
        async (queue) => {
          try {
            const count = await connectionTo(queue.vhost).countReady(queue.name, signal);
            tell(queue, count === null ? { kind: 'missing' } : { kind: 'number', value: count });
          } catch (error) {
            signal.throwIfAborted();
            tell(queue, refusalOf(error, queue));
          }
        },
        context.takeTurn,
      );
    },
    renew() {
      for (const connection of connections.values()) connection.renew();
    },
    async close() {
      const closing = [...connections.values()];
      connections.clear();
      await Promise.all(closing.map((connection) => connection.close()));
    },
  };
}

/**
 * A collector of one's own: jobs that wait in beanstalkd, in a tube for each app.
 *
 *   metric-collectors:
 *     - type: module
 *       metric-name: queue_depth
 *       path: ./beanstalkd.js
 *       options:
 *         host: beanstalkd.internal
 *       default: 0
 */
import { connect } from 'node:net';

/** Called once, at the first collection, with the texts of `options`. */
export function createCollector({ host = '127.0.0.1', port = '11300' }) {
  return {
    /** Calls `emit` for each app: a number, null when there is none, or an Error. What it throws goes to all apps that heard nothing. */
    async collect(apps, emit, signal) {
      // `signal` aborts at the deadline and when the program ends: the socket then closes by itself.
      const socket = connect({ host, port: Number(port), signal });
      try {
        // All questions at once: one round trip for the whole fleet.
        socket.write(apps.map((app) => `stats-tube ${app}\r\n`).join(''));
        const answers = readAnswers(socket);
        for (const app of apps) {
          const { value: stats } = await answers.next();
          if (stats === undefined) throw new Error('beanstalkd ended the connection');
          const ready = /^current-jobs-ready: (\d+)$/m.exec(stats);
          // A tube without jobs does not exist: null is nothing, or `default`.
          emit(app, ready === null ? null : Number(ready[1]));
        }
      } finally {
        socket.destroy();
      }
    },

    /** Called when the program ends. Here no connection is kept. */
    async close() {},
  };
}

/** "OK <bytes>" and so many bytes, or a line such as NOT_FOUND; each ends with a line break. */
async function* readAnswers(socket) {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    text += chunk;
    for (;;) {
      const head = /^([A-Z_]+)(?: (\d+))?\r\n/.exec(text);
      if (head === null) break;
      const size = head[2] === undefined ? 0 : Number(head[2]) + 2;
      if (text.length < head[0].length + size) break;
      yield text.slice(head[0].length, head[0].length + size);
      text = text.slice(head[0].length + size);
    }
  }
}

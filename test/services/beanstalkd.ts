import { connect } from 'node:net';
import { freePort } from '../../src/testing/free-port.js';
import { startServer, type RunningServer } from './start-server.js';

export interface BeanstalkdServer extends RunningServer {
  readonly port: number;
  put(tube: string, count: number): Promise<void>;
  /** Takes jobs and deletes them. */
  take(tube: string, count: number): Promise<void>;
}

/** Debian package `beanstalkd`. */
export async function startBeanstalkd(): Promise<BeanstalkdServer> {
  const port = await freePort();
  const server = await startServer({
    command: 'beanstalkd',
    args: () => ['-l', '127.0.0.1', '-p', String(port)],
    isReady: async () => (await talk(port, 'list-tubes\r\n', /OK/)) !== '',
  });
  return {
    ...server,
    port,
    async put(tube, count) {
      const jobs = 'put 0 0 60 1\r\nx\r\n'.repeat(count);
      await talk(port, `use ${tube}\r\n${jobs}`, new RegExp(`(INSERTED \\d+\\r\\n){${count}}$`));
    },
    async take(tube, count) {
      for (let taken = 0; taken < count; taken += 1) {
        const text = await talk(port, `use ${tube}\r\npeek-ready\r\n`, /FOUND .*\r\n/);
        const id = /FOUND (\d+)/.exec(text)?.[1];
        if (id !== undefined) await talk(port, `delete ${id}\r\n`, /\r\n/);
      }
    },
  };
}

/** Sends, and resolves once the answers look like this. */
function talk(port: number, commands: string, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let answers = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(commands));
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`beanstalkd ended: ${answers}`)));
    socket.on('data', (chunk) => {
      answers += chunk;
      if (!wanted.test(answers)) return;
      resolve(answers);
      socket.destroy();
    });
  });
}

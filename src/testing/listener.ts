import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** A TCP server that comes and goes on a port that stays the same. */
export interface Listener {
  readonly port: number;
  readonly openConnections: number;
  /** Connections accepted so far. */
  readonly connectionsTaken: number;
  start(): Promise<void>;
  /** Breaks what is open. */
  stop(): Promise<void>;
}

/** Not started; its port is known. `serve` is told of each connection. */
export async function openListener(serve: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  const port = await freePort();
  let connectionsTaken = 0;
  const listener: Listener = {
    port,
    get openConnections() {
      return sockets.size;
    },
    get connectionsTaken() {
      return connectionsTaken;
    },
    async start() {
      const listening = createServer((socket) => {
        connectionsTaken += 1;
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => undefined);
        serve(socket);
      });
      await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve));
      server = listening;
    },
    async stop() {
      const stopping = server;
      server = null;
      if (stopping === null) return;
      const closed = new Promise((resolve) => stopping.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return listener;
}

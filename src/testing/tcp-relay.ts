import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  readonly openConnections: number;
  readonly connectionsTaken: number;
  /** Finds a port that stays the same. */
  reserve(): Promise<void>;
  start(targetPort: number): Promise<void>;
  stop(): Promise<void>;
}

/** Stands in front of a server that neither counts nor breaks its connections, on a port that stays the same. */
export function tcpRelay(): Relay {
  const sockets = new Set<Socket>();
  let port = 0;
  let target = 0;
  let connectionsTaken = 0;
  let listening: ReturnType<typeof createServer> | null = null;
  const relay: Relay = {
    get port() {
      return port;
    },
    get openConnections() {
      return sockets.size;
    },
    get connectionsTaken() {
      return connectionsTaken;
    },
    async reserve() {
      await relay.start(0);
      await relay.stop();
    },
    async start(targetPort) {
      target = targetPort;
      const server = createServer((socket) => {
        const onward = connect(target, '127.0.0.1');
        connectionsTaken += 1;
        sockets.add(socket);
        socket.on('close', () => {
          sockets.delete(socket);
          onward.destroy();
        });
        onward.on('close', () => socket.destroy());
        socket.on('error', () => onward.destroy());
        onward.on('error', () => socket.destroy());
        socket.pipe(onward).pipe(socket);
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
      listening = server;
    },
    async stop() {
      const stopping = listening;
      listening = null;
      if (stopping === null) return;
      const closed = new Promise((resolve) => stopping.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return relay;
}

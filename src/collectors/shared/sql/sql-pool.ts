/** A few connections to each SQL server, however many collectors and apps use it. */
import { Socket } from 'node:net';
import { abortable } from '../../../seams/clock.js';
import { Shares } from '../pacing/shares.js';

export interface SqlAnswer {
  readonly columns: readonly string[];
  /** Cells as the driver gives them: texts, numbers, null. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface SqlConnection {
  /** One read-only statement, which the server ends after `limitMs`. Rejects with the driver's error. */
  query(text: string, values: readonly string[], limitMs: number): Promise<SqlAnswer>;
  /** Says goodbye, without waiting for an answer. */
  end(): void;
}

/** Opens a connection over a socket that is not connected yet. Rejects with the driver's error. */
export type SqlConnect = (socket: Socket) => Promise<SqlConnection>;

/** Work with a connection. It must only read: it is done again when the connection broke while it was idle. */
type Work<T> = (connection: SqlConnection) => Promise<T>;

export interface SqlPool {
  /** Waits when all connections are in use. Rejects as `work` does, or with the signal's reason. */
  use<T>(signal: AbortSignal, work: Work<T>): Promise<T>;
  /** The last user's close ends all connections. */
  close(): void;
}

/** Few: a database has a hundred connections for everybody. */
const MAX_CONNECTIONS = 4;

const pools = new Shares<Connections>();

/** Opens nothing yet. The same `id` shares the connections; it names the server with everything that matters. */
export function openSqlPool(id: string, connect: SqlConnect): SqlPool {
  const share = pools.join(id, () => new Connections(connect));
  const connections = share.value;
  return {
    use: (signal, work) => connections.use(signal, work),
    close() {
      if (share.leave()) connections.endAll();
    },
  };
}

interface Line {
  readonly socket: Socket;
  readonly connection: SqlConnection;
}

class Connections {
  #freeSlots = MAX_CONNECTIONS;
  #isEnded = false;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: Line[] = [];
  readonly #busy = new Set<Socket>();

  constructor(readonly connect: SqlConnect) {}

  async use<T>(signal: AbortSignal, work: Work<T>): Promise<T> {
    await this.#takeSlot(signal);
    try {
      const line = this.#takeIdle();
      if (line === null) return await this.#run(null, signal, work);
      try {
        return await this.#run(line, signal, work);
      } catch (error) {
        if (signal.aborted || !line.socket.destroyed) throw error;
        return await this.#run(null, signal, work);
      }
    } finally {
      this.#giveSlot();
    }
  }

  endAll(): void {
    this.#isEnded = true;
    for (const line of this.#idle.splice(0)) {
      line.connection.end();
      // A server that does not answer the goodbye must not keep the process.
      line.socket.unref();
    }
    for (const socket of this.#busy) socket.destroy();
  }

  /** On the given line or a new one, which is kept for others when it is still fit. */
  async #run<T>(line: Line | null, signal: AbortSignal, work: Work<T>): Promise<T> {
    signal.throwIfAborted();
    const socket = line?.socket ?? new Socket();
    this.#busy.add(socket);
    // What a driver would do to cancel needs an answer from the server, which may be what is missing.
    const abort = (): void => void socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    const worked = (async () => {
      const connection = line?.connection ?? (await this.connect(socket));
      try {
        return await work(connection);
      } finally {
        if (!socket.destroyed && !this.#isEnded) this.#idle.push({ socket, connection });
      }
    })();
    try {
      return await abortable(signal, worked);
    } catch (error) {
      if (!this.#idle.some((each) => each.socket === socket)) socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#busy.delete(socket);
    }
  }

  #takeIdle(): Line | null {
    for (;;) {
      const line = this.#idle.pop();
      if (line === undefined) return null;
      if (!line.socket.destroyed && line.socket.writable) return line;
      line.socket.destroy();
    }
  }

  async #takeSlot(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#freeSlots > 0) {
      this.#freeSlots -= 1;
      return;
    }
    let give = (): void => undefined;
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    this.#waiting.push(give);
    try {
      await abortable(signal, given);
    } catch (error) {
      const index = this.#waiting.indexOf(give);
      // It may have been given in the meantime, and then belongs to the next.
      if (index >= 0) this.#waiting.splice(index, 1);
      else this.#giveSlot();
      throw error;
    }
  }

  #giveSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#freeSlots += 1;
    else next();
  }
}

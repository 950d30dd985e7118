/** Stands between a collector and a real server, so that the contract suite can steer what only a real server speaks. */
import { connect, type Socket } from 'node:net';
import type { SteeredServer } from './collector-contract.js';
import { openListener } from './listener.js';
import { onceNotSlow } from './slow-answers.js';

export interface ProxiedServer {
  readonly port: number;
  /** What is in every question and in nothing else that is sent. */
  readonly questionMark: string;
  /** How many questions a chunk holds, where several are sent at once. Default: one if it has the mark. */
  questionsIn?(chunk: Buffer): number;
  setValues(values: ReadonlyMap<string, number>): Promise<void>;
  /** Whether it takes the collector's credentials. */
  setOpen(isOpen: boolean): Promise<void>;
}

export interface SteeredProxy extends SteeredServer {
  readonly port: number;
}

/** Lets nobody through before the server is as it was steered. While silent or slow, a connection counts as a round trip. */
export async function steeredProxy(target: ProxiedServer): Promise<SteeredProxy> {
  let roundTrips = 0;
  let values: ReadonlyMap<string, number> = new Map();
  let mood: SteeredServer['mood'] = 'answering';
  let steered: Promise<void> = target.setOpen(true);
  const steer = (work: () => Promise<void>): void => {
    steered = steered.then(work);
  };
  const serve = async (client: Socket): Promise<void> => {
    if (mood === 'silent') {
      roundTrips += 1;
      client.resume();
      return;
    }
    if (mood === 'slow') {
      roundTrips += 1;
      await new Promise<void>((resolve) => onceNotSlow(proxy, resolve));
    }
    await steered;
    const upstream = connect(target.port, '127.0.0.1');
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (chunk) => {
      roundTrips += target.questionsIn?.(chunk) ?? Number(chunk.includes(target.questionMark));
    });
    client.pipe(upstream).pipe(client);
  };
  const listener = await openListener((client) => void serve(client));
  const proxy: SteeredProxy = {
    get port() {
      return listener.port;
    },
    get values() {
      return values;
    },
    set values(next) {
      values = next;
      steer(() => target.setValues(next));
    },
    get mood() {
      return mood;
    },
    set mood(next) {
      mood = next;
      steer(() => target.setOpen(next !== 'refusing credentials'));
    },
    get roundTrips() {
      return roundTrips;
    },
    get openConnections() {
      return listener.openConnections;
    },
    start: () => listener.start(),
    async stop() {
      // What is still being steered would meet what the next proxy of the server steers.
      await steered;
      await listener.stop();
    },
  };
  return proxy;
}

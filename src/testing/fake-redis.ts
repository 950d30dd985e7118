/** A Redis that knows GET alone: the real one does not fall silent or forget its users when told to. */
import type { Socket } from 'node:net';
import type { SteeredServer } from './collector-contract.js';
import { openListener } from './listener.js';
import { onceNotSlow } from './slow-answers.js';

export interface FakeRedis extends SteeredServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly connectionsTaken: number;
}

/** Longer than the pieces of one write lie apart, shorter than anybody minds. */
const GATHER_MS = 20;

/** A round trip is all commands that come before an answer is given. Authentication is none. */
export async function fakeRedis(): Promise<FakeRedis> {
  let roundTrips = 0;
  const listener = await openListener((socket) => serve(fake, socket, () => (roundTrips += 1)));
  const fake: FakeRedis = {
    values: new Map(),
    mood: 'answering',
    get port() {
      return listener.port;
    },
    get roundTrips() {
      return roundTrips;
    },
    get openConnections() {
      return listener.openConnections;
    },
    get connectionsTaken() {
      return listener.connectionsTaken;
    },
    start: () => listener.start(),
    stop: () => listener.stop(),
  };
  return fake;
}

function serve(fake: FakeRedis, socket: Socket, count: () => void): void {
  let unread = '';
  let batch: string[][] = [];
  socket.on('data', (chunk) => {
    const { commands, rest } = parseCommands(unread + chunk.toString());
    unread = rest;
    const [logins, others] = [commands.filter(isLogin), commands.filter((one) => !isLogin(one))];
    for (const login of logins) {
      const isRefused = fake.mood === 'refusing credentials';
      socket.write(isRefused ? `-WRONGPASS not with ${login.at(-1)}\r\n` : '+OK\r\n');
    }
    if (others.length === 0) return;
    batch.push(...others);
    if (batch.length > others.length) return;
    count();
    setTimeout(() => {
      const answers = batch.map(([, key = '']) => bulk(fake.values.get(key)));
      batch = [];
      if (fake.mood !== 'silent') onceNotSlow(fake, () => socket.write(answers.join('')));
    }, GATHER_MS);
  });
}

function isLogin([name]: readonly string[]): boolean {
  return name?.toLowerCase() === 'auth';
}

function bulk(value: number | undefined): string {
  if (value === undefined) return '$-1\r\n';
  return `$${String(value).length}\r\n${value}\r\n`;
}

/** Arrays of bulk strings without line breaks in them, as clients send commands. */
function parseCommands(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  let rest = text;
  for (;;) {
    const count = Number(/^\*(\d+)\r\n/.exec(rest)?.[1] ?? Number.NaN);
    const lines = rest.split('\r\n', count * 2 + 2);
    if (!(lines.length === count * 2 + 2)) return { commands, rest };
    const parts = lines.slice(1, -1);
    commands.push(parts.filter((_, at) => at % 2 === 1));
    rest = rest.slice(lines.slice(0, -1).join('\r\n').length + 2);
  }
}

/** A NATS that knows CONSUMER.INFO alone: the real one does not fall silent or forget its users when told to. */
import type { Socket } from 'node:net';
import type { SteeredServer } from './collector-contract.js';
import { openListener } from './listener.js';
import { onceNotSlow } from './slow-answers.js';

export interface FakeNats extends SteeredServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly connectionsTaken: number;
  /** The most requests that were under way at once. */
  readonly peakInFlight: number;
}

/** Its values are by consumer: half of them pending and half unacknowledged. */
export async function fakeNats(): Promise<FakeNats> {
  const seen = { roundTrips: 0, inFlight: 0, peakInFlight: 0 };
  const listener = await openListener((socket) => serve(fake, socket, seen));
  const fake: FakeNats = {
    values: new Map(),
    mood: 'answering',
    get port() {
      return listener.port;
    },
    get roundTrips() {
      return seen.roundTrips;
    },
    get openConnections() {
      return listener.openConnections;
    },
    get connectionsTaken() {
      return listener.connectionsTaken;
    },
    get peakInFlight() {
      return seen.peakInFlight;
    },
    start: () => listener.start(),
    stop: () => listener.stop(),
  };
  return fake;
}

function serve(
  fake: FakeNats,
  socket: Socket,
  seen: { roundTrips: number; inFlight: number; peakInFlight: number },
): void {
  const info = { server_id: 'x', version: '2.9.0', proto: 1, headers: true, max_payload: 1e6 };
  socket.write(`INFO ${JSON.stringify({ ...info, auth_required: true })}\r\n`);
  let unread = '';
  socket.on('data', (chunk) => {
    const lines = (unread + chunk.toString()).split('\r\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      const [verb, subject = '', reply = ''] = line.split(' ');
      if (verb === 'CONNECT' && fake.mood === 'refusing credentials') {
        socket.end("-ERR 'Authorization Violation'\r\n");
      } else if (verb === 'PING') socket.write('PONG\r\n');
      // Payloads are empty, so that a line is a request.
      else if (verb === 'PUB') {
        seen.roundTrips += 1;
        seen.inFlight += 1;
        seen.peakInFlight = Math.max(seen.peakInFlight, seen.inFlight);
        setImmediate(() => {
          seen.inFlight -= 1;
          const body = infoOf(fake.values.get(subject.split('.').at(-1) ?? ''));
          // The only subscription is that of the answers, and the first.
          const answer = `MSG ${reply} 1 ${body.length}\r\n${body}\r\n`;
          if (fake.mood !== 'silent') onceNotSlow(fake, () => socket.write(answer));
        });
      }
    }
  });
}

function infoOf(value: number | undefined): string {
  if (value === undefined) {
    const error = { code: 404, err_code: 10_014, description: 'consumer not found' };
    return JSON.stringify({ error });
  }
  const half = Math.floor(value / 2);
  return JSON.stringify({ num_pending: half, num_ack_pending: value - half });
}

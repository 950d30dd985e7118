/**
 * A Kafka broker that knows the six requests of the collector: the real one takes seconds to start, and does not fall silent or forget
 * its users when told to. It reads and writes with the collector's own codec; that the real one understands it is tested with the real one.
 */
import type { Socket } from 'node:net';
import { AnswerBytes, RequestBytes } from '../collectors/kafka/bytes.js';
import type { SteeredServer } from './collector-contract.js';
import { openListener } from './listener.js';
import { onceNotSlow } from './slow-answers.js';

export interface FakeKafka extends SteeredServer {
  /** host:port */
  readonly address: string;
  /** Takes the next request without an answer and closes its connection, as brokers do with idle ones. */
  closeAtNextRequest(): void;
  /** So many of the next questions for offsets are refused: the partition has another leader. */
  elections: number;
  /** It knows no broker and no topic yet. */
  isStarting: boolean;
  /** From now on it answers as something else would. */
  speakHttp(): void;
}

/** Its values are by topic, each with one partition, of which the group of the same name has committed offset 10. */
export async function fakeKafka(): Promise<FakeKafka> {
  let roundTrips = 0;
  let isClosing = false;
  let isHttp = false;
  const listener = await openListener((socket) => {
    socket.prependListener('data', () => {
      if (isHttp) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      if (isClosing) socket.destroy();
      isClosing = false;
    });
    serve(fake, listener.port, socket, () => (roundTrips += 1));
  });
  const fake: FakeKafka = {
    values: new Map(),
    mood: 'answering',
    elections: 0,
    isStarting: false,
    get address() {
      return `127.0.0.1:${listener.port}`;
    },
    get roundTrips() {
      return roundTrips;
    },
    get openConnections() {
      return listener.openConnections;
    },
    closeAtNextRequest() {
      isClosing = true;
    },
    speakHttp() {
      isHttp = true;
    },
    start: () => listener.start(),
    stop: () => listener.stop(),
  };
  return fake;
}

const COMMITTED = 10;
const FLEXIBLE = new Set([9, 10]);
/** Finding out what the broker knows, and logging in. */
const GREETINGS = new Set([17, 18, 36]);

function serve(fake: FakeKafka, port: number, socket: Socket, count: () => void): void {
  let unread = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    while (unread.length >= 4 && unread.length >= 4 + unread.readInt32BE()) {
      const end = 4 + unread.readInt32BE();
      const request = new AnswerBytes(unread.subarray(4, end));
      unread = unread.subarray(end);
      const api = request.int16();
      request.int16();
      const number = request.int32();
      request.string();
      if (FLEXIBLE.has(api)) request.tags();
      const isGreeting = GREETINGS.has(api);
      if (!isGreeting) count();
      if (fake.mood === 'silent' && !isGreeting) continue;
      const answer = new RequestBytes().int32(number);
      if (FLEXIBLE.has(api)) answer.tags();
      answerTo(api, fake, port, request, answer);
      const send = (): void => {
        if (socket.writable) socket.write(new RequestBytes().bytes(answer.toBuffer()).toBuffer());
      };
      if (isGreeting) send();
      else onceNotSlow(fake, send);
    }
  });
}

function answerTo(
  api: number,
  fake: FakeKafka,
  port: number,
  request: AnswerBytes,
  answer: RequestBytes,
): void {
  switch (api) {
    case 18:
      answer.int16(0).array([2, 3, 9, 10, 17, 18, 36], (known) => {
        answer.int16(known).int16(0).int16(9);
      });
      return;
    case 17:
      answer.int16(0).array(['PLAIN'], (mechanism) => answer.string(mechanism));
      return;
    case 36: {
      const isRefused = fake.mood === 'refusing credentials';
      const words = isRefused ? `not with ${request.byteString().toString()}` : '';
      answer
        .int16(isRefused ? 58 : 0)
        .string(words)
        .bytes(Buffer.alloc(0));
      return;
    }
    case 3:
      answerMetadata(fake, port, request, answer);
      return;
    case 10: {
      request.int8();
      const groups = request.compactArray(() => request.compactString());
      answer.int32(0).compactArray(groups, (group) => {
        answer.compactString(group).int32(1).compactString('127.0.0.1').int32(port);
        answer.int16(0).compactString('').tags();
      });
      answer.tags();
      return;
    }
    case 9:
      answerCommitted(request, answer);
      return;
    default:
      answerOffsets(fake, request, answer);
  }
}

function answerMetadata(
  fake: FakeKafka,
  port: number,
  request: AnswerBytes,
  answer: RequestBytes,
): void {
  const topics = request.array(() => request.string());
  answer
    .int32(0)
    .array(fake.isStarting ? [] : [1], (node) =>
      answer.int32(node).string('127.0.0.1').int32(port).int16(-1),
    );
  answer.string('cluster').int32(1);
  answer.array(topics, (topic) => {
    const isKnown = fake.values.has(topic);
    answer
      .int16(isKnown ? 0 : 3)
      .string(topic)
      .int8(0);
    answer.array(isKnown ? [0] : [], (partition) => {
      answer.int16(0).int32(partition).int32(1);
      answer.array([1], (node) => answer.int32(node)).array([1], (node) => answer.int32(node));
    });
  });
}

function answerCommitted(request: AnswerBytes, answer: RequestBytes): void {
  const groups = request.compactArray(() => {
    const group = request.compactString();
    request.compactArray(() => undefined);
    request.tags();
    return group;
  });
  answer.int32(0).compactArray(groups, (group) => {
    answer.compactString(group).compactArray([group], (topic) => {
      answer.compactString(topic).compactArray([0], (partition) => {
        answer.int32(partition).int64(COMMITTED).int32(-1).compactString('').int16(0).tags();
      });
      answer.tags();
    });
    answer.int16(0).tags();
  });
  answer.tags();
}

function answerOffsets(fake: FakeKafka, request: AnswerBytes, answer: RequestBytes): void {
  request.int32();
  request.int8();
  let isEarliest = false;
  const topics = request.array(() => {
    const topic = request.string();
    request.array(() => {
      request.int32();
      isEarliest = request.int64() === -2;
    });
    return topic;
  });
  const isElecting = fake.elections > 0;
  if (isElecting) fake.elections -= 1;
  answer.int32(0).array(topics, (topic) => {
    const end = COMMITTED + (fake.values.get(topic) ?? 0);
    answer.string(topic).array([0], (partition) => {
      answer
        .int32(partition)
        .int16(isElecting ? 6 : 0)
        .int64(-1)
        .int64(isEarliest ? 0 : end);
    });
  });
}

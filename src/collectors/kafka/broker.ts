/** A connection to one broker: requests are written without waiting, and answers matched by their numbers. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { TlsOptions } from '../../seams/http.js';
import { AnswerBytes, BadAnswer, RequestBytes } from './bytes.js';
import { KafkaError } from './failure.js';
import { apiVersions, saslAuthenticate, saslHandshake, type Call } from './messages.js';
import { scram } from './scram.js';

export interface KafkaLogin {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

export interface BrokerOptions {
  readonly clientId: string;
  /** Null: in the clear. */
  readonly tls: TlsOptions | null;
  /** Null: the broker takes anybody, or the client certificate says who we are. */
  readonly login: KafkaLogin | null;
}

/** The connection could not be made, or broke. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export interface Broker {
  /** The newest version of an API that it knows; -1 when it does not know it. */
  newestOf(api: number): number;
  /** Rejects with `ConnectionLost` or `BadAnswer`. */
  send<T>(call: Call<T>): Promise<T>;
  close(): void;
}

/** Above what a broker answers to us; whatever else listens there begins with other bytes. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

interface Waiting {
  take(bytes: Buffer): void;
  fail(error: Error): void;
}

/**
 * Connects and logs in; `onEnd` is called once, when it cannot be used any more.
 * Rejects with `ConnectionLost`, `BadAnswer`, `KafkaError` or `ScramError`.
 */
export async function openBroker(
  address: string,
  options: BrokerOptions,
  onSocket: (socket: Socket) => void,
  onEnd: () => void,
): Promise<Broker> {
  const socket = dial(address, options.tls);
  onSocket(socket);
  const waiting = new Map<number, Waiting>();
  let lost: Error | null = null;
  const end = (error: Error): void => {
    if (lost !== null) return;
    lost = error;
    socket.destroy();
    for (const one of waiting.values()) one.fail(error);
    waiting.clear();
    onEnd();
  };
  readAnswers(socket, waiting, end);
  socket.on('error', (error) => end(new ConnectionLost(error.message)));
  socket.on('close', () =>
    end(new ConnectionLost('the broker closed the connection; does it want TLS or credentials?')),
  );

  let lastNumber = 0;
  const send = <T>(call: Call<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (lost !== null) {
        reject(lost);
        return;
      }
      const number = (lastNumber = (lastNumber + 1) & 0x7fff_ffff);
      const take = (bytes: Buffer): void => {
        const answer = new AnswerBytes(bytes);
        answer.int32();
        if (call.isFlexible) answer.tags();
        resolve(call.read(answer));
      };
      waiting.set(number, { take, fail: reject });
      socket.write(frame(call, number, options.clientId));
    });
  try {
    const versions = await send(apiVersions());
    if (options.login !== null) await logIn(options.login, send);
    return {
      newestOf: (api) => versions.get(api) ?? -1,
      send,
      close: () => end(new ConnectionLost('closed')),
    };
  } catch (error) {
    end(error as Error);
    throw error;
  }
}

function dial(address: string, tls: TlsOptions | null): Socket {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  const place = { host, port: Number(address.slice(at + 1)) };
  const socket =
    tls === null ? connectTcp(place) : connectTls({ ...place, ...tlsOptions(tls, host) });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket;
}

function tlsOptions(
  { ca, cert, key, serverName, isInsecure }: TlsOptions,
  host: string,
): ConnectionOptions {
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(name === undefined ? {} : { servername: name }),
    rejectUnauthorized: isInsecure !== true,
  };
}

function frame(call: Call<unknown>, number: number, clientId: string): Buffer {
  const header = new RequestBytes()
    .int16(call.api)
    .int16(call.version)
    .int32(number)
    .string(clientId);
  if (call.isFlexible) header.tags();
  const message = header.append(call.body).toBuffer();
  return new RequestBytes().bytes(message).toBuffer();
}

function readAnswers(
  socket: Socket,
  waiting: Map<number, Waiting>,
  end: (error: Error) => void,
): void {
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = 4;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    // Large answers come in many pieces: they are joined once, not with each.
    if (length < wanted) return;
    let rest = Buffer.concat(chunks);
    for (;;) {
      const size = rest.length < 4 ? 0 : rest.readInt32BE();
      if (size < 0 || size > MAX_ANSWER_BYTES) {
        end(new BadAnswer('the answer is not that of a Kafka broker; does it want TLS?'));
        return;
      }
      wanted = 4 + size;
      if (rest.length < 4 || rest.length < wanted) break;
      const answer = rest.subarray(4, wanted);
      rest = rest.subarray(wanted);
      const number = answer.length < 4 ? -1 : answer.readInt32BE();
      try {
        waiting.get(number)?.take(answer);
      } catch (error) {
        end(error as Error);
        return;
      }
      waiting.delete(number);
    }
    chunks = rest.length === 0 ? [] : [rest];
    length = rest.length;
  });
}

async function logIn(
  { mechanism, username, password }: KafkaLogin,
  send: <T>(call: Call<T>) => Promise<T>,
): Promise<void> {
  const { errorCode, mechanisms } = await send(saslHandshake(mechanism));
  if (errorCode !== 0) throw new KafkaError(errorCode, `it knows ${mechanisms.join(', ')}`);
  const exchange = async (message: string): Promise<string> => {
    const answer = await send(saslAuthenticate(Buffer.from(message)));
    if (answer.errorCode !== 0) throw new KafkaError(answer.errorCode, answer.message);
    return answer.token.toString();
  };
  if (mechanism === 'PLAIN') await exchange(`\0${username}\0${password}`);
  else {
    const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    await scram(hash, username, password, exchange);
  }
}

import { setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * The host (host:port) that greets first: NATS does so as soon as somebody connects; where TLS comes first, to be connected is enough.
 * The driver never closes a socket on which no greeting comes, so it is given only a server that greets.
 * Rejects when no host can be reached, with what was wrong with the first; or with the signal's reason.
 */
export async function firstToGreet(
  hosts: readonly string[],
  isTlsFirst: boolean,
  signal: AbortSignal,
): Promise<string> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  setMaxListeners(0, either);
  try {
    return await Promise.any(hosts.map((host) => greets(host, isTlsFirst, either)));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    done.abort();
  }
}

function greets(host: string, isTlsFirst: boolean, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = dial(host);
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.once(isTlsFirst ? 'connect' : 'data', () => resolve(host));
    socket.on('error', reject);
    socket.on('close', () => {
      signal.removeEventListener('abort', end);
      reject(new Error('the server closed the connection without a greeting'));
    });
  });
}

function dial(host: string): Socket {
  const at = host.lastIndexOf(':');
  return connect(Number(host.slice(at + 1)), host.slice(0, at).replace(/^\[|\]$/g, ''));
}

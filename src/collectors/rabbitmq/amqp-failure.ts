import { refusal, type Queue, type Refusal } from './reading.js';

/** Reply codes of AMQP 0-9-1 (www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 1.2). */
const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
const RESOURCE_LOCKED = 405;
const NOT_ALLOWED = 530;

/** The words of RabbitMQ, LavinMQ and Qpid. A queue whose node is down is refused with 404 too. */
const NO_QUEUE = /\bno queue\b|\bdoes(n't| not) exist\b|\bnot found on\b/i;

/** True when the server says that the queue does not exist. */
export function isNoQueue(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === NOT_FOUND && typeof message === 'string' && NO_QUEUE.test(message);
}

/** What an error of the driver stands for. */
export function refusalOf(error: unknown, { vhost, name }: Queue): Refusal {
  const words = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
  const queue = `vhost ${vhost}, queue ${name}`;
  switch (replyCodeOf(error, words)) {
    case ACCESS_REFUSED:
      return refusal('source-unauthorized', `the credentials are refused: ${words}`);
    case NOT_ALLOWED:
      return refusal('source-query-invalid', `vhost ${vhost}: no such one, or not for this user`);
    case RESOURCE_LOCKED:
      return refusal('source-query-invalid', `${queue}: it belongs to one connection alone`);
    case null:
      return refusal('source-unreachable', `the server cannot be reached: ${words}`);
    default:
      return refusal('source-unavailable', `${queue}: ${words}`);
  }
}

/** Null when the server said nothing. */
function replyCodeOf(error: unknown, words: string): number | null {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'number') return code;
  // The server closes instead of opening the vhost; the driver keeps the reason to itself.
  if (words.includes('got <ConnectionClose')) return NOT_ALLOWED;
  // What ends the handshake comes as text alone.
  const text = /^Handshake terminated by server: (\d{3})/.exec(words)?.[1];
  return text === undefined ? null : Number(text);
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : String(error);
}

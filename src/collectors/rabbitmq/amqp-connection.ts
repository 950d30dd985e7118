/** One AMQP connection for each server, user and vhost, however many collectors and apps use it. */
import type * as Amqp from 'amqplib';
import { abortable, withDeadline, type Clock } from '../../seams/clock.js';
import type { RabbitmqServer } from './settings.js';
import { Lines } from '../shared/pacing/lines.js';
import { isNoQueue } from './amqp-failure.js';

export interface AmqpConnection {
  /** Ready messages; null when there is no such queue. Rejects with the driver's error or the signal's reason. */
  countReady(queue: string, signal: AbortSignal): Promise<number | null>;
  /** Connects anew at the next call, as of `Line`. */
  renew(): void;
  /** The last user's close ends the connection. */
  close(): Promise<void>;
}

/** A connection that is being opened, or is open. */
interface Link {
  readonly model: Promise<Amqp.ChannelModel>;
  readonly idle: Amqp.Channel[];
  /** Cuts the socket off, also while the driver waits for an answer. */
  readonly cut: AbortController;
  /** Questions without an answer yet, those too that nobody waits for any more. */
  unanswered: number;
}

/** How long the server may take to agree to the end. */
const GOODBYE_MS = 1000;

const connections = new Lines<Link>();

/** Opens nothing yet; the driver is loaded at the first call. */
export function openAmqp(server: RabbitmqServer, clock: Clock): AmqpConnection {
  const line = connections.join(JSON.stringify(server), {
    open: (forget) => openLink(server, forget),
    end(link, why) {
      if (why === 'closed') return endLink(link, clock);
      return link.cut.abort();
    },
  });
  return {
    async countReady(queue, signal) {
      signal.throwIfAborted();
      return line.use((link) => abortable(signal, countOn(link, queue)));
    },
    renew: () => line.renew(),
    close: () => line.close(),
  };
}

function openLink(server: RabbitmqServer, onEnd: () => void): Link {
  const cut = new AbortController();
  const link: Link = { model: connect(server, cut.signal), idle: [], cut, unanswered: 0 };
  void follow(link.model, onEnd).catch(onEnd);
  return link;
}

async function follow(connecting: Promise<Amqp.ChannelModel>, onClose: () => void): Promise<void> {
  const model = await connecting;
  // Without a listener, the driver's error would end the process; whoever waits is told by a rejection.
  model.on('error', () => undefined);
  model.on('close', onClose);
}

async function connect(server: RabbitmqServer, cut: AbortSignal): Promise<Amqp.ChannelModel> {
  const { connect } = await import('amqplib');
  const { tls } = server;
  const options = {
    protocol: tls === null ? 'amqp' : 'amqps',
    hostname: server.host,
    port: server.port,
    username: server.username,
    password: server.password,
    vhost: server.vhost,
  };
  // The signal is the socket's: Node's, which the driver's types leave out.
  const socketOptions = {
    signal: cut,
    ca: tls?.ca === undefined ? undefined : [Buffer.from(tls.ca)],
    cert: tls?.cert,
    key: tls?.key,
    servername: tls?.serverName,
    rejectUnauthorized: tls?.isInsecure !== true,
    clientProperties: { connection_name: 'fly-autoscaler' },
  };
  return connect(options, socketOptions);
}

async function countOn(link: Link, queue: string): Promise<number | null> {
  link.unanswered += 1;
  try {
    const channel = link.idle.pop() ?? (await openChannel(await link.model));
    const { messageCount } = await channel.checkQueue(queue);
    link.idle.push(channel);
    return messageCount;
  } catch (error) {
    // The server has closed the channel with its answer.
    if (isNoQueue(error)) return null;
    throw error;
  } finally {
    link.unanswered -= 1;
  }
}

async function openChannel(model: Amqp.ChannelModel): Promise<Amqp.Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  return channel;
}

/** With a goodbye where the server still answers: it would log a warning otherwise. */
async function endLink(link: Link, clock: Clock): Promise<void> {
  try {
    if (link.unanswered === 0) {
      await withDeadline(clock, GOODBYE_MS, undefined, async () => (await link.model).close());
    }
  } catch {
    // It was never open, has ended, or does not answer.
  } finally {
    link.cut.abort();
  }
}

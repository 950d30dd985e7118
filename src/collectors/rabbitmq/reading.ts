import type { Refusal } from '../shared/http/http-refusal.js';

export { refusal, type Refusal } from '../shared/http/http-refusal.js';

/** What the server says of a queue. */
export type Reading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'missing' }
  | Refusal;

export interface Queue {
  readonly vhost: string;
  readonly name: string;
}

/** Asks one server; each queue is heard of once. Rejects only with the signal's reason. */
export interface Asker {
  ask(
    queues: readonly Queue[],
    tell: (queue: Queue, reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** The last collection failed for want of a connection, or of time: begin anew. */
  renew(): void;
  close(): Promise<void>;
}

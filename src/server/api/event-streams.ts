/** The clients that follow decisions live. */
import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Clock } from '../../seams/clock.js';
import { decidedJson } from '../../core/model/decision-json.js';
import type { RecordedKind } from '../../seams/views.js';
import type { eventQuery } from './event-endpoints.js';
import type { ApiPorts } from './ports.js';
import { Refusal } from './refusal.js';
import { matcherOf } from './render.js';
import type { PassReport } from '../../seams/events.js';

const MAX_CLIENTS = 32;
/** What a client may leave unread before it is cut off, beyond what the system buffers. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** Shorter than what proxies and our own idle limit allow. */
const HEARTBEAT_MS = 10_000;

interface Client {
  readonly response: ServerResponse;
  readonly isFor: (app: string) => boolean;
  readonly wantsAll: boolean;
}

export class EventStreams {
  readonly #live: ApiPorts['live'];
  readonly #clock: Clock;
  readonly #clients = new Set<Client>();
  /** Ends what runs while there are clients; null: there are none. */
  #running: { readonly unsubscribe: () => void; readonly heart: AbortController } | null = null;

  constructor({ live, clock }: Pick<ApiPorts, 'live' | 'clock'>) {
    this.#live = live;
    this.#clock = clock;
  }

  /** Answers, and goes on until one side ends it. */
  open(response: ServerResponse, query: z.output<typeof eventQuery>): Refusal | null {
    if (this.#clients.size >= MAX_CLIENTS) return TOO_MANY;
    const client = { response, isFor: matcherOf(query.app ?? null), wantsAll: query.all };
    this.#clients.add(client);
    response.once('close', () => this.#remove(client));
    // A proxy must not wait for more before it passes on what there is.
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(': connected\n\n');
    this.#start();
    return null;
  }

  close(): void {
    for (const { response } of this.#clients) response.end();
  }

  #start(): void {
    if (this.#running !== null) return;
    const heart = new AbortController();
    const unsubscribe = this.#live.subscribe((report, news) => this.#tell(report, news));
    this.#running = { unsubscribe, heart };
    void this.#beat(heart.signal);
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#running?.unsubscribe();
    this.#running?.heart.abort();
    this.#running = null;
  }

  #tell(report: PassReport, news: RecordedKind): void {
    let text: string | null = null;
    for (const client of this.#clients) {
      if (news === 'regular' && !client.wantsAll) continue;
      if (!client.isFor(report.app)) continue;
      text ??= eventText(report, news);
      send(client.response, text);
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(HEARTBEAT_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const { response } of this.#clients) send(response, ': \n\n');
    }
  }
}

const TOO_MANY = new Refusal(503, `${MAX_CLIENTS} clients follow the events already`, {
  hint: 'end one of them, or ask /api/v1/decisions now and then',
});

function send(response: ServerResponse, text: string): void {
  // A slow client must not cost memory without bound. Both are counted in UTF-16 units or bytes: near enough.
  if (response.writableLength + text.length > MAX_UNREAD_BYTES) response.destroy();
  else response.write(text);
}

function eventText(report: PassReport, news: RecordedKind): string {
  const { startedAtMs, policy, ...same } = report;
  const json = decidedJson({ ...same, atMs: startedAtMs, policy: policy.name, kind: news });
  return `event: decision\ndata: ${JSON.stringify(json)}\n\n`;
}

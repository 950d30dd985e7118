/** A record that lasts as long as the process, in so many bytes. */
import { appended } from '../../core/model/appended.js';
import type { DecisionQuery, RecordGap } from '../../seams/views.js';
import {
  inOrder,
  isAskedFor,
  type Backend,
  type BackendStats,
  type DecisionRow,
  type KeptDecision,
  type Series,
  type ValueBlock,
  type Writer,
} from './backend.js';
import { digestOf, packText, unpackText } from './body.js';

const DEFAULT_MOST_BYTES = 8 * 2 ** 20;
/** What an entry takes beside its bytes, roughly. */
const OVERHEAD_BYTES = 250;
const MOST_GAPS = 100;

interface Part {
  readonly id: number;
  readonly digest: string;
  readonly body: Bytes;
  uses: number;
}

interface Held extends Omit<KeptDecision, 'body'> {
  readonly body: Bytes;
  readonly parts: readonly number[];
}

/** A character for each byte. A typed array takes more beside its bytes than most bodies are long; a string does not. */
type Bytes = string;

const held = (bytes: Uint8Array): Bytes => Buffer.from(bytes).toString('latin1');
const bytesOf = (text: Bytes): Uint8Array => Buffer.from(text, 'latin1');

export function createMemoryBackend(mostBytes = DEFAULT_MOST_BYTES): Backend {
  return new MemoryBackend(mostBytes);
}

class MemoryBackend implements Backend {
  readonly isLogHeld = false;
  readonly #mostBytes: number;
  /** In the order in which they were written. */
  readonly #decisions = new Map<number, Held>();
  readonly #parts = new Map<number, Part>();
  readonly #partIds = new Map<string, number>();
  readonly #series = new Map<string, readonly Series[]>();
  #blocks: ValueBlock[] = [];
  #gaps: RecordGap[] = [];
  #bytes = 0;
  #blockBytes = 0;
  #lastId = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Nothing here fails half way: what is in memory is in. */
  write(work: (writer: Writer) => void): void {
    let used = new Set<number>();
    work({
      part: (text) => {
        const id = this.#part(text);
        used.add(id);
        return id;
      },
      decision: (row) => {
        this.#keep(row, used);
        used = new Set();
      },
      series: (app, metric) => this.#seriesId(app, metric),
      values: (block) => {
        this.#blocks.push(block);
        this.#blockBytes += block.body.length + OVERHEAD_BYTES;
      },
      gap: (gap) => {
        this.#gaps = [...this.#gaps, gap].slice(-MOST_GAPS);
      },
    });
    this.#shrink();
  }

  /** It holds so little that all of it can be looked at in one go. */
  lastOf(): null {
    return null;
  }

  decisions(query: DecisionQuery): readonly KeptDecision[] {
    return [...this.#decisions.values()]
      .filter((row) => isAskedFor(row, query))
      .sort((a, b) => inOrder(a, b, query.order))
      .slice(0, query.limit)
      .map(kept);
  }

  decision(id: number): KeptDecision | null {
    const row = this.#decisions.get(id);
    return row === undefined ? null : kept(row);
  }

  part(id: number): string {
    const part = this.#parts.get(id);
    if (part === undefined) throw new Error(`no part ${id}`);
    return unpackText(bytesOf(part.body));
  }

  series(app: string): readonly Series[] {
    return this.#series.get(app) ?? [];
  }

  values(buckets: readonly number[], sinceMs: number, untilMs: number): readonly ValueBlock[] {
    return this.#blocks.filter(
      (block) => buckets.includes(block.bucket) && block.toMs >= sinceMs && block.fromMs <= untilMs,
    );
  }

  gaps(sinceMs: number, untilMs: number): readonly RecordGap[] {
    return this.#gaps.filter(({ fromMs, toMs }) => toMs >= sinceMs && fromMs <= untilMs);
  }

  tidy(): boolean {
    return false;
  }

  makeRoom(): boolean {
    return false;
  }

  stats(): BackendStats {
    const [oldest] = this.#decisions.values();
    return { oldestMs: oldest?.atMs ?? null, bytes: this.#bytes + this.#blockBytes };
  }

  end(): void {
    // Nobody comes after.
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #part(text: string): number {
    const digest = digestOf(text).toString('latin1');
    const known = this.#partIds.get(digest);
    if (known !== undefined) return known;
    const part = { id: this.#nextId(), digest, body: held(packText(text)), uses: 0 };
    this.#parts.set(part.id, part);
    this.#partIds.set(digest, part.id);
    this.#bytes += sizeOf(part);
    return part.id;
  }

  #seriesId(app: string, metric: string): number {
    const known = this.series(app);
    const found = known.find((each) => each.metric === metric);
    if (found !== undefined) return found.id;
    const fresh = { id: this.#nextId(), app, metric };
    this.#series.set(app, appended(known, fresh));
    return fresh.id;
  }

  #keep({ atMs, app, policy, kind, codes, actions, body }: DecisionRow, parts: Set<number>): void {
    const id = this.#nextId();
    const row = {
      id,
      atMs,
      app,
      policy,
      kind,
      codes,
      actions,
      body: held(body),
      parts: [...parts],
    };
    this.#decisions.set(id, row);
    this.#bytes += body.length + OVERHEAD_BYTES;
    for (const part of parts) {
      const used = this.#parts.get(part);
      if (used !== undefined) used.uses += 1;
    }
  }

  /** Values may take a quarter. Regular decisions go first, but an app's newest. */
  #shrink(): void {
    while (this.#blockBytes > this.#mostBytes / 4) {
      const gone = this.#blocks.shift();
      this.#blockBytes -= (gone?.body.length ?? 0) + OVERHEAD_BYTES;
    }
    if (this.#bytes <= (this.#mostBytes * 3) / 4) return;
    const all = [...this.#decisions.values()];
    const newest = new Map(all.map(({ app, policy, id }) => [`${app} ${policy}`, id]));
    const regular = all.filter(
      ({ kind, app, policy, id }) => kind === 'regular' && newest.get(`${app} ${policy}`) !== id,
    );
    for (const row of [...regular, ...all]) {
      if (this.#bytes <= this.#mostBytes / 2) return;
      this.#drop(row);
    }
  }

  #drop(row: Held): void {
    if (!this.#decisions.delete(row.id)) return;
    this.#bytes -= row.body.length + OVERHEAD_BYTES;
    for (const id of row.parts) {
      const part = this.#parts.get(id);
      if (part === undefined) continue;
      part.uses -= 1;
      if (part.uses > 0) continue;
      this.#parts.delete(id);
      this.#partIds.delete(part.digest);
      this.#bytes -= sizeOf(part);
    }
  }
}

function sizeOf({ body }: Part): number {
  return body.length + OVERHEAD_BYTES;
}

function kept({ parts: _parts, body, ...row }: Held): KeptDecision {
  return { ...row, body: bytesOf(body) };
}

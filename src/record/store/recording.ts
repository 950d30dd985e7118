/** Writes down what passes decide, after them and never in their way. */
import type { Clock } from '../../seams/clock.js';
import { DatabaseFailure } from '../../seams/database.js';
import type { RecordedKind, RecordGap } from '../../seams/views.js';
import { wordsOf, type Backend, type Writer } from './backend.js';
import { encodePass, type Origin } from './body.js';
import { Selection } from './selection.js';
import { ValueBuffer } from './value-buffer.js';
import type { FleetEvent, PassReport, Recorder } from '../../seams/events.js';

/** What a decision waits for others that are written with it. */
const GATHER_MS = 1000;
/** Between two groups when there are many. */
const PAUSE_MS = 20;
const GROUP = 40;
/** With so many waiting, only decisions that act are taken in; with so many more, none. */
const CROWDED = 500;
const MOST_WAITING = 5000;
const TIDY_EVERY_MS = 60_000;
const RETRY_MS = 5000;
/** How long the end waits for another process that writes. The process has 5 s in all, of which passes take up to 3.5. */
const END_LIMIT_MS = 1000;
const END_RETRY_MS = 50;

export interface RecordingOptions {
  readonly clock: Clock;
  readonly backend: Backend;
  readonly engine: string;
  /** Of the configuration that is in force. */
  readonly configHash: () => string;
  /** Told when it stops being able to write and when it can again. */
  readonly onTrouble: (trouble: RecordTrouble) => void;
}

export type RecordTrouble =
  | { readonly kind: 'gap-begun'; readonly why: string }
  | { readonly kind: 'gap-ended'; readonly gap: RecordGap };

export interface RecordStats {
  /** How far back it reaches; null when it is empty. */
  readonly ageMs: number | null;
  readonly bytes: number;
  /** Decisions lost since the start. */
  readonly lost: number;
}

export interface Recording {
  readonly recorder: Recorder;
  stats(): RecordStats;
  /** Writes what waits now, in one go: for tests, and for who is about to read. */
  flush(): void;
  /** Writes what waits, and ends; what cannot be written within a second is lost, and the next start tells of a gap. */
  close(): Promise<void>;
}

interface Waiting {
  readonly report: PassReport;
  readonly kind: RecordedKind;
  readonly configHash: string;
}

export function createRecording(options: RecordingOptions): Recording {
  const writing = new RecordWriter(options);
  return {
    recorder: { pass: (report) => writing.pass(report), fleet: (event) => writing.fleet(event) },
    stats: () => writing.stats(),
    flush: () => writing.flush(),
    close: () => writing.close(),
  };
}

class RecordWriter {
  readonly #options: RecordingOptions;
  readonly #selection = new Selection();
  readonly #values = new ValueBuffer();
  #waiting: Waiting[] = [];
  #gap: RecordGap | null = null;
  #lost = 0;
  /** The loop that writes; null when nothing waits. */
  #loop: Promise<void> | null = null;
  readonly #ending = new AbortController();
  #tidyAtMs: number;
  #hasMoreToTidy = false;
  #isClosed = false;
  #stats: { atMs: number; value: { oldestMs: number | null; bytes: number } } | null = null;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#tidyAtMs = options.clock.elapsedMs() + TIDY_EVERY_MS;
  }

  pass(report: PassReport): void {
    if (this.#isClosed) return;
    const elapsedMs = this.#options.clock.elapsedMs();
    if (!this.#values.note(report, elapsedMs))
      this.#lose(0, 'values came faster than they could be written');
    const kind = this.#selection.choose(report, elapsedMs, this.#waiting.length >= CROWDED);
    if (kind !== null) this.#take(report, kind);
    if (this.#waiting.length > 0 || !this.#values.isEmpty) this.#begin();
  }

  fleet(event: FleetEvent): void {
    const gone =
      event.kind === 'app-gone' ? [event.app] : event.kind === 'app-list' ? event.removed : [];
    for (const app of gone) {
      this.#selection.forget(app);
      this.#values.forget(app);
    }
  }

  /** Asked for with every scrape: what it costs is bounded by remembering it for a while. */
  stats(): RecordStats {
    const { clock, backend } = this.#options;
    if (this.#stats === null || clock.elapsedMs() - this.#stats.atMs > 10_000) {
      try {
        this.#stats = { atMs: clock.elapsedMs(), value: backend.stats() };
      } catch {
        this.#stats = { atMs: clock.elapsedMs(), value: { oldestMs: null, bytes: 0 } };
      }
    }
    const { oldestMs, bytes } = this.#stats.value;
    const ageMs = oldestMs === null ? null : Math.max(0, clock.now() - oldestMs);
    return { ageMs, bytes, lost: this.#lost };
  }

  flush(): void {
    while (this.#waiting.length > 0 && this.#writeGroup(false));
    this.#writeGroup(true);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ending.abort();
    await this.#loop;
    const { clock } = this.#options;
    const untilMs = clock.elapsedMs() + END_LIMIT_MS;
    while (!this.#end()) {
      if (clock.elapsedMs() >= untilMs) {
        this.#lose(this.#waiting.length, 'the file could not be written before the end');
        return;
      }
      await clock.sleep(END_RETRY_MS);
    }
  }

  /** False when something could not be written, be it that nothing is missing. */
  #end(): boolean {
    this.flush();
    if (this.#waiting.length > 0 || this.#gap !== null || !this.#values.isEmpty) return false;
    try {
      this.#options.backend.end();
      return true;
    } catch (error) {
      if (error instanceof DatabaseFailure) return false;
      throw error;
    }
  }

  #take(report: PassReport, kind: RecordedKind): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lose(1, 'decisions came faster than they could be written');
      return;
    }
    this.#waiting.push({ report, kind, configHash: this.#options.configHash() });
  }

  #begin(): void {
    this.#loop ??= this.#write().finally(() => {
      this.#loop = null;
    });
  }

  async #write(): Promise<void> {
    await this.#pause(GATHER_MS);
    while (!this.#isClosed) {
      const isWritten = !this.#options.backend.isLogHeld && this.#writeGroup(false);
      if (!this.#isClosed) this.#tidy();
      if (!isWritten) await this.#pause(RETRY_MS);
      else if (this.#waiting.length > 0) await this.#pause(PAUSE_MS);
      else if (this.#values.isEmpty && !this.#hasMoreToTidy) return;
      else await this.#pause(GATHER_MS);
    }
  }

  /** Ends early when the record is closed. */
  async #pause(ms: number): Promise<void> {
    await this.#options.clock.sleep(ms, this.#ending.signal).catch(() => undefined);
  }

  /**
   * One transaction with what has waited longest. False when it could not be written: another process writes, then
   * it waits on; for any other reason it is lost, and the gap noted.
   */
  #writeGroup(isAll: boolean): boolean {
    const { clock } = this.#options;
    const group = this.#waiting.slice(0, GROUP);
    const gap = this.#gap;
    if (group.length === 0 && gap === null && this.#values.isEmpty) return true;
    const refused: string[] = [];
    let valuesDone = (): void => undefined;
    const failed = this.#tryWrite((writer) => {
      refused.length = 0;
      for (const waiting of group) {
        const why = this.#put(writer, waiting);
        if (why !== null) refused.push(why);
      }
      valuesDone = this.#values.write(writer, clock.elapsedMs(), isAll).done;
      if (gap !== null) writer.gap(gap);
    });
    if (failed?.isBusy === true) return false;
    this.#waiting.splice(0, group.length);
    if (failed !== null) {
      this.#lose(group.length, failed.why);
      return false;
    }
    valuesDone();
    if (gap !== null) this.#endGap(gap);
    for (const why of refused) this.#lose(1, why);
    return true;
  }

  /** Null when it was written. */
  #tryWrite(
    write: (writer: Writer) => void,
  ): { readonly why: string; readonly isBusy: boolean } | null {
    const { backend } = this.#options;
    try {
      backend.write(write);
      return null;
    } catch (error) {
      const kind = error instanceof DatabaseFailure ? error.kind : 'other';
      const failed = { why: messageOf(error), isBusy: kind === 'busy' };
      if (kind !== 'full') return failed;
      try {
        // What is new is worth more than what is old.
        if (!backend.makeRoom()) return failed;
        backend.write(write);
        return null;
      } catch {
        return failed;
      }
    }
  }

  /** A report that cannot be written keeps no other from it. Null when it was. */
  #put(writer: Writer, { report, kind, configHash }: Waiting): string | null {
    const origin: Origin = { engine: this.#options.engine, configHash };
    let body: Uint8Array;
    try {
      body = encodePass(report, origin, (text) => writer.part(text));
    } catch (error) {
      if (error instanceof DatabaseFailure) throw error;
      return `a decision could not be recorded: ${messageOf(error)}`;
    }
    writer.decision({
      atMs: report.startedAtMs,
      app: report.app,
      policy: report.policy.name,
      kind,
      codes: wordsOf(report.reasons.map(({ code }) => code)),
      actions: wordsOf(report.outcomes.map(({ action }) => action.kind)),
      body,
    });
    return null;
  }

  #lose(count: number, why: string): void {
    const nowMs = Math.floor(this.#options.clock.now());
    this.#lost += count;
    if (this.#gap === null) {
      this.#gap = { fromMs: nowMs, toMs: nowMs, lost: count, why };
      this.#options.onTrouble({ kind: 'gap-begun', why });
      return;
    }
    const lost = (this.#gap.lost ?? 0) + count;
    this.#gap = { ...this.#gap, toMs: Math.max(this.#gap.fromMs, nowMs), lost };
  }

  #endGap(gap: RecordGap): void {
    this.#gap = null;
    this.#options.onTrouble({ kind: 'gap-ended', gap });
  }

  #tidy(): void {
    const { clock, backend } = this.#options;
    if (clock.elapsedMs() < this.#tidyAtMs) return;
    this.#hasMoreToTidy = false;
    try {
      this.#hasMoreToTidy = backend.tidy(clock.now());
    } catch {
      // It is tried again in a minute; a disk that fails tells of itself when something is written.
    }
    this.#tidyAtMs = clock.elapsedMs() + (this.#hasMoreToTidy ? 0 : TIDY_EVERY_MS);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
